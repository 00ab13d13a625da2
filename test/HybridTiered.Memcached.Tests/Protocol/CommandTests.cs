using System.Text;
using HybridTiered.Memcached.Protocol;
using HybridTiered.Tiers;

namespace HybridTiered.Memcached.Tests.Protocol;

[TestFixture, Category("Unit")]
public sealed class CommandTests
{
    private const uint Opaque = 7;

    private static readonly byte[] Key = "k"u8.ToArray();

    [Test]
    public void Meta_commands_are_written_as_the_protocol_has_them()
    {
        Assert.That(Written(MetaGetCommand.Read(Key, withVersion: false)), Is.EqualTo("mg k v O7\r\n"));
        Assert.That(Written(MetaGetCommand.Read(Key, withVersion: true)), Is.EqualTo("mg k f c v O7\r\n"));
        Assert.That(Written(MetaGetCommand.Look(Key)), Is.EqualTo("mg k f c O7\r\n"));
        Assert.That(Written(MetaGetCommand.Touch(Key, 30)), Is.EqualTo("mg k T30 f c O7\r\n"));
        Assert.That(Written(new MetaGetManyCommand([Key, Key])), Is.EqualTo("mg k q v O7\r\nmg k q v O8\r\nmn\r\n"));
        Assert.That(Written(new MetaStoreCommand(Request(StoreMode.Set))), Is.EqualTo("ms k 3 T60 F2147483648 c O7\r\nhdd\r\n"));
        Assert.That(Written(new MetaStoreCommand(Request(StoreMode.Add))), Is.EqualTo("ms k 3 T60 F2147483648 ME c O7\r\nhdd\r\n"));
        Assert.That(Written(new MetaStoreCommand(Request(StoreMode.CompareAndSwap))), Is.EqualTo("ms k 3 T60 F2147483648 C99 c O7\r\nhdd\r\n"));
    }

    [Test]
    public void Classic_commands_are_written_as_the_protocol_has_them()
    {
        Assert.That(Written(new ClassicGetCommand([Key, Key])), Is.EqualTo("gets k k\r\n"));
        Assert.That(Written(new ClassicTouchCommand(Key, 30)), Is.EqualTo("touch k 30\r\n"));
        Assert.That(Written(new ClassicStoreCommand(Request(StoreMode.Set))), Is.EqualTo("set k 2147483648 60 3\r\nhdd\r\n"));
        Assert.That(Written(new ClassicStoreCommand(Request(StoreMode.Add))), Is.EqualTo("add k 2147483648 60 3\r\nhdd\r\n"));
        Assert.That(Written(new ClassicStoreCommand(Request(StoreMode.CompareAndSwap))), Is.EqualTo("cas k 2147483648 60 3 99\r\nhdd\r\n"));
    }

    [TestCase("VA 1 O8")]
    [TestCase("VA 1")]
    [TestCase("VA x O7")]
    [TestCase("VA 1 O7x")]
    [TestCase("VA 1 O99999999999")]
    [TestCase("VA -1 O7")]
    [TestCase("VA 4294967296 O7")]
    [TestCase("VA O7")]
    [TestCase("HD O7")]
    [TestCase("EN O8")]
    [TestCase("END")]
    [TestCase("MN")]
    [TestCase("")]
    [TestCase("CLIENT_ERROR bad command line format")]
    [TestCase("ERROR")]
    [TestCase("ERROR Too many open connections")]
    public void An_answer_that_is_not_this_commands_ends_the_connection(string line)
    {
        MetaGetCommand command = MetaGetCommand.Read(Key, withVersion: false);
        Written(command);

        Assert.That(() => command.OnLine(Encoding.ASCII.GetBytes(line)), Throws.InstanceOf<MemcachedProtocolException>());
    }

    [TestCase("EN O7")]
    [TestCase("EN")]
    public async Task A_miss_may_carry_its_number_or_not(string line)
    {
        MetaGetCommand command = MetaGetCommand.Read(Key, withVersion: false);
        Written(command);

        Assert.That(command.OnLine(Encoding.ASCII.GetBytes(line)), Is.EqualTo(ReplyStep.Done));
        Assert.That((await command.WaitAsync(CancellationToken.None)).Found, Is.False);
    }

    [Test]
    public void Unknown_flags_and_extra_blanks_are_skipped()
    {
        MetaGetCommand command = MetaGetCommand.Read(Key, withVersion: true);
        Written(command);

        Assert.That(command.OnLine("VA  12   f3 W s99 c5  Z O7 "u8), Is.EqualTo(ReplyStep.Block));
        Assert.That(command.BlockLength, Is.EqualTo(12));
    }

    [TestCase("VA 1 O9")]
    [TestCase("VA 1")]
    [TestCase("EN O7")]
    [TestCase("HD O7")]
    [TestCase("SERVER_ERROR out of memory writing get response")]
    public void In_a_quiet_batch_whatever_cannot_be_placed_ends_the_connection(string line)
    {
        var command = new MetaGetManyCommand([Key, Key]);
        Written(command);

        Assert.That(() => command.OnLine(Encoding.ASCII.GetBytes(line)), Throws.InstanceOf<MemcachedProtocolException>());
    }

    [Test]
    public void In_a_quiet_batch_nothing_is_answered_twice()
    {
        var command = new MetaGetManyCommand([Key, Key]);
        Written(command);
        Assert.That(command.OnLine("VA 1 O8"u8), Is.EqualTo(ReplyStep.Block));
        Assert.That(command.OnBlock(new RentedBytes(new byte[16], 1)), Is.EqualTo(ReplyStep.Line));

        Assert.That(() => command.OnLine("VA 1 O8"u8), Throws.InstanceOf<MemcachedProtocolException>());
    }

    [Test]
    public void A_classic_answer_names_keys_that_were_asked_for_in_their_order()
    {
        var command = new ClassicGetCommand([Key, "l"u8.ToArray()]);
        Assert.That(command.OnLine("VALUE l 0 1 5"u8), Is.EqualTo(ReplyStep.Block));
        command.OnBlock(new RentedBytes(new byte[16], 1));

        Assert.That(() => command.OnLine("VALUE k 0 1 5"u8), Throws.InstanceOf<MemcachedProtocolException>());
    }

    [Test]
    public void A_server_that_is_out_of_memory_answers_the_command_and_the_connection_goes_on()
    {
        var command = new MetaStoreCommand(Request(StoreMode.Set));

        Assert.That(command.OnLine("SERVER_ERROR out of memory storing object"u8), Is.EqualTo(ReplyStep.Done));
        Assert.That(
            async () => await command.WaitAsync(CancellationToken.None),
            Throws.InstanceOf<MemcachedServerException>().With.Message.Contains("out of memory storing object"));
    }

    [Test]
    public void A_server_that_finds_an_item_too_large_says_so_in_the_tiers_terms()
    {
        foreach (PendingCommand<StoreReply> command in
            (PendingCommand<StoreReply>[])[new MetaStoreCommand(Request(StoreMode.Set)), new ClassicStoreCommand(Request(StoreMode.Set))])
        {
            command.OnLine("SERVER_ERROR object too large for cache"u8);
            Assert.That(async () => await command.WaitAsync(CancellationToken.None), Throws.InstanceOf<EntryTooLargeException>());
        }
    }

    [TestCase("VERSION 1.6.18", "1.6.18")]
    [TestCase("VERSION 1.6.21-beta1", "1.6.21")]
    [TestCase("VERSION 1.4.5_4_gaa7839e", "1.4.5")]
    [TestCase("VERSION unknown", "0.0")]
    [TestCase("VERSION 99999999999.1", "0.0")]
    public async Task A_version_is_read_as_far_as_it_goes(string line, string version)
    {
        var command = new VersionCommand();
        command.OnLine(Encoding.ASCII.GetBytes(line));

        Assert.That(await command.WaitAsync(CancellationToken.None), Is.EqualTo(Version.Parse(version)));
    }

    [Test]
    public void Statistics_without_end_are_no_statistics()
    {
        var command = new StatisticsCommand();

        Assert.That(
            () =>
            {
                for (int i = 0; i < 2000; i++)
                    command.OnLine(Encoding.ASCII.GetBytes($"STAT s{i} 1"));
            },
            Throws.InstanceOf<MemcachedProtocolException>());
    }

    private static StoreRequest Request(StoreMode mode) => new()
    {
        Key = Key,
        Flags = 1u << 31,
        Expiration = 60,
        Header = "h"u8.ToArray(),
        Data = "dd"u8.ToArray(),
        Mode = mode,
        Cas = 99,
    };

    private static string Written(PendingCommand command)
    {
        var output = new CommandBuffer();
        command.WriteTo(output, Opaque);
        return Encoding.ASCII.GetString(output.Written.Span);
    }
}
