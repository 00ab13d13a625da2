using System.Text;
using HybridTiered.Entries;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using Microsoft.Extensions.Caching.Distributed;

namespace HybridTiered.Tests.Chain;

/// <summary>
/// Rule 3 on random chains of two to six tiers, whatever the order of sets, computations, reads, removals and losses, with absolute and sliding lives, through both faces: no
/// path of promotions lets a value be found after the end that its making granted, and none gives a tier more than it would give to a new entry.
/// </summary>
[TestFixture, Category("Unit")]
public sealed class PromotionLifetimeTests
{
    private const int Steps = 150;

    // The clock gives no two readings twice, so on one that stands still a few ticks are added.
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(1);

    [Test]
    public async Task No_path_of_promotions_lengthens_a_life([Range(1, 60)] int seed)
    {
        TestContext.Out.WriteLine($"seed {seed}");
        await using var chain = new RandomChain(new Random(seed));
        for (int step = 0; step < Steps; step++)
            await chain.StepAsync(step);
    }

    [Test]
    public async Task A_promotion_of_bytes_that_is_held_up_grants_only_what_is_left_by_then()
    {
        var time = new ManualTimeProvider();
        InMemoryTier[] tiers = [new(time), new(time), new(time)];
        await using TestCache reader = TestCache.Create(time, null, tiers);
        await tiers[2].WriteAsync("k", new byte[] { 1 }, new TierLifetime(TimeSpan.FromMinutes(1)), default);
        HeldOperation middle = new TierScript(tiers[1]).Hold(InMemoryTier.WriteIfUnchanged, "k");
        Assert.That(await reader.Distributed.GetAsync("k"), Is.Not.Null);
        await middle.Reached;

        time.Advance(TimeSpan.FromSeconds(1));
        middle.Release();
        await reader.SettleAsync();

        Assert.That(tiers[0].Peek("k")!.Value.Absolute, Is.EqualTo(TimeSpan.FromSeconds(59)));
    }

    /// <summary>Two instances on the same tiers, and what was granted to each value.</summary>
    private sealed class RandomChain : IAsyncDisposable
    {
        private readonly Random _random;
        private readonly ManualTimeProvider _time = new();
        private readonly double[] _scales;
        private readonly InMemoryTier[] _tiers;
        private readonly TestCache[] _caches;
        private readonly Entry[] _entries;
        private readonly Dictionary<string, Life> _lives = [];
        private readonly StringBuilder _history = new();

        public RandomChain(Random random)
        {
            _random = random;
            int lower = random.Next(1, 6);
            _scales = [.. Enumerable.Range(0, lower + 1).Select(_ => Math.Pow(10, (random.NextDouble() * 2.5) - 1))];
            int[] frequencies = [.. Enumerable.Range(0, lower).Select(_ => random.Next(4))];
            _tiers = [.. Enumerable.Range(0, lower).Select(_ => new InMemoryTier(_time))];
            _caches = [.. Enumerable.Range(0, 2).Select(_ => TestCache.Create(_time, builder =>
            {
                builder.AddMemory(m => m.TtlScale = _scales[0]);
                for (int i = 0; i < lower; i++)
                {
                    int index = i;
                    builder.AddTier("tier" + i, _ => _tiers[index], o => (o.TtlScale, o.PromotionFrequency) = (_scales[index + 1], frequencies[index]));
                }
            }))];
            foreach (TestCache cache in _caches)
                cache.Cache.Core.Chain.Random = random.Next;
            TimeSpan? sliding = Seconds(1, 120);
            _entries =
            [
                new("absolute", Seconds(1, 300), null, IsRaw: false), new("sliding", Seconds(1, 300), sliding, IsRaw: false),
                new("raw absolute", Seconds(1, 300), null, IsRaw: true), new("raw both", Seconds(1, 300), sliding, IsRaw: true), new("raw sliding", null, sliding, IsRaw: true),
            ];
            _history.AppendLine($"scales {string.Join(' ', _scales)}, frequencies {string.Join(' ', frequencies)}, sliding {sliding}");
        }

        public async Task StepAsync(int step)
        {
            _time.Advance(Seconds(0, _random.Next(4) == 0 ? 200 : 20));
            TestCache cache = _caches[_random.Next(_caches.Length)];
            Entry entry = _entries[_random.Next(_entries.Length)];
            string value = $"v{step}";
            int what = _random.Next(10);
            _history.AppendLine($"{_time.GetUtcNow():HH:mm:ss} {step}: {what} {entry.Key}");
            if (what == 0)
                await _tiers[_random.Next(_tiers.Length)].RemoveAsync(entry.Key, default);
            else if (what == 1)
                await SetAsync(cache, entry, value);
            else if (what < 4 && !entry.IsRaw)
                await ComputeAsync(cache, entry, value);
            else if (what < 4)
                await cache.Distributed.RefreshAsync(entry.Key);
            else
                await ReadAsync(cache, entry);
            // A refresh of the raw face, like a read, starts a sliding window again; a removal from one tier does not.
            if (what is 2 or 3 && entry.IsRaw)
                Touch(entry);
            foreach (TestCache each in _caches)
                await each.SettleAsync();
            await CheckTiersAsync();
        }

        public async ValueTask DisposeAsync()
        {
            foreach (TestCache cache in _caches)
                await cache.DisposeAsync();
        }

        private async Task SetAsync(TestCache cache, Entry entry, string value)
        {
            _lives[value] = new Life(entry, _time.GetUtcNow(), entry.Absolute, _time.GetUtcNow());
            if (entry.IsRaw)
                await cache.Distributed.SetStringAsync(entry.Key, value, entry.RawOptions);
            else
                await cache.Hybrid.SetAsync(entry.Key, value, entry.Options);
        }

        private async Task ComputeAsync(TestCache cache, Entry entry, string value)
        {
            TimeSpan took = Seconds(0, 5);
            DateTimeOffset started = _time.GetUtcNow();
            string got = await cache.Hybrid.GetOrCreateAsync(
                entry.Key,
                _ =>
                {
                    _time.Advance(took);
                    return new ValueTask<string>(value);
                },
                entry.Options);
            if (got == value)
                _lives[value] = new Life(entry, started, took + entry.Absolute, _time.GetUtcNow());
            else
                AssertAlive(got, level: 1);
        }

        private async Task ReadAsync(TestCache cache, Entry entry)
        {
            (string? found, int level) = entry.IsRaw
                ? (await cache.Distributed.GetStringAsync(entry.Key), 1)
                : await FindAsync(cache, entry);
            if (found is not null)
                AssertAlive(found, level);
        }

        private static async Task<(string?, int)> FindAsync(TestCache cache, Entry entry)
        {
            CacheResult<string> result = await cache.Cache.TryGetAsync<string>(entry.Key, entry.Options);
            return (result.Value, result.Level);
        }

        // Reading starts the window again, for every copy of what was read.
        private void AssertAlive(string value, int level)
        {
            Life life = _lives[value];
            Assert.That(_time.GetUtcNow(), Is.LessThan(EndIn(life, level - 1)), () => $"{value} found in L{level} after its end\n{_history}");
            if (life.Entry.Sliding is { } window)
                Assert.That(_time.GetUtcNow(), Is.LessThan(life.Touched + window + Slack), () => $"{value} found in L{level} after its window\n{_history}");
            Touch(life.Entry);
        }

        private void Touch(Entry entry)
        {
            foreach (string value in _lives.Where(l => l.Value.Entry == entry).Select(l => l.Key).ToArray())
                _lives[value] = _lives[value] with { Touched = _time.GetUtcNow() };
        }

        private async Task CheckTiersAsync()
        {
            for (int i = 0; i < _tiers.Length; i++)
            {
                foreach (Entry entry in _entries)
                {
                    if (_tiers[i].Peek(entry.Key) is not { } left || await ValueAsync(_tiers[i], entry) is not { } value)
                        continue;
                    Life life = _lives[value];
                    Assert.That(left.Sliding, Is.EqualTo(entry.Sliding), () => $"window of {value} in L{i + 2}\n{_history}");
                    if (life.Duration is not { } duration)
                        continue;
                    Assert.That(_time.GetUtcNow() + left.Absolute, Is.LessThanOrEqualTo(EndIn(life, i + 1)), () => $"end of {value} in L{i + 2}\n{_history}");
                    TimeSpan own = entry.IsRaw ? duration : duration * _scales[i + 1];
                    Assert.That(left.Absolute, Is.LessThanOrEqualTo(own + Slack), () => $"life of {value} in L{i + 2}\n{_history}");
                }
            }
        }

        // A copy in a tier was made there or came from below, so it ends when the longest-lived of these would end a new entry. Bytes without header are not scaled.
        private DateTimeOffset EndIn(Life life, int index) => life.Duration is not { } duration
            ? DateTimeOffset.MaxValue
            : life.Created + (life.Entry.IsRaw ? duration : duration * _scales[index..].Max()) + Slack;

        private static async Task<string?> ValueAsync(InMemoryTier tier, Entry entry)
        {
            using TierEntry found = await tier.ReadAsync(entry.Key, TierRead.Data, default);
            if (!found.Found || entry.IsRaw)
                return found.Found ? Encoding.UTF8.GetString(found.Data.Span) : null;
            Assert.That(PayloadCodec.TryRead(found.Data, entry.Key, out _, out ReadOnlyMemory<byte> payload), Is.EqualTo(PayloadDefect.None));
            return Encoding.UTF8.GetString(payload.Span);
        }

        private TimeSpan Seconds(int least, int most) => TimeSpan.FromSeconds(_random.Next(least, most));
    }

    private sealed record Entry(string Key, TimeSpan? Absolute, TimeSpan? Sliding, bool IsRaw)
    {
        public TieredEntryOptions Options { get; } = new() { Expiration = Absolute, SlidingExpiration = Sliding };

        public DistributedCacheEntryOptions RawOptions { get; } = new() { AbsoluteExpirationRelativeToNow = Absolute, SlidingExpiration = Sliding };
    }

    private sealed record Life(Entry Entry, DateTimeOffset Created, TimeSpan? Duration, DateTimeOffset Touched);
}
