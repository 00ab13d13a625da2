using System.Globalization;
using HybridTiered.Entries;
using HybridTiered.Fuzzing;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Tiers;
using HybridTiered.Tiers;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Tiers;

/// <summary>Whatever the fields of a hash say: the data that is in it, or nothing; and no exception.</summary>
[TestFixture, Category("Redis")]
public sealed class HostileHashTests
{
    private const int Seed = 20261121;

    private static readonly TierLifetime Minute = new(TimeSpan.FromMinutes(1));

    private static readonly string[] Numbers =
    [
        "", " ", "x", "-1", "0", "1", "-0", "+5", " 7 ", "00", "1.5", "1e3", "1e300", "-1e300", "1e400", "-1e400", "inf", "-inf", "nan", "0x10", "0x1p-3", "\0", "12\0", "\u0661",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615", "621355968000000000", "3155378975999999999", "3155378976000000000",
        "639028224000000000", "9007199254740993", "600000000", "9999", "10000",
    ];

    private RedisConnection _connection = null!;
    private RedisTier _tier = null!;
    private string _prefix = null!;

    [SetUp]
    public void CreateTier()
    {
        _prefix = SharedServer.NextPrefix();
        _connection = SharedServer.Connect();
        _tier = new RedisTier(_connection, new RedisTierOptions { InstanceName = _prefix });
    }

    [TearDown]
    public async Task CloseConnection() => await _connection.DisposeAsync();

    [Test, CancelAfter(60_000)]
    public Task Hostile_hashes_do_no_harm(CancellationToken cancellationToken) => RunAsync(1_000, cancellationToken);

    [Test, Category("Slow"), CancelAfter(1_800_000)]
    public Task Very_many_hostile_hashes_do_no_harm(CancellationToken cancellationToken) => RunAsync(1_000_000, cancellationToken);

    private async Task RunAsync(int cases, CancellationToken cancellationToken)
    {
        const int AtOnce = 100;
        IDatabase database = (await _connection.GetMultiplexerAsync(cancellationToken)).GetDatabase();
        int found = 0;
        for (int first = 0; first < cases; first += AtOnce)
        {
            bool[] results = await Task.WhenAll(Enumerable.Range(first, AtOnce).Select(number => RunCaseAsync(database, number, cancellationToken)));
            found += results.Count(f => f);
        }
        Assert.That(found, Is.InRange(cases / 10, cases - (cases / 10)));
    }

    private async Task<bool> RunCaseAsync(IDatabase database, int number, CancellationToken cancellationToken)
    {
        var random = new Random(Seed + number);
        string key = number.ToString(CultureInfo.InvariantCulture);
        byte[] data = Damage.Noise(random, random.Next(40));
        var fields = new List<HashEntry>();
        if (random.Next(10) > 0)
            fields.Add(new("data", data));
        foreach (string name in (string[])["absexp", "sldexp", "ver"])
        {
            if (random.Next(5) > 0)
                fields.Add(new(name, Number(random)));
        }
        if (fields.Count == 0)
            return false;
        bool hasData = fields.Exists(f => f.Name == "data");
        string what = $"Seed {Seed}, case {number}: {string.Join(", ", fields.Select(f => f.Name == "data" ? "data" : $"{f.Name} '{f.Value}'"))}";
        await database.HashSetAsync(_prefix + key, [.. fields]);
        bool found = false;
        try
        {
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                TierRead read = random.Next(3) == 0 ? TierRead.Data : TierRead.DataAndLifetime;
                using TierEntry entry = await _tier.ReadAsync(key, read, cancellationToken);
                if (entry.Found && (!hasData || !entry.Data.Span.SequenceEqual(data)))
                    Assert.Fail("A wrong value.");
                if (entry.Lifetime is { } life && (life.Absolute <= TimeSpan.Zero || life.Sliding <= TimeSpan.Zero))
                    Assert.Fail($"A life that is none: {life}.");
                found |= entry.Found;
                if (random.Next(2) == 0)
                    await _tier.RefreshAsync(key, cancellationToken);
            }
            byte[] next = Damage.Noise(random, 10);
            EntryVersion written = await WriteConditionallyAsync(key, next, cancellationToken);
            using TierEntry replaced = await _tier.ReadAsync(key, TierRead.DataAndLifetime, cancellationToken);
            if (!replaced.Found || !replaced.Data.Span.SequenceEqual(next))
                Assert.Fail("What was written is not there.");
            EntryVersion removed = await _tier.RemoveAsync(key, cancellationToken);
            if (removed.Value <= written.Value)
                Assert.Fail("A removal does not have a greater version than the write before it.");
            return found;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            throw new AssertionException($"{what}: {fault.Message}", fault);
        }
    }

    // The hash may end by itself in between, and its version with it; but not twice.
    private async Task<EntryVersion> WriteConditionallyAsync(string key, byte[] data, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            EntryVersion version = await _tier.ReadVersionAsync(key, cancellationToken);
            if (version.IsNone)
                Assert.Fail("No version.");
            if (await _tier.WriteIfUnchangedAsync(key, data, Minute, version, cancellationToken) is { } written)
                return written;
            if (attempt == 2)
                Assert.Fail("The version that was read a moment ago is not that of the key.");
        }
    }

    private static string Number(Random random) => random.Next(4) switch
    {
        0 => random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture),
        1 => (DateTime.UtcNow.Ticks + random.NextInt64(-TimeSpan.TicksPerDay, TimeSpan.TicksPerDay)).ToString(CultureInfo.InvariantCulture),
        _ => Numbers[random.Next(Numbers.Length)],
    };
}
