using System.Diagnostics;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Diagnostics;

[Category("Unit")]
public sealed class CacheActivityTests
{
    private readonly ManualTimeProvider _time = new();
    private InMemoryTier _tier = null!;
    private ActivityRecorder _recorder = null!;

    [SetUp]
    public void SetUp()
    {
        _tier = new InMemoryTier(_time);
        _recorder = new ActivityRecorder();
    }

    [TearDown]
    public void TearDown() => _recorder.Dispose();

    [Test]
    public async Task A_miss_is_a_flight_with_the_tier_and_the_factory_below_it()
    {
        await using TestCache cache = TestCache.Create(_time, null, _tier);
        ActivityTraceId inside = default;

        await cache.Hybrid.GetOrCreateAsync("key", _ =>
        {
            inside = Activity.Current!.TraceId;
            return ValueTask.FromResult("value");
        });
        await cache.SettleAsync();

        Activity flight = Single("hybridtiered.flight");
        Activity factory = Single("hybridtiered.factory");
        Activity read = _recorder.Ended.Single(a => Equals(a.GetTagItem("hybridtiered.operation"), "read"));
        Assert.Multiple(() =>
        {
            Assert.That(flight.ParentSpanId, Is.EqualTo(_recorder.Root.SpanId));
            Assert.That(factory.ParentSpanId, Is.EqualTo(flight.SpanId));
            Assert.That(read.ParentSpanId, Is.EqualTo(flight.SpanId));
            Assert.That(read.Kind, Is.EqualTo(ActivityKind.Client));
            Assert.That(read.GetTagItem("hybridtiered.tier.name"), Is.EqualTo("tier0"));
            Assert.That(inside, Is.EqualTo(_recorder.Root.TraceId));
        });
    }

    [Test]
    public async Task A_hit_in_L1_leaves_no_trace()
    {
        await using TestCache cache = TestCache.Create(_time, null, _tier);
        await cache.Hybrid.SetAsync("key", "value");
        int before = _recorder.Ended.Count;

        await cache.Hybrid.GetOrCreateAsync("key", _ => ValueTask.FromResult("computed"));

        Assert.That(_recorder.Ended.Skip(before), Is.Empty);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Keys_are_in_traces_only_where_the_option_allows_it(bool allowed)
    {
        await using TestCache cache = TestCache.Create(_time, builder => builder.AddTier("tier0", _ => _tier).Configure(o => o.IncludeKeysInTraces = allowed));

        await cache.Hybrid.GetOrCreateAsync("secret", _ => ValueTask.FromResult("value"));
        await cache.Hybrid.RemoveAsync("secret");
        await cache.SettleAsync();

        bool told = _recorder.Ended.SelectMany(a => a.TagObjects).Any(tag => "secret".Equals(tag.Value));
        Assert.That(told, Is.EqualTo(allowed));
    }

    [Test]
    public async Task What_fails_says_so_without_the_message_of_the_fault()
    {
        await using TestCache cache = TestCache.Create(_time, null, _tier);

        Assert.That(async () => await cache.Hybrid.GetOrCreateAsync<string>("key", _ => throw new TimeoutException("secret")), Throws.TypeOf<TimeoutException>());

        Activity factory = Single("hybridtiered.factory");
        Assert.Multiple(() =>
        {
            Assert.That(factory.Status, Is.EqualTo(ActivityStatusCode.Error));
            Assert.That(factory.GetTagItem("error.type"), Is.EqualTo(typeof(TimeoutException).FullName));
            Assert.That(factory.StatusDescription, Does.Not.Contain("secret"));
        });
    }

    [Test]
    public async Task An_invalidation_is_an_activity_with_the_removals_below_it()
    {
        await using TestCache cache = TestCache.Create(_time, null, _tier);

        await cache.Hybrid.RemoveAsync("key");

        Activity invalidation = Single("hybridtiered.invalidation");
        Activity removal = Single("hybridtiered.tier");
        Assert.Multiple(() =>
        {
            Assert.That(invalidation.GetTagItem("hybridtiered.invalidation.kind"), Is.EqualTo("key"));
            Assert.That(invalidation.GetTagItem("hybridtiered.invalidation.direction"), Is.EqualTo("sent"));
            Assert.That(removal.ParentSpanId, Is.EqualTo(invalidation.SpanId));
        });
    }

    private Activity Single(string name) => _recorder.Ended.Single(activity => activity.OperationName == name);
}
