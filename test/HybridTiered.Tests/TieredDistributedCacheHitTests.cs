using System.Buffers;
using System.Diagnostics;
using HybridTiered.Tests.Support;
using Microsoft.Extensions.Caching.Distributed;

namespace HybridTiered.Tests;

/// <summary>The four ways to read bytes that lie in L1: one is as good as the other.</summary>
[TestFixture("Get"), TestFixture("GetAsync"), TestFixture("TryGet"), TestFixture("TryGetAsync"), Category("Unit")]
public sealed class TieredDistributedCacheHitTests(string way)
{
    private const int Rounds = 100;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly byte[] Value = [1, 2, 3];

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private ManualTimeProvider _time = null!;
    private TestCache _cache = null!;

    [SetUp]
    public void Create()
    {
        _time = new ManualTimeProvider();
        _cache = TestCache.Create(_time);
    }

    [TearDown]
    public async Task Dispose() => await _cache.DisposeAsync();

    [Test]
    public async Task A_hit_is_found_and_counted_once()
    {
        await _cache.Distributed.SetAsync("k", Value, new());

        Assert.That(Read("k"), Is.EqualTo(Value));
        Assert.That((_cache.Statistics.Requests, _cache.Statistics.Tiers[0].Hits), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public async Task What_is_found_belongs_to_the_caller()
    {
        await _cache.Distributed.SetAsync("k", Value, new());

        Read("k")![0] = 9;

        Assert.That(Read("k"), Is.EqualTo(Value));
    }

    [Test]
    public async Task An_empty_value_is_not_a_miss()
    {
        await _cache.Distributed.SetAsync("k", [], new());

        Assert.That(Read("k"), Is.Empty);
    }

    [Test]
    public async Task An_expired_entry_is_not_found()
    {
        await _cache.Distributed.SetAsync("k", Value, new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(10) });
        _time.Advance(TimeSpan.FromMilliseconds(9_999));
        Assert.That(Read("k"), Is.EqualTo(Value));

        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.That(Read("k"), Is.Null);
    }

    [Test]
    public async Task A_read_extends_a_sliding_window()
    {
        await _cache.Distributed.SetAsync("k", Value, new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromSeconds(10) });
        for (int i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(9));
            Assert.That(Read("k"), Is.EqualTo(Value));
        }
    }

    [TestCase("key")]
    [TestCase("pattern")]
    [TestCase("everything")]
    public async Task An_invalidated_entry_is_not_found(string kind)
    {
        await _cache.Distributed.SetAsync("k", Value, new());
        Assert.That(Read("k"), Is.EqualTo(Value));

        await (kind switch
        {
            "key" => _cache.Cache.RemoveAsync("k"),
            "pattern" => _cache.Cache.RemoveByPatternAsync("k*"),
            _ => _cache.Cache.RemoveByTagAsync("*"),
        });

        Assert.That(Read("k"), Is.Null);
    }

    [Test]
    public async Task An_invalidation_of_other_entries_does_no_harm()
    {
        await _cache.Distributed.SetAsync("k", Value, new());

        await _cache.Cache.RemoveByTagAsync("another");

        Assert.That((Read("k"), Read("k")), Is.EqualTo((Value, Value)));
    }

    [Test]
    public async Task A_hit_allocates_nothing_but_what_it_returns()
    {
        await _cache.Distributed.SetAsync("k", new byte[64], new());
        long own = way switch
        {
            "Get" => AllocatedBy(static () => new byte[64]),
            "GetAsync" => AllocatedBy(static () => Task.FromResult<byte[]?>(new byte[64])),
            _ => 0,
        };
        IBufferDistributedCache face = Face;
        ArrayBufferWriter<byte> buffer = _buffer;

        long allocated = way switch
        {
            "Get" => AllocatedBy(() => face.Get("k"), own),
            "GetAsync" => AllocatedBy(() => face.GetAsync("k"), own),
            "TryGet" => AllocatedBy(() => Hit(face.TryGet("k", buffer)), own),
            _ => AllocatedBy(() => HitAsync(face.TryGetAsync("k", buffer)), own),
        };

        Assert.That(allocated, Is.EqualTo(own));

        object HitAsync(ValueTask<bool> call) => Hit(call.IsCompletedSuccessfully && call.Result);

        object Hit(bool found)
        {
            buffer.ResetWrittenCount();
            return found ? buffer : throw new InvalidOperationException("The call was meant to hit.");
        }
    }

    private IBufferDistributedCache Face => (IBufferDistributedCache)_cache.Distributed;

    private byte[]? Read(string key)
    {
        _buffer.ResetWrittenCount();
        return way switch
        {
            "Get" => Face.Get(key),
            "GetAsync" => Face.GetAsync(key).GetAwaiter().GetResult(),
            "TryGet" => Face.TryGet(key, _buffer) ? _buffer.WrittenSpan.ToArray() : null,
            _ => Face.TryGetAsync(key, _buffer).AsTask().GetAwaiter().GetResult() ? _buffer.WrittenSpan.ToArray() : null,
        };
    }

    // The runtime's own methods allocate until they have been compiled with optimisation, which happens in the background.
    private static long AllocatedBy(Func<object?> call, long expected = long.MaxValue)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Rounds; i++)
                GC.KeepAlive(call());
            long allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;
            if (allocated <= expected || Stopwatch.GetElapsedTime(started) > Deadline)
                return allocated;
        }
    }
}
