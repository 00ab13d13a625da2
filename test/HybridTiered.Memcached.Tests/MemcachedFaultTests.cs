using System.Diagnostics;
using System.Text;
using HybridTiered.Memcached.Hashing;
using HybridTiered.TestServers.Memcached;
using HybridTiered.Tiers;

namespace HybridTiered.Memcached.Tests;

/// <summary>Servers that die, hang and come back, and many callers meanwhile.</summary>
[TestFixture, Category("Memcached")]
public sealed class MemcachedFaultTests
{
    private static readonly TierLifetime OneDay = new(TimeSpan.FromDays(1));

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly List<MemcachedServer> _servers = [];
    private MemcachedTier _tier = null!;

    [TearDown]
    public async Task Stop()
    {
        await _tier.DisposeAsync();
        foreach (MemcachedServer server in _servers)
            server.Dispose();
        _servers.Clear();
    }

    [Test]
    public async Task Two_servers_share_the_keys_and_every_key_is_found_again()
    {
        await StartAsync(2);
        string[] keys = [.. Enumerable.Range(0, 500).Select(i => $"key:{i}")];
        await Task.WhenAll(keys.Select(async key => await _tier.WriteAsync(key, Encoding.UTF8.GetBytes(key), OneDay, default)));

        TierEntry[] entries = await _tier.ReadManyAsync([.. keys, "missing"], default);
        Assert.That(entries.Select(e => e.Found ? Encoding.UTF8.GetString(e.Data.Span) : null), Is.EqualTo(keys.Append(null)));
        Array.ForEach(entries, e => e.Dispose());

        IReadOnlyList<MemcachedServerStatistics> statistics = await _tier.GetServerStatisticsAsync(default);
        Assert.That(statistics.Select(s => s.Server), Is.EqualTo(_servers.Select(s => s.EndPoint)));
        Assert.That(statistics.Select(s => int.Parse(s.Values["curr_items"], null)), Is.All.InRange(150, 350));
        Assert.That(statistics.Sum(s => int.Parse(s.Values["curr_items"], null)), Is.EqualTo(keys.Length));
    }

    [Test]
    public async Task A_server_that_is_down_fails_its_own_keys_at_once_and_recovers()
    {
        await StartAsync(2);
        (string lost, string kept) = await KeysOfAsync(_servers[0], _servers[1]);
        _servers[0].Kill();

        var watch = Stopwatch.StartNew();
        for (int i = 0; i < 1000; i++)
            Assert.That(async () => await ReadAsync(lost), Throws.InstanceOf<MemcachedConnectionException>());
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(2)), "a thousand faults");
        Assert.That(await ReadAsync(kept), Is.EqualTo(kept));
        IReadOnlyList<MemcachedServerStatistics> statistics = await _tier.GetServerStatisticsAsync(default);
        Assert.That(statistics.Select(s => s.Fault is null), Is.EqualTo((bool[])[false, true]));

        await _servers[0].StartAgainAsync();
        await EventuallyAsync(async () => await ReadAsync(lost) is null);
        await _tier.WriteAsync(lost, Encoding.UTF8.GetBytes(lost), OneDay, default);
        Assert.That(await ReadAsync(lost), Is.EqualTo(lost));
    }

    [Test]
    public async Task A_server_killed_with_calls_under_way_ends_every_one_of_them()
    {
        await StartAsync(1);
        await _tier.WriteAsync("key", new byte[100_000], OneDay, default);
        _servers[0].Freeze();
        Task[] calls = [.. Enumerable.Range(0, 500).Select(async i =>
        {
            if (i % 2 == 0)
                (await _tier.ReadAsync("key", TierRead.Data, default)).Dispose();
            else
                await _tier.WriteAsync("key", new byte[20_000], OneDay, default);
        })];
        Assert.That(calls.Count(c => c.IsCompleted), Is.Zero);
        _servers[0].Kill();

        foreach (Task call in calls)
            Assert.That(async () => await call.WaitAsync(Deadline), Throws.InstanceOf<MemcachedConnectionException>());
    }

    [Test]
    public async Task A_server_that_hangs_is_given_up_and_used_again_when_it_goes_on()
    {
        await StartAsync(1, o => o.OperationTimeout = TimeSpan.FromMilliseconds(200));
        await _tier.WriteAsync("key", "value"u8.ToArray(), OneDay, default);
        _servers[0].Freeze();

        Assert.That(
            async () => await ReadAsync("key").WaitAsync(Deadline),
            Throws.InstanceOf<MemcachedConnectionException>().With.InnerException.InstanceOf<TimeoutException>());
        _servers[0].Thaw();
        await EventuallyAsync(async () => await ReadAsync("key") == "value");
    }

    [TestCase(MemcachedProtocol.Automatic)]
    [TestCase(MemcachedProtocol.Classic)]
    public async Task Of_64_callers_at_once_each_gets_its_own_answers(MemcachedProtocol protocol)
    {
        await StartAsync(2, o => o.Protocol = protocol);
        using var leaving = new CancellationTokenSource();

        await Task.WhenAll(Enumerable.Range(0, 64).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            var written = new Dictionary<string, byte[]>();
            for (int round = 0; round < 150; round++)
            {
                string key = $"{caller}:{random.Next(10)}";
                switch (random.Next(5))
                {
                    case 0:
                        byte[] value = new byte[random.Next(10) == 0 ? random.Next(200_000) : random.Next(500)];
                        random.NextBytes(value);
                        await _tier.WriteAsync(key, value, OneDay, default);
                        written[key] = value;
                        break;
                    case 1:
                        await _tier.RemoveAsync(key, default);
                        written.Remove(key);
                        break;
                    case 2:
                        using (var impatient = new CancellationTokenSource())
                        {
                            Task<byte[]?> abandoned = BytesAsync(key, impatient.Token);
                            await impatient.CancelAsync();
                            await abandoned.ContinueWith(_ => { }, TaskScheduler.Default);
                        }
                        break;
                    default:
                        Assert.That((await BytesAsync(key)).AsSpan().SequenceEqual(written.GetValueOrDefault(key)), Is.True, key);
                        break;
                }
            }
        })));
    }

    [Test]
    public async Task Callers_under_a_server_that_comes_and_goes_see_right_values_or_faults()
    {
        await StartAsync(1);
        using var ending = new CancellationTokenSource();
        int answers = 0;
        Task[] callers = [.. Enumerable.Range(0, 32).Select(caller => Task.Run(async () =>
        {
            byte[] mine = Encoding.UTF8.GetBytes($"value of {caller}");
            while (!ending.IsCancellationRequested)
            {
                try
                {
                    await _tier.WriteAsync($"key{caller}", mine, OneDay, default);
                    byte[]? seen = await BytesAsync($"key{caller}");
                    Assert.That(seen, Is.Null.Or.EqualTo(mine));
                    Interlocked.Increment(ref answers);
                }
                catch (MemcachedConnectionException)
                {
                    await Task.Yield();
                }
            }
        }))];
        for (int i = 0; i < 5; i++)
        {
            int before = Volatile.Read(ref answers);
            await EventuallyAsync(() => Task.FromResult(Volatile.Read(ref answers) > before + 100));
            _servers[0].Kill();
            await _servers[0].StartAgainAsync();
        }
        await ending.CancelAsync();

        await Task.WhenAll(callers).WaitAsync(Deadline);
    }

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            try
            {
                if (await condition())
                    return;
            }
            catch (MemcachedException) when (watch.Elapsed < Deadline)
            {
                // Not yet.
            }
            Assert.That(watch.Elapsed, Is.LessThan(Deadline));
            await Task.Delay(10);
        }
    }

    private async Task StartAsync(int servers, Action<MemcachedTierOptions>? configure = null)
    {
        var options = new MemcachedTierOptions { OperationTimeout = TimeSpan.FromSeconds(10) };
        for (int i = 0; i < servers; i++)
        {
            _servers.Add(await MemcachedServer.StartAsync());
            options.Servers.Add(_servers[i].EndPoint);
        }
        configure?.Invoke(options);
        _tier = new MemcachedTier(options);
    }

    /// <summary>A key on each of two servers, written.</summary>
    private async Task<(string First, string Second)> KeysOfAsync(MemcachedServer first, MemcachedServer second)
    {
        var ring = new KetamaRing([first.EndPoint, second.EndPoint]);
        IEnumerable<string> candidates = Enumerable.Range(0, 1000).Select(i => $"key:{i}");
        string[] keys = [.. Enumerable.Range(0, 2).Select(owner => candidates.First(k => ring.OwnerOf(Encoding.UTF8.GetBytes(k)) == owner))];
        foreach (string key in keys)
            await _tier.WriteAsync(key, Encoding.UTF8.GetBytes(key), OneDay, default);
        return (keys[0], keys[1]);
    }

    private async Task<string?> ReadAsync(string key) => await BytesAsync(key) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    private async Task<byte[]?> BytesAsync(string key, CancellationToken cancellationToken = default)
    {
        using TierEntry entry = await _tier.ReadAsync(key, TierRead.Data, cancellationToken);
        return entry.Found ? entry.Data.ToArray() : null;
    }
}
