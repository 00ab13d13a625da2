using System.Net.Sockets;
using System.Text;
using HybridTiered.Entries;
using HybridTiered.Memcached.Items;
using HybridTiered.Memcached.Tests.Support;
using HybridTiered.Tiers;

namespace HybridTiered.Memcached.Tests;

/// <summary>What the tier sends and how it takes the answers, step by step, where a real server would not fall into the race that is
/// meant.</summary>
[TestFixture, Category("Unit")]
public sealed class MemcachedTierExchangeTests
{
    private static readonly TierLifetime OneMinute = new(TimeSpan.FromMinutes(1));

    private FakeServer _server = null!;
    private MemcachedTier _tier = null!;

    [TearDown]
    public async Task Stop()
    {
        await _tier.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task A_tombstone_that_a_reader_of_the_removed_entry_touched_gets_its_time_back()
    {
        Start("1.6.18");
        Task<TierEntry> read = _tier.ReadAsync("key", TierRead.DataAndLifetime, default).AsTask();
        Socket peer = await _server.ConnectionAsync();
        string body = Encoding.Latin1.GetString(new ItemHeader(0, TimeSpan.FromSeconds(5).Ticks).ToBytes(new ItemKeys("").Create("key"), []));
        await ReplyAsync(peer, "mg key v", $"VA {body.Length} O*\r\n{body}\r\n");
        await ReplyAsync(peer, "mg key T6 f c", "HD f2147483648 c9 O*\r\n");
        await ReplyAsync(peer, "ms key 0 T61 F2147483648 C9 c", "HD c10 O*\r\n");

        using TierEntry entry = await read;
        Assert.That(entry.Found, Is.True);
    }

    [Test]
    public async Task An_old_server_is_spoken_to_in_classic_commands()
    {
        Start("1.5.22");
        Task<TierEntry> read = _tier.ReadAsync("key", TierRead.Data, default).AsTask();
        Socket peer = await _server.ConnectionAsync();
        await ReplyAsync(peer, "gets key", "END\r\n");

        Assert.That((await read).Found, Is.False);
    }

    [Test]
    public async Task A_classic_write_that_another_one_followed_returns_no_version_rather_than_the_others()
    {
        Start("1.5.22");
        Task<EntryVersion?> write = _tier.WriteIfUnchangedAsync("key", "mine"u8.ToArray(), OneMinute, EntryVersion.None, default).AsTask();
        Socket peer = await _server.ConnectionAsync();
        await ReplyAsync(peer, "add key 0 61 28", "STORED\r\n");

        // The header may happen to contain line ends.
        while (await _server.LineAsync() != "gets key")
            Assert.That(write.IsCompleted, Is.False);
        await FakeServer.SendAsync(peer, "VALUE key 0 6 12\r\nothers\r\nEND\r\n");

        Assert.That(await write, Is.EqualTo(EntryVersion.None));
    }

    [Test]
    public async Task A_version_that_changes_while_an_ended_entry_is_replaced_is_read_again()
    {
        Start("1.6.18");
        Task<EntryVersion> version = _tier.ReadVersionAsync("key", default).AsTask();
        Socket peer = await _server.ConnectionAsync();
        string ended = Encoding.Latin1.GetString(new ItemHeader(1, 0).ToBytes(new ItemKeys("").Create("key"), []));
        await ReplyAsync(peer, "mg key f c v", $"VA {ended.Length} f0 c5 O*\r\n{ended}\r\n");
        await ReplyAsync(peer, "ms key 0 T61 F2147483648 C5 c", "EX c0 O*\r\n");
        await ReplyAsync(peer, "mg key f c v", "VA 0 f2147483648 c6 O*\r\n\r\n");

        Assert.That(await version, Is.EqualTo(new EntryVersion(6)));
    }

    [Test]
    public async Task A_server_without_statistics_is_served()
    {
        Start("1.6.18");
        _server.StatisticsText = "ERROR\r\n";
        Task<EntryVersion> remove = _tier.RemoveAsync("key", default).AsTask();
        Socket peer = await _server.ConnectionAsync();
        await ReplyAsync(peer, "ms key 0 T61 F2147483648 c", "HD c3 O*\r\n");

        Assert.That(await remove, Is.EqualTo(new EntryVersion(3)));
    }

    [Test]
    public async Task Callers_who_come_while_a_connection_is_opened_share_it_and_can_leave()
    {
        Start("1.6.18");
        using var leaving = new CancellationTokenSource();
        Task<TierEntry>[] reads = [.. Enumerable.Range(0, 10).Select(i => _tier.ReadAsync("key", TierRead.Data, i == 0 ? leaving.Token : default).AsTask())];
        await leaving.CancelAsync();
        Socket peer = await _server.ConnectionAsync();
        Assert.That(async () => await reads[0], Throws.InstanceOf<OperationCanceledException>());
        foreach (Task<TierEntry> read in reads.Skip(1))
            await ReplyAsync(peer, "mg key v", "EN O*\r\n");

        Assert.That((await Task.WhenAll(reads.Skip(1))).Select(e => e.Found), Is.All.False);
    }

    [Test]
    public async Task A_disposed_tier_says_so()
    {
        Start("1.6.18");
        await _tier.DisposeAsync();

        Assert.That(async () => await _tier.ReadAsync("key", TierRead.Data, default), Throws.InstanceOf<ObjectDisposedException>());
    }

    [TestCase(11)]
    public async Task Damaged_answers_on_the_wire_give_the_right_value_or_a_documented_fault(int seed)
    {
        const int Cases = 1500;
        var random = new Random(seed);
        Start("1.6.18", TimeSpan.FromMilliseconds(20));
        byte[] data = Encoding.ASCII.GetBytes("the\r\nvalue\r\n");
        byte[] body = [.. new ItemHeader(0, 0).ToBytes(new ItemKeys("").Create("key"), data), .. data];
        _server.Answer = line =>
        {
            byte[] answer = [.. Encoding.ASCII.GetBytes($"VA {body.Length} {line[line.LastIndexOf('O')..]}\r\n"), .. body, .. "\r\n"u8];
            if (random.Next(2) == 0)
                return answer;
            int at = random.Next(answer.Length);
            int length = random.Next(1, answer.Length - at + 1);
            return random.Next(3) switch
            {
                0 => [.. answer.AsSpan(0, at), (byte)random.Next(256), .. answer.AsSpan(at + 1)],
                1 => [.. answer.AsSpan(0, at), .. answer.AsSpan(at + length)],
                _ => [.. answer.AsSpan(0, at + length), .. answer.AsSpan(at)],
            };
        };
        int hits = 0, misses = 0, faults = 0;
        for (int i = 0; i < Cases; i++)
        {
            try
            {
                using TierEntry entry = await _tier.ReadAsync("key", TierRead.Data, default).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
                Assert.That(!entry.Found || entry.Data.Span.SequenceEqual(data), Is.True, $"seed {seed}, case {i}: a wrong value");
                _ = entry.Found ? hits++ : misses++;
            }
            catch (MemcachedException)
            {
                faults++;
            }
        }

        Assert.That((hits, misses, faults), Is.Not.EqualTo((0, 0, 0)));
        Assert.That(hits, Is.GreaterThan(Cases / 4));
        Assert.That(faults, Is.GreaterThan(Cases / 10));
        TestContext.Out.WriteLine($"{hits} hits, {misses} misses, {faults} faults");
    }

    private void Start(string version, TimeSpan? operationTimeout = null)
    {
        _server = new FakeServer(version);
        _tier = new MemcachedTier(new MemcachedTierOptions
        {
            Servers = { _server.Address },
            ConnectionsPerServer = 1,
            OperationTimeout = operationTimeout ?? TimeSpan.FromSeconds(10),
        });
    }

    /// <summary>Expects a command and answers it; <c>*</c> stands for the command's own number.</summary>
    private async Task ReplyAsync(Socket peer, string command, string answer)
    {
        string line = await _server.LineAsync();
        int opaque = line.LastIndexOf(" O", StringComparison.Ordinal);
        Assert.That(opaque < 0 ? line : line[..opaque], Is.EqualTo(command));
        await FakeServer.SendAsync(peer, answer.Replace("O*", opaque < 0 ? "" : line[(opaque + 1)..], StringComparison.Ordinal));
        if (command.StartsWith("ms ", StringComparison.Ordinal))
            Assert.That(await _server.LineAsync(), Is.Empty, "the body of a tombstone");
    }
}
