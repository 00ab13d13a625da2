namespace HybridTiered.Samples.Tests;

/// <summary>Every sample runs, ends by itself, and shows what it says.</summary>
[TestFixture, Category("Unit")]
public sealed class TourTests
{
    [Test]
    public async Task Quick_start() =>
        Assert.That(await Run.SampleAsync("quick-start"), Is.EqualTo(new[]
        {
            "  (computing)", "read 1: hello", "read 2: hello", "read 3: hello", "  (computing)", "after the removal: hello", "4 requests, 2 computations",
        }));

    [Test]
    public async Task Strategies() =>
        Assert.That((await Run.SampleAsync("strategies"))[5..], Is.EqualTo(new[]
        {
            "00:00:11 later there are: search, catalogue, countries, report", "00:06:00 later there are: catalogue, countries, report",
            "01:00:00 later there are: countries, report", "03:00:00 later there are: report",
        }));

    [Test]
    public async Task Stampede() =>
        Assert.That((await Run.SampleAsync("stampede"))[..2], Is.EqualTo(new[] { "100 callers got 42 from 1 computation", "100 callers got the exception of 1 computation" }));

    [Test]
    public async Task Multi_tier() =>
        Assert.That((await Run.SampleAsync("multi-tier")).Select(line => line.Split(' ')[^1]), Is.EqualTo(new[] { "source", "L1", "L2", "L1", "L3", "L1" }));

    [Test]
    public async Task Probabilistic_promotion()
    {
        string[] lines = await Run.SampleAsync("promotion");

        // A thousand draws of one in ten: 100 on average, and beyond six standard deviations about once in a billion runs.
        Assert.That(int.Parse(lines[0].Split(' ')[^2], System.Globalization.CultureInfo.InvariantCulture), Is.InRange(43, 157));
        Assert.That(lines[1], Does.StartWith("one key read again and again: in L1 after"));
    }

    [Test]
    public async Task Custom_tier() =>
        Assert.That(await Run.SampleAsync("own-tier"), Is.EqualTo(new[]
        {
            "one machine: forty pages from source", "another: forty pages from L2", "after the removal: forty pages from source",
        }));

    [Test]
    public async Task Invalidation_across_instances() =>
        Assert.That((await Run.SampleAsync("instances")).Select(line => line[(line.LastIndexOf(": ", StringComparison.Ordinal) + 2)..]), Is.EqualTo(new[]
        {
            "10 from L2", "10 from L1", "9 from L2", "nothing from none", "8 from L2", "nothing from none", "7 from L2", "nothing from none",
        }));

    [Test]
    public async Task Event_streams_say_what_they_need() =>
        Assert.That(await Run.SampleAsync("streams"), Has.Some.Contains("needs Redis"));

    [Test]
    public async Task Database_caching()
    {
        string[] lines = await Run.SampleAsync("database");

        Assert.That(lines.Where(line => line.StartsWith("  (query", StringComparison.Ordinal)), Is.EqualTo(new[]
        {
            "  (query: user 1)", "  (query: user 99)", "  (query: user:2 and user:3)", "  (query: how many in Oslo)", "  (query: user 1)", "  (query: how many in Oslo)",
        }));
        Assert.That(lines[^1], Is.EqualTo("in Oslo: 2"));
    }

    [Test]
    public async Task Output_caching() =>
        Assert.That(await Run.SampleAsync("pages"), Is.EqualTo(new[]
        {
            "first request: page, rendered 1 x", "second request: page, rendered 1 x", "after the tag was removed: page, rendered 2 x",
        }));

    [Test]
    public async Task Keyed_caches() =>
        Assert.That(await Run.SampleAsync("keyed"), Is.EqualTo(new[]
        {
            "42 in the catalogue is a spade", "42 in the sessions is a customer",
            "after the catalogue was cleared, 42 in it is unknown, and in the sessions a customer",
            "catalogue:42 in the shared tier: yes", "sessions:42 in the shared tier: yes",
        }));

    [Test]
    public async Task Worker_service() =>
        Assert.That((await Run.SampleAsync("worker"))[^2..], Is.EqualTo(new[] { "the rate was loaded 1 time", "the worker has stopped" }));

    [Test]
    public async Task Health_and_tracing() =>
        Assert.That(await Run.SampleAsync("health"), Is.EqualTo(new[]
        {
            "a miss and a hit in memory made the spans: hybridtiered.factory, hybridtiered.flight, hybridtiered.tier",
            "health: Healthy", "with the shared tier down: Degraded; L2 'distributed' fails.", "a read all the same: computed",
        }));

    [TestCase]
    [TestCase("nowhere")]
    [TestCase("quick-start", "a", "b")]
    public async Task A_command_line_that_names_no_sample_lists_them(params string[] arguments)
    {
        await using var errors = new StringWriter();

        Assert.That(await Tour.Samples.RunAsync(arguments, TextWriter.Null, errors), Is.EqualTo(2));
        Assert.That(Tour.Samples.All.Keys, Has.All.Matches<string>(name => errors.ToString().Contains(name!, StringComparison.Ordinal)));
    }
}
