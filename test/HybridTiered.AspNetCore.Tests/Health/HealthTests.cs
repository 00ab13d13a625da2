using System.Diagnostics.CodeAnalysis;
using HybridTiered.Entries;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Memory;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HybridTiered.AspNetCore.Tests.Health;

[TestFixture, Category("Unit"), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class HealthTests
{
    private readonly ScriptedTier _tier = new();

    [Test]
    public async Task A_cache_whose_tiers_answer_is_healthy()
    {
        await using ServiceProvider services = Create();

        HealthReportEntry entry = await CheckAsync(services);

        Assert.That(entry.Status, Is.EqualTo(HealthStatus.Healthy));
        Assert.That(entry.Data["tier.memory.answers"], Is.True);
        Assert.That(entry.Data["tier.scripted.answers"], Is.True);
        Assert.That(entry.Data["tier.scripted.level"], Is.EqualTo(2));
        Assert.That(entry.Data["tier.scripted.readCircuit"], Is.EqualTo("Closed"));
        Assert.That(entry.Data["tier.scripted.pendingInvalidations"], Is.Zero);
        Assert.That(entry.Data.Keys, Has.None.StartsWith("backplane."), "there is none");
    }

    [Test]
    public async Task A_probe_leaves_nothing_behind()
    {
        await using ServiceProvider services = Create();
        await CheckAsync(services);
        CacheStatistics statistics = services.GetRequiredService<TieredCache>().GetStatistics();
        Assert.That((statistics.Requests, statistics.Tiers[0].Entries, statistics.Tiers[1].Misses), Is.EqualTo((0L, 0L, 0L)));
    }

    [Test]
    public async Task A_broken_tier_degrades_the_cache_while_it_serves()
    {
        _tier.Read = static () => throw new InvalidOperationException("redis://user:secret@host");
        await using ServiceProvider services = Create();
        HybridCache cache = services.GetRequiredService<HybridCache>();

        HealthReportEntry entry = await CheckAsync(services);

        Assert.That(entry.Status, Is.EqualTo(HealthStatus.Degraded));
        Assert.That(entry.Description, Is.EqualTo("L2 'scripted' fails."), "and no message that may hold a password");
        Assert.That(entry.Data["tier.scripted.answers"], Is.False);
        Assert.That(await cache.GetOrCreateAsync("key", static _ => ValueTask.FromResult("value")), Is.EqualTo("value"));
    }

    [Test]
    public async Task A_tier_that_does_not_answer_in_time_degrades_the_cache()
    {
        var time = new ManualTimeProvider();
        var asked = new TaskCompletionSource();
        _tier.Read = () =>
        {
            asked.SetResult();
            return new TaskCompletionSource<TierEntry>().Task;
        };
        await using ServiceProvider services = Create(time);

        Task<HealthReportEntry> check = CheckAsync(services);
        await asked.Task;
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.That((await check).Status, Is.EqualTo(HealthStatus.Degraded));
        Assert.That((await check).Description, Is.EqualTo("L2 'scripted' does not answer in time."));
    }

    [Test]
    public async Task An_open_circuit_and_waiting_invalidations_degrade_the_cache_although_the_tier_answers_again()
    {
        _tier.Read = static () => throw new InvalidOperationException("down");
        _tier.Remove = static () => throw new InvalidOperationException("down");
        await using ServiceProvider services = Create(new ManualTimeProvider());
        TieredCache cache = services.GetRequiredService<TieredCache>();
        for (int i = 0; i < 20; i++)
            await cache.TryGetAsync<string>("key" + i);
        Assert.That(async () => await cache.RemoveAsync("key"), Throws.Exception);
        _tier.Read = static () => Task.FromResult(TierEntry.Missing);

        HealthReportEntry entry = await CheckAsync(services);

        Assert.That(entry.Status, Is.EqualTo(HealthStatus.Degraded));
        Assert.That(entry.Data["tier.scripted.answers"], Is.True);
        Assert.That(entry.Data["tier.scripted.readCircuit"], Is.EqualTo("Open"));
        Assert.That(entry.Data["tier.scripted.readFaults"], Is.EqualTo(cache.GetStatistics().Tiers[1].ReadFaults).And.GreaterThan(0));
        Assert.That(entry.Data["tier.scripted.pendingInvalidations"], Is.EqualTo(1));
        Assert.That(entry.Description, Does.Contain("L2 'scripted' has 1 invalidations to catch up on.").And.Contain("failed too often"));
    }

    [TestCase(null, HealthStatus.Unhealthy)]
    [TestCase(HealthStatus.Degraded, HealthStatus.Degraded)]
    public async Task A_cache_whose_L1_is_broken_fails(HealthStatus? failureStatus, HealthStatus expected)
    {
        await using ServiceProvider services = new ServiceCollection().AddLogging()
            .AddHybridTiered(cache => cache.AddMemory(memory => memory.StoreFactory = _ => new BrokenStore()))
            .AddHealthChecks().AddHybridTiered(failureStatus: failureStatus).Services.BuildServiceProvider();

        HealthReportEntry entry = await CheckAsync(services);

        Assert.That(entry.Status, Is.EqualTo(expected));
        Assert.That(entry.Data["tier.memory.answers"], Is.False);
    }

    [Test]
    public async Task Each_named_cache_has_a_check_of_its_own()
    {
        await using ServiceProvider services = new ServiceCollection().AddLogging().AddHybridTiered(_ => { })
            .AddKeyedHybridTiered("pages", cache => cache.AddTier("scripted", _ => _tier))
            .AddHealthChecks().AddHybridTiered(tags: ["ready"]).AddKeyedHybridTiered("pages", name: null, tags: ["live"]).Services.BuildServiceProvider();

        HealthReport report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

        Assert.That(report.Entries.Keys, Is.EquivalentTo(["hybridtiered", "hybridtiered:pages"]));
        Assert.That(report.Entries["hybridtiered"].Data.Keys, Has.None.Contains("scripted"));
        Assert.That(report.Entries["hybridtiered:pages"].Data.Keys, Has.Some.Contains("scripted"));
        Assert.That(report.Entries["hybridtiered"].Tags, Is.EqualTo(["ready"]));
    }

    [Test]
    public void Times_that_are_none_are_refused()
    {
        IHealthChecksBuilder builder = new ServiceCollection().AddHealthChecks();
        Assert.That(() => builder.AddHybridTiered(configure: o => o.ProbeTimeout = TimeSpan.Zero), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => builder.AddHybridTiered(configure: o => o.MaximumJournalLag = TimeSpan.Zero), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => builder.AddKeyedHybridTiered(" "), Throws.ArgumentException);
    }

    private ServiceProvider Create(TimeProvider? time = null) => new ServiceCollection().AddLogging().AddSingleton(time ?? TimeProvider.System)
        .AddHybridTiered(cache => cache.AddMemory().AddTier("scripted", _ => _tier))
        .AddHealthChecks().AddHybridTiered().Services.BuildServiceProvider();

    private static async Task<HealthReportEntry> CheckAsync(ServiceProvider services) =>
        (await services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["hybridtiered"];

    private sealed class ScriptedTier : ICacheTier
    {
        public Func<Task<TierEntry>> Read { get; set; } = static () => Task.FromResult(TierEntry.Missing);

        public Action Remove { get; set; } = static () => { };

        public TierReach Reach => TierReach.Shared;

        public async ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken) => await Read();

        public ValueTask<EntryVersion> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken) => default;

        public ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken)
        {
            Remove();
            return default;
        }

        public ValueTask DisposeAsync() => default;
    }

    private sealed class BrokenStore : IMemoryStore
    {
        public long Count => 0;

        public long SizeInBytes => 0;

        public long Evictions => 0;

        public long Expirations => 0;

        public IEnumerable<MemoryEntry> Entries => [];

        public bool TryGet(string key, [NotNullWhen(true)] out MemoryEntry? entry)
        {
            entry = null;
            return false;
        }

        public bool TryGet(ReadOnlySpan<char> key, [NotNullWhen(true)] out MemoryEntry? entry)
        {
            entry = null;
            return false;
        }

        public void Put(MemoryEntry entry) => throw new InvalidOperationException("broken");

        public bool TryReplace(MemoryEntry old, MemoryEntry entry) => false;

        public bool Remove(string key) => false;

        public bool Remove(MemoryEntry entry) => false;

        public void Clear()
        {
        }

        public void Dispose()
        {
        }
    }
}
