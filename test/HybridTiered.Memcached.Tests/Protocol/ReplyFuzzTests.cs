using System.Text;
using HybridTiered.Memcached.Items;
using HybridTiered.Memcached.Protocol;
using HybridTiered.Tiers;

namespace HybridTiered.Memcached.Tests.Protocol;

/// <summary>Damaged answers: whatever a server sends, no wrong value, no foreign exception, no wait without end, no memory beyond what was
/// sent.</summary>
[TestFixture, Category("Unit")]
public sealed class ReplyFuzzTests
{
    private const int Few = 5_000;
    private const int Many = 250_000;
    private const int BlockLimit = 4096;
    private const int AllocationLimit = 512 * 1024;

    private static readonly ItemKey[] Keys = [.. Enumerable.Range(0, 4).Select(i => new ItemKeys("").Create(i == 3 ? "a hashed key" : $"key{i}"))];

    private static readonly byte[][] Values = [.. Enumerable.Range(0, 4).Select(i => ValueOf(i, i * 37))];

    private static readonly byte[][] Bodies = [.. Keys.Select((key, i) => (byte[])[.. new ItemHeader(0, 0).ToBytes(key, Values[i]), .. Values[i]])];

    private static readonly string[] Fragments =
    [
        "\r\n", "\n", "\r", " ", "VA", "VA 5 O1\r\n", "EN\r\n", "HD O0\r\n", "MN\r\n", "END\r\n", "VALUE key0 0 5 1\r\n", "ERROR\r\n", "SERVER_ERROR x\r\n",
        "CLIENT_ERROR x\r\n", "STORED\r\n", "O0", "c1", "f4294967296", "99999999999999999999", "-1", "2147483647", "\0", "NS O0\r\n", "SERVER_ERROR object too large\r\n",
    ];

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    public Task Damaged_answers_do_no_harm(int seed) => RunAsync(seed, Few);

    [TestCase(1), TestCase(2), TestCase(3), TestCase(4)]
    [Category("Slow")]
    public Task A_million_damaged_answers_do_no_harm(int seed) => RunAsync(seed, Many);

    private static async Task RunAsync(int seed, int cases)
    {
        var random = new Random(seed);
        int hits = 0, faults = 0;
        for (int number = 0; number < cases; number++)
        {
            try
            {
                (int caseHits, bool ended) = await RunAsync(random);
                hits += caseHits;
                faults += ended ? 1 : 0;
            }
            catch (Exception fault)
            {
                throw new AssertionException($"Seed {seed}, case {number}: {fault.Message}", fault);
            }
        }

        // Neither is the damage always fatal nor never: otherwise this would test nothing.
        Assert.That(hits, Is.GreaterThan(cases / 10));
        Assert.That(faults, Is.GreaterThan(cases / 10));
    }

    private static async Task<(int Hits, bool Ended)> RunAsync(Random random)
    {
        var commands = new List<(PendingCommand Command, Func<Task<int>> Check)>();
        var answers = new List<byte>();
        for (int i = random.Next(1, 6); i > 0; i--)
            AddCommand(random, commands, answers);
        byte[] stream = random.Next(8) == 0 ? [.. answers] : Damage(random, answers);

        long before = GC.GetAllocatedBytesForCurrentThread();
        bool ended = await ReadAllAsync(random, stream, [.. commands.Select(c => c.Command)]);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(AllocationLimit));

        int hits = 0;
        foreach ((PendingCommand command, Func<Task<int>> check) in commands)
        {
            command.Fail(new MemcachedConnectionException("ended"));
            try
            {
                hits += await check();
            }
            catch (Exception documented) when (documented is MemcachedException or EntryTooLargeException)
            {
                // What a caller may meet.
            }
        }
        return (hits, ended);
    }

    private static async Task<bool> ReadAllAsync(Random random, byte[] stream, PendingCommand[] commands)
    {
        int position = 0;
        var reader = new ReplyReader(memory =>
        {
            int length = Math.Min(Math.Min(random.Next(1, 200), memory.Length), stream.Length - position);
            stream.AsSpan(position, length).CopyTo(memory.Span);
            position += length;
            return new(length);
        });
        try
        {
            foreach (PendingCommand command in commands)
                await reader.ReadAnswerAsync(command, await reader.ReadLineAsync(), BlockLimit);
            return false;
        }
        catch (Exception end) when (end is EndOfStreamException or MemcachedProtocolException)
        {
            return true;
        }
    }

    private static void AddCommand(Random random, List<(PendingCommand Command, Func<Task<int>> Check)> commands, List<byte> answers)
    {
        int key = random.Next(Keys.Length);
        bool found = random.Next(3) > 0;
        uint opaque = (uint)commands.Count * 10;
        switch (random.Next(6))
        {
            case 0:
                MetaGetCommand get = MetaGetCommand.Read(Keys[key].Wire, withVersion: random.Next(2) == 0);
                Add(get, async () => Hits(await get.WaitAsync(default), key));
                Say(found ? $"VA {Bodies[key].Length} f0 c12 O{opaque}\r\n" : $"EN O{opaque}\r\n", found ? key : null);
                break;
            case 1:
                var many = new MetaGetManyCommand([.. Keys.Select(k => k.Wire)]);
                Add(many, async () => (await many.WaitAsync(default)).Select(Hits).Sum());
                for (int i = 0; i < Keys.Length; i++)
                {
                    if (random.Next(2) == 0)
                        Say($"VA {Bodies[i].Length} O{opaque + i}\r\n", i);
                }
                Say("MN\r\n", null);
                break;
            case 2:
                var store = new MetaStoreCommand(new StoreRequest { Key = Keys[key].Wire, Flags = 0, Expiration = 0, Mode = StoreMode.CompareAndSwap });
                Add(store, async () => (await store.WaitAsync(default)).Outcome > StoreOutcome.Missing ? 1 : 0);
                Say($"{(found ? "HD" : "EX")} c15 O{opaque}\r\n", null);
                break;
            case 3:
                var classic = new ClassicGetCommand([.. Keys.Select(k => k.Wire)]);
                Add(classic, async () => (await classic.WaitAsync(default)).Select(Hits).Sum());
                for (int i = 0; i < Keys.Length; i++)
                {
                    if (random.Next(2) == 0)
                        Say($"VALUE {Encoding.ASCII.GetString(Keys[i].Wire)} 0 {Bodies[i].Length} 12\r\n", i);
                }
                Say("END\r\n", null);
                break;
            case 4:
                var classicStore = new ClassicStoreCommand(new StoreRequest { Key = Keys[key].Wire, Flags = 0, Expiration = 0, Mode = StoreMode.Add });
                Add(classicStore, async () => (await classicStore.WaitAsync(default)).Outcome > StoreOutcome.Missing ? 1 : 0);
                Say(found ? "STORED\r\n" : "NOT_STORED\r\n", null);
                break;
            default:
                var statistics = new StatisticsCommand();
                Add(statistics, async () => (await statistics.WaitAsync(default)).Count * 0);
                Say("STAT pid 1\r\nSTAT time 1800000000\r\nEND\r\n", null);
                break;
        }

        void Add(PendingCommand command, Func<Task<int>> check)
        {
            command.WriteTo(new CommandBuffer(), opaque);
            commands.Add((command, check));
        }

        void Say(string line, int? body)
        {
            answers.AddRange(Encoding.ASCII.GetBytes(line));
            if (body is { } index)
                answers.AddRange([.. Bodies[index], .. "\r\n"u8]);
        }
    }

    private static int Hits(ItemReply reply, int key)
    {
        using (reply)
        {
            if (reply.Body is not { } body || !ItemHeader.TryRead(body.Memory.Span, Keys[key], out _, out int length))
                return 0;
            Assert.That(body.Memory.Span[length..].SequenceEqual(Values[key]), Is.True, "a wrong value");
            return 1;
        }
    }

    private static byte[] Damage(Random random, List<byte> answers)
    {
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int at = random.Next(answers.Count + 1);
            int length = Math.Min(random.Next(1, 30), answers.Count - at);
            switch (random.Next(6))
            {
                case 0 when at < answers.Count:
                    answers[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    answers.RemoveRange(at, length);
                    break;
                case 2:
                    answers.InsertRange(at, answers.GetRange(at, length));
                    break;
                case 3:
                    answers.InsertRange(at, Encoding.ASCII.GetBytes(Fragments[random.Next(Fragments.Length)]));
                    break;
                case 4:
                    answers.RemoveRange(at, answers.Count - at);
                    break;
                case 5:
                    List<byte> moved = answers.GetRange(at, length);
                    answers.RemoveRange(at, length);
                    answers.InsertRange(random.Next(answers.Count + 1), moved);
                    break;
            }
        }
        return [.. answers];
    }

    private static byte[] ValueOf(int seed, int length)
    {
        var value = new byte[length];
        new Random(seed).NextBytes(value);

        // Line ends inside a value are what a reader that lost its place would fall for.
        for (int i = 5; i + 1 < length; i += 11)
            "\r\n"u8.CopyTo(value.AsSpan(i));
        return value;
    }
}
