using System.Diagnostics.Metrics;
using HybridTiered.Configuration;
using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Tests.Diagnostics;

[Category("Unit")]
public sealed class CacheMeterTests
{
    private const string Key = "user:secret";

    private ManualTimeProvider _time = null!;
    private InMemoryTier _tier = null!;
    private MeterFactory _meters = null!;
    private MeterRecorder _recorder = null!;

    [SetUp]
    public void SetUp()
    {
        _time = new ManualTimeProvider();
        _tier = new InMemoryTier(_time);
        _meters = new MeterFactory();
        _recorder = new MeterRecorder(_meters);
    }

    [TearDown]
    public void TearDown()
    {
        _recorder.Dispose();
        _meters.Dispose();
    }

    [Test]
    public async Task Requests_and_reads_are_reported_as_the_statistics_have_them()
    {
        await using TestCache cache = Create();
        await ReadAsync(cache, Key);
        await ReadAsync(cache, Key);
        await ReadAsync(cache, Key);
        await cache.SettleAsync();
        cache.Cache.Core.Chain.Memory.Remove(Key);
        await ReadAsync(cache, Key);

        _recorder.Collect();

        Assert.Multiple(() =>
        {
            Assert.That(_recorder.Values("hybridtiered.requests", "l1_hit"), Is.EqualTo(new[] { 2 }));
            Assert.That(_recorder.Values("hybridtiered.requests", "lower_hit"), Is.EqualTo(new[] { 1 }));
            Assert.That(_recorder.Values("hybridtiered.requests", "miss"), Is.EqualTo(new[] { 1 }));
            Assert.That(_recorder.Values("hybridtiered.tier.reads", "tier0", "hit"), Is.EqualTo(new[] { 1 }));
            Assert.That(_recorder.Values("hybridtiered.tier.reads", "tier0", "miss"), Is.EqualTo(new[] { 1 }));
            Assert.That(_recorder.Values("hybridtiered.tier.reads", "memory", "hit"), Is.EqualTo(new[] { 2 }));
            Assert.That(_recorder.Values("hybridtiered.factory.calls"), Is.EqualTo(new[] { 1 }));
            Assert.That(_recorder.Values("hybridtiered.tier.promotions", "memory"), Is.EqualTo(new[] { 1 }));
            Assert.That(_recorder.Values("hybridtiered.tier.entries"), Is.EqualTo(new[] { 1 }));
        });
    }

    [Test]
    public async Task Durations_of_a_tier_a_factory_and_their_flight_are_recorded_to_the_tick()
    {
        await using TestCache cache = Create();
        _tier.Before = (operation, _) =>
        {
            if (operation == InMemoryTier.Read)
                _time.Advance(TimeSpan.FromMilliseconds(30));
            return default;
        };

        await cache.Hybrid.GetOrCreateAsync(Key, _ =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(200));
            return ValueTask.FromResult("value");
        });

        Assert.Multiple(() =>
        {
            Assert.That(_recorder.Values("hybridtiered.tier.operation.duration", "read"), Is.EqualTo(new[] { 0.03 }));
            Assert.That(_recorder.Values("hybridtiered.factory.duration"), Is.EqualTo(new[] { 0.2 }));
            Assert.That(_recorder.Values("hybridtiered.flight.duration"), Is.EqualTo(new[] { 0.23 }).Within(1e-9));
        });
    }

    [Test]
    public async Task What_fails_is_recorded_with_the_type_of_its_fault_alone()
    {
        await using TestCache cache = Create();
        _tier.Before = (_, _) => throw new InvalidOperationException("Cannot reach " + Key);

        await ReadAsync(cache, "other");
        Assert.That(
            async () => await cache.Hybrid.GetOrCreateAsync<string>("third", _ => throw new TimeoutException("Cannot reach " + Key)),
            Throws.TypeOf<TimeoutException>());

        Assert.Multiple(() =>
        {
            Assert.That(_recorder.Values("hybridtiered.tier.operation.duration", "read", typeof(InvalidOperationException).FullName!), Has.Count.EqualTo(2));
            Assert.That(_recorder.Values("hybridtiered.factory.duration", typeof(TimeoutException).FullName!), Has.Count.EqualTo(1));
            Assert.That(_recorder.Values("hybridtiered.flight.duration", typeof(TimeoutException).FullName!), Has.Count.EqualTo(1));
        });
    }

    [Test]
    public async Task No_key_tag_or_pattern_is_ever_a_tag_of_a_measurement()
    {
        await using TestCache cache = Create();
        await cache.Hybrid.SetAsync(Key, "secret", tags: ["secret-tag"]);
        await ReadAsync(cache, "secret-other");
        await cache.Hybrid.RemoveAsync(Key);
        await cache.Hybrid.RemoveAsync(["secret-1", "secret-2"]);
        await cache.Hybrid.RemoveByTagAsync("secret-tag");
        await cache.Cache.RemoveByPatternAsync("secret*");
        await cache.Cache.ClearAsync();
        await cache.SettleAsync();
        _recorder.Collect();

        string[] values = [.. _recorder.Measurements.SelectMany(m => m.Tags.Values).Select(value => value!.ToString()!).Distinct()];

        Assert.Multiple(() =>
        {
            Assert.That(values.Where(value => value.Contains("secret", StringComparison.Ordinal)), Is.Empty);
            Assert.That(values, Is.SupersetOf(new[] { "key", "keys", "tag", "pattern", "all", "update" }));
        });
    }

    [Test]
    public async Task A_hit_in_L1_records_nothing_and_allocates_nothing_while_somebody_listens()
    {
        await using TestCache cache = Create();
        await cache.Hybrid.SetAsync(Key, "value");
        await ReadAsync(cache, Key);
        HybridCache hybrid = cache.Hybrid;
        int before = _recorder.Measurements.Count;

        long allocated = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
            await hybrid.GetOrCreateAsync(Key, 0, static (_, _) => ValueTask.FromResult("computed"));
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        _recorder.Collect();

        Assert.Multiple(() =>
        {
            Assert.That(_recorder.Measurements.Skip(before).Where(m => m.Instrument.EndsWith("duration", StringComparison.Ordinal)), Is.Empty);
            Assert.That(allocated, Is.LessThan(1_000), "bytes in a thousand hits");
            Assert.That(_recorder.Values("hybridtiered.requests", "l1_hit"), Is.EqualTo(new[] { 1_001 }));
        });
    }

    [Test]
    public async Task Every_cache_of_a_container_is_reported_under_its_name_until_it_is_disposed()
    {
        await using TestCache cache = Create(services => services.AddKeyedHybridTiered("catalog", _ => { }));
        TieredCache catalog = cache.Services.GetRequiredKeyedService<TieredCache>("catalog");
        await ReadAsync(cache, Key);
        await catalog.SetAsync("a", 1);

        _recorder.Collect();
        IReadOnlyList<double> both = _recorder.Values("hybridtiered.tier.entries", "memory");
        IReadOnlyList<double> second = _recorder.Values("hybridtiered.tier.entries", "catalog");
        await catalog.DisposeAsync();
        int before = _recorder.Measurements.Count;
        _recorder.Collect();

        Assert.Multiple(() =>
        {
            Assert.That(_meters.Meters, Has.Count.EqualTo(1));
            Assert.That(both, Has.Count.EqualTo(2));
            Assert.That(second, Has.Count.EqualTo(1));
            Assert.That(_recorder.Measurements.Skip(before).Select(m => m.Tags["hybridtiered.cache.name"]).Distinct(), Is.EqualTo(new[] { "default" }));
        });
    }

    [Test]
    public async Task An_invalidation_is_counted_on_both_sides_and_its_way_is_timed()
    {
        var backplane = new InProcessBackplane(_time);
        await using TestCache cache = Create(builder => builder.UseInProcessBackplane(backplane));
        await using TestCache other = TestCache.Create(_time, builder => builder.UseInProcessBackplane(backplane));
        await cache.SettleAsync();
        await other.SettleAsync();

        await other.Hybrid.RemoveAsync(Key);
        await cache.Hybrid.RemoveByTagAsync("tag");
        await cache.SettleAsync();
        _recorder.Collect();

        Assert.Multiple(() =>
        {
            Assert.That(_recorder.Values("hybridtiered.invalidation.messages", "received", "key"), Is.EqualTo(new[] { 1 }));
            Assert.That(_recorder.Values("hybridtiered.invalidation.messages", "sent", "tag"), Is.EqualTo(new[] { 1 }));
            Assert.That(_recorder.Values("hybridtiered.invalidation.delay", "key"), Has.Count.EqualTo(1));
            Assert.That(_recorder.Values("hybridtiered.invalidation.duration", "received", "key"), Has.Count.EqualTo(1));
            Assert.That(_recorder.Values("hybridtiered.invalidation.duration", "sent", "tag"), Has.Count.EqualTo(1));
            Assert.That(_recorder.Values("hybridtiered.backplane.connected"), Is.EqualTo(new[] { 1 }));
        });
    }

    [Test]
    public async Task The_state_of_the_circuits_of_a_tier_is_reported()
    {
        await using TestCache cache = Create();
        await ReadAsync(cache, Key);
        _recorder.Collect();
        IReadOnlyList<double> before = _recorder.Values("hybridtiered.tier.circuit.state", "tier0", "read");
        _tier.Before = (_, _) => throw new IOException("away");

        for (int i = 0; i < 100; i++)
            await ReadAsync(cache, $"key:{i}");
        _recorder.Collect();

        Assert.Multiple(() =>
        {
            Assert.That(before, Is.EqualTo(new[] { 0 }));
            Assert.That(_recorder.Values("hybridtiered.tier.circuit.state", "tier0", "read"), Is.EqualTo(new[] { 0, 2 }));
            Assert.That(_recorder.Values("hybridtiered.tier.circuit.breaks", "tier0")[^1], Is.EqualTo(2), "reading the version of a key counts for the circuit of writes");
        });
    }

    [Test]
    public async Task The_journal_lags_by_the_time_since_it_was_last_read_to_its_end()
    {
        var backplane = new InProcessBackplane(_time);
        await using TestCache cache = Create(builder => builder.UseInProcessBackplane(backplane).Configure(o => o.JournalInterval = TimeSpan.FromHours(1)));
        await cache.SettleAsync();

        _time.Advance(TimeSpan.FromSeconds(7));
        await cache.SettleAsync();
        _recorder.Collect();

        Assert.That(_recorder.Values("hybridtiered.journal.lag"), Is.EqualTo(new[] { 7.0 }).Within(0.001));
    }

    [Test]
    public async Task Without_a_factory_of_meters_the_meter_is_the_containers_own()
    {
        using var published = new MeterListener();
        var own = new HashSet<Meter>();
        published.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter is { Name: "HybridTiered", Scope: null } meter)
                own.Add(meter);
        };
        published.Start();
        own.Clear();

        await using (TestCache cache = TestCache.Create(_time))
            Assert.That(cache.Statistics.Requests, Is.Zero);

        Assert.That(own, Has.Count.EqualTo(1));
        Assert.That(own.Single().Version, Is.Not.Empty);
    }

    private static ValueTask<string> ReadAsync(TestCache cache, string key) => cache.Hybrid.GetOrCreateAsync(key, _ => ValueTask.FromResult("value"));

    private TestCache Create(Action<IServiceCollection> services) =>
        TestCache.Create(_time, builder => builder.AddTier("tier0", _ => _tier), collection => services(collection.AddSingleton<IMeterFactory>(_meters)));

    private TestCache Create(Action<HybridTieredBuilder>? configure = null) => TestCache.Create(
        _time,
        builder =>
        {
            builder.AddTier("tier0", _ => _tier);
            configure?.Invoke(builder);
        },
        services => services.AddSingleton<IMeterFactory>(_meters));
}
