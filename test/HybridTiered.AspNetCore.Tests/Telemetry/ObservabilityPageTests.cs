using System.Diagnostics.Metrics;
using System.Reflection;
using HybridTiered.AspNetCore.Tests.Dashboard;
using HybridTiered.Configuration;
using HybridTiered.Diagnostics;
using HybridTiered.Invalidation;
using HybridTiered.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HybridTiered.AspNetCore.Tests.Telemetry;

/// <summary>docs/observability.md and the code say the same.</summary>
[Category("Web")]
public sealed class ObservabilityPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "observability.md"));

    [Test]
    public async Task Every_instrument_stands_on_the_page_with_its_kind_unit_and_tags()
    {
        Dictionary<Instrument, HashSet<string>> measured = await MeasureEverythingAsync();

        string[] inCode = [.. measured.Select(pair => $"{pair.Key.Name} | {KindOf(pair.Key)} | {pair.Key.Unit} | {string.Join(' ', pair.Value.Order(StringComparer.Ordinal))}")];
        string[] onPage = [.. Rows("## Metrics", "### Tags").Select(row => $"{row[0]} | {row[1]} | {row[2]} | {string.Join(' ', row[3].Split(' ').Order(StringComparer.Ordinal))}")];

        Assert.That(onPage, Is.EquivalentTo(inCode));
    }

    [Test]
    public void Every_tag_stands_on_the_page() =>
        Assert.That(Rows("### Tags", "### Prometheus").Select(row => row[0]), Is.EquivalentTo(Constants("HybridTiered.Diagnostics.TelemetryTags")));

    [Test]
    public void Every_activity_stands_on_the_page() =>
        Assert.That(Rows("## Traces", "## Log messages").Select(row => row[0]),
            Is.EquivalentTo(Constants(typeof(TelemetryNames).FullName!).Where(name => name != TelemetryNames.ActivitySource)));

    [Test]
    public void Every_log_message_stands_on_the_page_with_its_level_and_text()
    {
        Assembly[] assemblies = [.. Directory.GetFiles(AppContext.BaseDirectory, "HybridTiered*.dll").Where(file => !IsOfTests(file)).Select(Assembly.LoadFrom)];
        string[] inCode =
        [
            .. from assembly in assemblies
               from type in assembly.GetTypes()
               from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
               let message = method.GetCustomAttribute<LoggerMessageAttribute>()
               where message is not null
               select $"{message.EventId} | {message.Level} | {message.Message}",
        ];

        Assert.Multiple(() =>
        {
            Assert.That(assemblies.Select(assembly => assembly.GetName().Name),
                Is.SupersetOf(new[] { "HybridTiered", "HybridTiered.AspNetCore", "HybridTiered.Disk", "HybridTiered.Redis" }));
            Assert.That(Rows("## Log messages", "## Dashboard").Select(row => string.Join(" | ", row)), Is.EquivalentTo(inCode));
            Assert.That(inCode.Select(message => message.Split(' ')[0]), Is.Unique);
        });
    }

    [Test]
    public void The_pictures_of_the_page_are_there()
    {
        string[] pictures = [.. Page.Split("](images/").Skip(1).Select(part => part.Split(')')[0])];

        Assert.That(pictures, Has.Length.EqualTo(3));
        Assert.That(pictures.Select(picture => Path.Combine(RepositoryRoot.Path, "docs", "images", picture)), Has.All.Exist);
    }

    // Everything that has tags only in some cases has to happen once: faults, tiers below L1, a journal, both directions.
    private static async Task<Dictionary<Instrument, HashSet<string>>> MeasureEverythingAsync()
    {
        var measured = new Dictionary<Instrument, HashSet<string>>();
        var backplane = new InProcessBackplane();
        void Describe(HybridTieredBuilder cache) => cache.AddTier("faulty", _ => new FaultyTier()).UseInProcessBackplane(backplane);
        using var listener = new MeterListener();
        await using DashboardApp app = await DashboardApp.StartAsync(Describe);
        await using DashboardApp other = await DashboardApp.StartAsync(Describe);
        IMeterFactory factory = app.Services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, me) =>
        {
            if (instrument.Meter.Name != TelemetryNames.Meter || instrument.Meter.Scope != factory)
                return;
            lock (measured)
                measured[instrument] = [];
            me.EnableMeasurementEvents(instrument);
        };
        void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            lock (measured)
            {
                foreach (KeyValuePair<string, object?> tag in tags)
                    measured[instrument].Add(tag.Key);
            }
        }
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
        listener.Start();

        Assert.That(async () => await app.Cache.GetOrCreateAsync<string>("key", _ => throw new InvalidOperationException("no value")), Throws.InvalidOperationException);
        await app.Cache.GetOrCreateAsync("key", _ => ValueTask.FromResult("value"));
        await app.Cache.RemoveByTagAsync("tag");
        await other.Cache.RemoveByTagAsync("tag");
        await TestServers.Processes.Eventually.TrueAsync(() => app.Cache.GetStatistics().Invalidations.Received.Values.Sum() > 0, "the other's invalidation has arrived");
        listener.RecordObservableInstruments();
        lock (measured)
            return measured;
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0];

    private static bool IsOfTests(string file) =>
        Path.GetFileNameWithoutExtension(file) is var name && (name.EndsWith(".Tests", StringComparison.Ordinal) || name.EndsWith("TestServers", StringComparison.Ordinal));

    private static IEnumerable<string> Constants(string type) =>
        typeof(TelemetryNames).Assembly.GetType(type, throwOnError: true)!.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!).Distinct();

    /// <summary>The rows of the table in a section, without its head, their cells without marks.</summary>
    private static string[][] Rows(string section, string next)
    {
        int start = Page.IndexOf(section, StringComparison.Ordinal);
        string text = Page[start..Page.IndexOf(next, start, StringComparison.Ordinal)];
        return
        [
            .. text.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1)
                .Select(line => line[2..^2].Split(" | ").Select(cell => cell.Replace("`", "", StringComparison.Ordinal).Trim()).ToArray()),
        ];
    }
}
