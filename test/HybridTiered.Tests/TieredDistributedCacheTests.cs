using System.Buffers;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Tests;

/// <summary>The IDistributedCache and IBufferDistributedCache contract, on a tier that has every ability and on the framework's own cache, which has none.</summary>
[TestFixture(true), TestFixture(false), Category("Unit")]
public sealed class TieredDistributedCacheTests(bool able)
{
    private static readonly byte[] Value = [1, 2, 3];

    private ManualTimeProvider _time = null!;
    private ICacheTier _tier = null!;
    private TestCache _a = null!;
    private TestCache _b = null!;

    private IDistributedCache A => _a.Distributed;

    private IDistributedCache B => _b.Distributed;

    private IBufferDistributedCache Buffers => (IBufferDistributedCache)_a.Distributed;

    [SetUp]
    public void CreateTwoInstances()
    {
        _time = new ManualTimeProvider();
        _tier = able ? new InMemoryTier(_time) : MemoryDistributed.CreateTier(_time);
        _a = TestCache.Create(_time, null, _tier);
        _b = TestCache.Create(_time, null, _tier);
    }

    [TearDown]
    public async Task DisposeThem()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
        await _tier.DisposeAsync();
    }

    [Test]
    public async Task Bytes_reach_other_instances_unchanged_and_without_a_header()
    {
        await A.SetAsync("k", Value, new());

        Assert.That(await B.GetAsync("k"), Is.EqualTo(Value));
        using TierEntry entry = await _tier.ReadAsync("k", TierRead.Data, CancellationToken.None);
        Assert.That(entry.Data.ToArray(), Is.EqualTo(Value));
    }

    [Test]
    public void The_synchronous_members_do_the_same()
    {
        A.Set("k", Value, new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromSeconds(10) });
        _time.Advance(TimeSpan.FromSeconds(6));
        B.Refresh("k");
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.That(B.Get("k"), Is.EqualTo(Value));
        B.Remove("k");

        Assert.That((B.Get("k"), B.Get("missing")), Is.EqualTo(((byte[]?)null, (byte[]?)null)));
    }

    [Test]
    public void Null_arguments_are_refused()
    {
        Assert.That(() => A.Get(null!), Throws.ArgumentNullException);
        Assert.That(async () => await A.GetAsync(null!), Throws.ArgumentNullException);
        Assert.That(() => A.Set(null!, Value, new()), Throws.ArgumentNullException);
        Assert.That(() => A.Set("k", null!, new()), Throws.ArgumentNullException);
        Assert.That(() => A.Set("k", Value, null!), Throws.ArgumentNullException);
        Assert.That(async () => await A.SetAsync("k", null!, new()), Throws.ArgumentNullException);
        Assert.That(async () => await A.SetAsync("k", Value, null!), Throws.ArgumentNullException);
        Assert.That(() => A.Refresh(null!), Throws.ArgumentNullException);
        Assert.That(async () => await A.RefreshAsync(null!), Throws.ArgumentNullException);
        Assert.That(() => A.Remove(null!), Throws.ArgumentNullException);
        Assert.That(async () => await A.RemoveAsync(null!), Throws.ArgumentNullException);
        Assert.That(() => Buffers.TryGet("k", null!), Throws.ArgumentNullException);
        Assert.That(async () => await Buffers.TryGetAsync(null!, new ArrayBufferWriter<byte>()), Throws.ArgumentNullException);
        Assert.That(() => Buffers.Set("k", new ReadOnlySequence<byte>(Value), null!), Throws.ArgumentNullException);
        Assert.That(async () => await Buffers.SetAsync(null!, new ReadOnlySequence<byte>(Value), new()), Throws.ArgumentNullException);
    }

    [Test]
    public async Task An_empty_value_is_found()
    {
        await A.SetAsync("k", [], new());

        Assert.That((await A.GetAsync("k"), await B.GetAsync("k")), Is.EqualTo((Array.Empty<byte>(), Array.Empty<byte>())));
        Assert.That(Buffers.TryGet("k", new ArrayBufferWriter<byte>()), Is.True);
    }

    [TestCase("")]
    [TestCase("  ")]
    [TestCase("a\u0001b")]
    public async Task Any_key_but_null_can_be_used(string key)
    {
        await A.SetAsync(key, Value, new());
        await A.SetAsync(key + "x", [9], new());

        Assert.That((await A.GetAsync(key), await B.GetAsync(key)), Is.EqualTo((Value, Value)));
    }

    [Test]
    public async Task Keys_are_case_sensitive()
    {
        await A.SetAsync("Key", Value, new());

        Assert.That((await A.GetAsync("key"), await B.GetAsync("KEY")), Is.EqualTo(((byte[]?)null, (byte[]?)null)));
    }

    [Test]
    public async Task A_value_belongs_to_the_cache_alone()
    {
        byte[] given = [1, 2, 3];
        await A.SetAsync("k", given, new());
        given[0] = 9;
        byte[] taken = (await A.GetAsync("k"))!;
        taken[1] = 9;

        Assert.That((await A.GetAsync("k"), await B.GetAsync("k")), Is.EqualTo((Value, Value)));
    }

    [Test]
    public async Task Sequences_go_in_and_come_out_through_buffers()
    {
        var first = new Segment([1, 2], null);
        var last = new Segment([3], first);
        await Buffers.SetAsync("many", new ReadOnlySequence<byte>(first, 0, last, 1), new());
        Buffers.Set("one", new ReadOnlySequence<byte>(Value), new());
        var writer = new ArrayBufferWriter<byte>();

        Assert.That(await Buffers.TryGetAsync("many", writer), Is.True);
        Assert.That(((IBufferDistributedCache)B).TryGet("one", writer), Is.True);
        Assert.That(await Buffers.TryGetAsync("missing", writer), Is.False);
        Assert.That(writer.WrittenSpan.ToArray(), Is.EqualTo(Value.Concat(Value)));
    }

    // Seconds: relative end, absolute end, sliding window; the last moment at which an unread entry is there.
    [TestCase(10, null, null, 10)]
    [TestCase(null, 10, null, 10)]
    [TestCase(10, 99, null, 10)]
    [TestCase(99, 10, null, 99)]
    [TestCase(null, null, 10, 10)]
    [TestCase(99, null, 10, 10)]
    [TestCase(10, null, 99, 10)]
    [TestCase(null, 10, 99, 10)]
    public async Task An_unread_entry_ends_at_the_smaller_of_absolute_end_and_window(int? relative, int? absolute, int? sliding, int end)
    {
        var options = new DistributedCacheEntryOptions
        {
            AbsoluteExpirationRelativeToNow = Seconds(relative),
            AbsoluteExpiration = absolute is null ? null : _time.GetUtcNow() + Seconds(absolute),
            SlidingExpiration = Seconds(sliding),
        };
        await A.SetAsync("early", Value, options);
        await A.SetAsync("late", Value, options);

        _time.Advance(TimeSpan.FromSeconds(end) - TimeSpan.FromMilliseconds(1));
        Assert.That(await B.GetAsync("early"), Is.EqualTo(Value));
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.That((await A.GetAsync("late"), await B.GetAsync("late")), Is.EqualTo(((byte[]?)null, (byte[]?)null)));
    }

    [Test]
    public async Task Without_any_expiration_an_entry_stays()
    {
        await A.SetAsync("k", Value, new());
        _time.Advance(TimeSpan.FromDays(30));

        Assert.That((await A.GetAsync("k"), await B.GetAsync("k")), Is.EqualTo((Value, Value)));
    }

    [Test]
    public async Task The_longest_lives_there_are_do_no_harm()
    {
        await A.SetAsync("k", Value, new DistributedCacheEntryOptions
        {
            AbsoluteExpirationRelativeToNow = TimeSpan.MaxValue,
            SlidingExpiration = TimeSpan.MaxValue,
        });
        await A.SetAsync("end of time", Value, new DistributedCacheEntryOptions { AbsoluteExpiration = DateTimeOffset.MaxValue });

        Assert.That((await B.GetAsync("k"), await B.GetAsync("end of time")), Is.EqualTo((Value, Value)));
    }

    [TestCase(0)]
    [TestCase(-1)]
    public void An_absolute_end_that_has_passed_is_out_of_range(int seconds)
    {
        var options = new DistributedCacheEntryOptions { AbsoluteExpiration = _time.GetUtcNow().AddSeconds(seconds) };

        Assert.That(() => A.Set("k", Value, options), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(async () => await A.SetAsync("k", Value, options), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_get_or_a_refresh_extends_a_sliding_entry_but_not_past_its_absolute_end(bool refreshes)
    {
        await A.SetAsync("k", Value, new DistributedCacheEntryOptions
        {
            AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(30),
            SlidingExpiration = TimeSpan.FromSeconds(10),
        });
        foreach (IDistributedCache face in new[] { B, A, B })
        {
            _time.Advance(TimeSpan.FromSeconds(9));
            if (refreshes)
                await face.RefreshAsync("k");
            else
                Assert.That(await face.GetAsync("k"), Is.EqualTo(Value));
        }
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.That(await B.GetAsync("k"), Is.EqualTo(Value));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.That((await A.GetAsync("k"), await B.GetAsync("k")), Is.EqualTo(((byte[]?)null, (byte[]?)null)));
    }

    [Test]
    public async Task A_sliding_entry_that_is_only_hit_in_L1_stays_alive_in_the_tier_below()
    {
        await A.SetAsync("k", Value, new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromSeconds(10) });
        for (int i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            Assert.That(await A.GetAsync("k"), Is.EqualTo(Value));
        }
        await _a.SettleAsync();

        Assert.That(_a.Statistics.Tiers[0].Hits, Is.EqualTo(10));
        Assert.That(await B.GetAsync("k"), Is.EqualTo(Value));
    }

    [Test]
    public async Task A_removed_key_is_gone_everywhere_and_removing_what_is_not_there_is_no_fault()
    {
        await A.SetAsync("k", Value, new());

        await A.RemoveAsync("k");
        await A.RemoveAsync("never there");

        Assert.That((await A.GetAsync("k"), await B.GetAsync("k")), Is.EqualTo(((byte[]?)null, (byte[]?)null)));
    }

    [Test]
    public async Task A_second_set_replaces_value_and_lifetime()
    {
        await A.SetAsync("k", [9], new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(1) });
        await A.SetAsync("k", Value, new());
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.That((await A.GetAsync("k"), await B.GetAsync("k")), Is.EqualTo((Value, Value)));
    }

    [Test]
    public async Task Bytes_whose_remaining_life_is_unknown_are_not_promoted_and_the_others_are()
    {
        await A.SetAsync("k", Value, new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(10) });
        await B.GetAsync("k");
        await B.GetAsync("k");

        Assert.That(_b.Statistics.Tiers[0].Hits, Is.EqualTo(able ? 1 : 0));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.That(await B.GetAsync("k"), Is.Null);
    }

    [Test]
    public async Task The_faces_share_keys_below_but_never_hand_out_each_others_values()
    {
        await _a.Hybrid.SetAsync("k", "text");
        Assert.That((await _a.Cache.TryGetAsync<string>("k")).Level, Is.EqualTo(1));

        await A.SetAsync("k", Value, new());
        Assert.That((await _a.Cache.TryGetAsync<string>("k")).Found, Is.False);
        Assert.That(await A.GetAsync("k"), Is.EqualTo(Value));

        await _a.Hybrid.SetAsync("k", "text");
        Assert.That((await _a.Cache.TryGetAsync<string>("k")).Value, Is.EqualTo("text"));
        Assert.That(await A.GetAsync("k"), Is.Not.EqualTo(Value));
    }

    [Test]
    public async Task A_value_above_the_limit_is_kept_in_L1_only_and_takes_the_old_one_out_below()
    {
        await A.SetAsync("k", Value, new());
        var large = new byte[(1 << 20) + 1];

        await A.SetAsync("k", large, new());

        Assert.That((await A.GetAsync("k"))!.Length, Is.EqualTo(large.Length));
        Assert.That(await B.GetAsync("k"), Is.Null);
        Assert.That(_a.Log.Messages.Count(m => m.Id.Id == 3), Is.EqualTo(1));
    }

    [Test]
    public async Task Defaults_of_the_other_face_do_not_count_here()
    {
        await using TestCache cache = TestCache.Create(_time, b => b.AddTier("lower", _ => _tier).Configure(o =>
        {
            o.DefaultExpiration = TimeSpan.FromSeconds(1);
            o.DefaultFlags = HybridCacheEntryFlags.DisableLocalCache | HybridCacheEntryFlags.DisableDistributedCache;
        }));

        await cache.Distributed.SetAsync("k", Value, new());
        _time.Advance(TimeSpan.FromHours(1));

        Assert.That((await cache.Distributed.GetAsync("k"), await B.GetAsync("k")), Is.EqualTo((Value, Value)));
        Assert.That(cache.Statistics.Tiers[0].Hits, Is.EqualTo(1));
    }

    [Test]
    public void A_cancelled_token_ends_a_call_before_it_does_anything()
    {
        var cancelled = new CancellationToken(canceled: true);

        Assert.That(async () => await A.GetAsync("k", cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await A.SetAsync("k", Value, new(), cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await A.RefreshAsync("k", cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await A.RemoveAsync("k", cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(A.Get("k"), Is.Null);
    }

    [Test]
    public async Task A_cancelled_token_ends_a_get_even_of_what_lies_in_L1()
    {
        var cancelled = new CancellationToken(canceled: true);
        await A.SetAsync("k", Value, new());

        Assert.That(async () => await A.GetAsync("k", cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await Buffers.TryGetAsync("k", new ArrayBufferWriter<byte>(), cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_a.Statistics.Requests, Is.Zero);
    }

    private static TimeSpan? Seconds(int? count) => count is { } c ? TimeSpan.FromSeconds(c) : null;

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, Segment? before)
        {
            Memory = bytes;
            if (before is null)
                return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
