using System.Diagnostics;
using System.Net.Sockets;
using HybridTiered.Memcached.Connections;
using HybridTiered.Memcached.Hashing;
using HybridTiered.Memcached.Protocol;
using HybridTiered.Memcached.Tests.Support;
using HybridTiered.Tests.Support;

namespace HybridTiered.Memcached.Tests.Connections;

/// <summary>One connection and many callers, against a server that answers when the test says so.</summary>
[TestFixture, Category("Unit")]
public sealed class SharedConnectionTests
{
    private static readonly byte[] Key = "k"u8.ToArray();

    private readonly ManualTimeProvider _time = new();
    private FakeServer _server = null!;
    private MemcachedConnection _connection = null!;
    private Socket _peer = null!;

    [SetUp]
    public async Task Connect()
    {
        _server = new FakeServer();
        var settings = new ConnectionSettings(Address(_server), new MemcachedTierOptions { MaximumItemBytes = 2048 }, _time);
        _connection = await MemcachedConnection.OpenAsync(settings);
        _peer = await _server.ConnectionAsync();
    }

    [TearDown]
    public async Task Disconnect()
    {
        await _connection.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Each_caller_gets_the_answer_to_its_own_command()
    {
        Task<ItemReply>[] reads = [.. Enumerable.Range(0, 50).Select(_ => ReadAsync())];
        string[] opaques = [.. await Task.WhenAll(reads.Select(_ => OpaqueAsync()))];
        foreach (string opaque in opaques)
            await FakeServer.SendAsync(_peer, $"VA {opaque.Length} O{opaque}\r\n{opaque}\r\n");

        for (int i = 0; i < reads.Length; i++)
            Assert.That(Text(await reads[i]), Is.EqualTo(opaques[i]));
    }

    [Test]
    public async Task Commands_are_sent_without_waiting_for_earlier_answers()
    {
        _ = ReadAsync();
        await _server.LineAsync();
        _ = ReadAsync();

        Assert.That(await _server.LineAsync(), Does.StartWith("mg k v"));
    }

    [Test]
    public async Task A_caller_that_leaves_does_not_put_the_others_out_of_step()
    {
        using var leaving = new CancellationTokenSource();
        Task<ItemReply> first = ReadAsync(leaving.Token);
        string firstOpaque = await OpaqueAsync();
        Task<ItemReply> second = ReadAsync();
        string secondOpaque = await OpaqueAsync();

        await leaving.CancelAsync();
        Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());
        await FakeServer.SendAsync(_peer, $"VA 5 O{firstOpaque}\r\nfirst\r\nVA 6 O{secondOpaque}\r\nsecond\r\n");

        Assert.That(Text(await second), Is.EqualTo("second"));
        Assert.That(_connection.IsBroken, Is.False);
    }

    [Test]
    public async Task A_caller_that_left_in_the_middle_of_its_answer_does_no_harm()
    {
        using var leaving = new CancellationTokenSource();
        Task<ItemReply> first = ReadAsync(leaving.Token);
        await FakeServer.SendAsync(_peer, $"VA 5 O{await OpaqueAsync()}\r\nfi");
        await leaving.CancelAsync();
        Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());
        Task<ItemReply> second = ReadAsync();
        await FakeServer.SendAsync(_peer, $"rst\r\nVA 6 O{await OpaqueAsync()}\r\nsecond\r\n");

        Assert.That(Text(await second), Is.EqualTo("second"));
    }

    [Test]
    public void A_caller_that_has_left_before_it_came_sends_nothing()
    {
        Assert.That(async () => await ReadAsync(new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        _ = ReadAsync();

        Assert.That(async () => await OpaqueAsync(), Is.EqualTo("2"));
    }

    [TestCase("EN O77\r\n")]
    [TestCase("HELLO\r\n")]
    [TestCase("VA 99999 O2\r\n")]
    [TestCase("VA 1 O2\r\nxyz")]
    [TestCase("CLIENT_ERROR line too long\r\n")]
    public async Task An_answer_that_makes_no_sense_ends_the_connection_for_all_who_wait(string answer)
    {
        Task<ItemReply> first = ReadAsync();
        Task<ItemReply> second = ReadAsync();
        Assert.That(await OpaqueAsync(), Is.EqualTo("2"));
        await FakeServer.SendAsync(_peer, answer);

        foreach (Task<ItemReply> read in (Task<ItemReply>[])[first, second])
        {
            Assert.That(
                async () => await read.WaitAsync(TimeSpan.FromSeconds(10)),
                Throws.InstanceOf<MemcachedConnectionException>().With.InnerException.InstanceOf<MemcachedProtocolException>());
        }
        Assert.That(_connection.IsBroken, Is.True);
    }

    [Test]
    public async Task An_answer_that_nobody_asked_for_ends_the_connection()
    {
        await FakeServer.SendAsync(_peer, "EN\r\n");

        for (var watch = Stopwatch.StartNew(); !_connection.IsBroken; await Task.Yield())
            Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(10)));
        Assert.That(
            async () => await ReadAsync(),
            Throws.InstanceOf<MemcachedConnectionException>().With.InnerException.InstanceOf<MemcachedProtocolException>());
    }

    [Test]
    public async Task A_server_that_owes_an_answer_too_long_is_given_up_and_everybody_is_told()
    {
        Task<ItemReply> first = ReadAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        Task<ItemReply> second = ReadAsync();
        await _server.LineAsync();
        _time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.That(first.IsCompleted, Is.False);
        _time.Advance(TimeSpan.FromSeconds(0.6));

        foreach (Task<ItemReply> read in (Task<ItemReply>[])[first, second])
        {
            Assert.That(
                async () => await read.WaitAsync(TimeSpan.FromSeconds(10)),
                Throws.InstanceOf<MemcachedConnectionException>().With.InnerException.InstanceOf<TimeoutException>());
        }
    }

    [Test]
    public async Task An_idle_connection_is_not_given_up()
    {
        _time.Advance(TimeSpan.FromHours(1));
        Task<ItemReply> read = ReadAsync();
        await FakeServer.SendAsync(_peer, $"EN O{await OpaqueAsync()}\r\n");

        Assert.That((await read).Found, Is.False);
    }

    [Test]
    public async Task A_server_that_closes_the_connection_fails_every_caller_once()
    {
        Task<ItemReply>[] reads = [.. Enumerable.Range(0, 20).Select(_ => ReadAsync())];
        await _server.LineAsync();
        _peer.Close();

        foreach (Task<ItemReply> read in reads)
            Assert.That(async () => await read.WaitAsync(TimeSpan.FromSeconds(10)), Throws.InstanceOf<MemcachedConnectionException>());
    }

    [Test]
    public async Task A_server_fault_is_the_answer_to_one_command_and_no_more()
    {
        Task<ItemReply> first = ReadAsync();
        Task<ItemReply> second = ReadAsync();
        await OpaqueAsync();
        await FakeServer.SendAsync(_peer, $"SERVER_ERROR out of memory\r\nEN O{await OpaqueAsync()}\r\n");

        Assert.That(async () => await first, Throws.InstanceOf<MemcachedServerException>());
        Assert.That((await second).Found, Is.False);
    }

    [Test]
    public async Task Callers_wait_while_too_much_is_unsent_and_go_on_when_the_server_reads_again()
    {
        // Nobody reads the peer's socket while the fake server holds a line back, so the buffers of both sides fill up.
        var held = new TaskCompletionSource();
        _server.Answer = _ =>
        {
            held.Task.Wait();
            return null;
        };
        StoreRequest request = new() { Key = Key, Flags = 0, Expiration = 0, Data = new byte[512 * 1024] };
        Task<StoreReply>[] writes = [.. Enumerable.Range(0, 60).Select(_ => _connection.ExecuteAsync(new MetaStoreCommand(request), CancellationToken.None))];
        using var leaving = new CancellationTokenSource();
        Task<StoreReply> waiting = _connection.ExecuteAsync(new MetaStoreCommand(request), leaving.Token);
        await leaving.CancelAsync();
        Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>(), "waiting callers can leave");

        held.SetResult();
        for (int i = 0; i < writes.Length; i++)
        {
            string line = await _server.LineAsync();
            while (!line.StartsWith("ms ", StringComparison.Ordinal))
                line = await _server.LineAsync();
            await FakeServer.SendAsync(_peer, $"HD c{i + 1} O{line[(line.LastIndexOf('O') + 1)..]}\r\n");
        }
        await Task.WhenAll(writes).WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Test]
    public async Task Disposal_fails_what_is_under_way()
    {
        Task<ItemReply> read = ReadAsync();
        await _connection.DisposeAsync();

        Assert.That(async () => await read, Throws.InstanceOf<MemcachedConnectionException>().With.InnerException.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public async Task A_server_that_accepts_and_says_nothing_is_not_waited_for_longer_than_allowed()
    {
        using var silent = new TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var server = new ServerAddress("127.0.0.1", ((System.Net.IPEndPoint)silent.LocalEndpoint).Port);
        Task<MemcachedConnection> opening = MemcachedConnection.OpenAsync(new ConnectionSettings(server, new MemcachedTierOptions(), _time));
        using Socket accepted = await silent.AcceptSocketAsync();
        await accepted.ReceiveAsync(new byte[1], SocketFlags.None);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.That(
            async () => await opening.WaitAsync(TimeSpan.FromSeconds(10)),
            Throws.InstanceOf<MemcachedConnectionException>().With.InnerException.InstanceOf<TimeoutException>());
    }

    private static ServerAddress Address(FakeServer server) => new("127.0.0.1", int.Parse(server.Address.Split(':')[1], null));

    private static string Text(ItemReply reply)
    {
        using (reply)
            return System.Text.Encoding.ASCII.GetString(reply.Body!.Memory.Span);
    }

    private Task<ItemReply> ReadAsync(CancellationToken cancellationToken = default) =>
        _connection.ExecuteAsync(MetaGetCommand.Read(Key, withVersion: false), cancellationToken);

    private async Task<string> OpaqueAsync() => (await _server.LineAsync())["mg k v O".Length..];
}
