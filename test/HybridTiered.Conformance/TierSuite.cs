using HybridTiered.Entries;
using HybridTiered.Tiers;

namespace HybridTiered.Conformance;

/// <summary>The common ground of the suites: a harness and a tier per test.</summary>
/// <typeparam name="TTier">The ability that the suite is about.</typeparam>
public abstract class TierSuite<TTier>
    where TTier : class, ICacheTier
{
    /// <summary>A life that no test outlives unless it moves the clock.</summary>
    protected static TierLifetime OneDay => new(TimeSpan.FromDays(1));

    /// <summary>The harness of the running test.</summary>
    protected TierHarness Harness { get; private set; } = null!;

    /// <summary>The tier of the running test.</summary>
    protected TTier Tier { get; private set; } = null!;

    /// <summary>See <see cref="TierHarness.Unit"/>.</summary>
    protected TimeSpan Unit => Harness.Unit;

    [SetUp]
    public async Task CreateTier()
    {
        Harness = CreateHarness();
        Tier = Able(await Harness.CreateAsync());
    }

    [TearDown]
    public async Task DisposeTier()
    {
        if (Tier is not null)
            await Tier.DisposeAsync();
        if (Harness is not null)
            await Harness.DisposeAsync();
    }

    /// <summary>Makes the harness of one test.</summary>
    protected abstract TierHarness CreateHarness();

    /// <summary>Lets at least this much time pass.</summary>
    protected ValueTask AdvanceAsync(TimeSpan by) => Harness.AdvanceAsync(by);

    /// <summary>Lets enough time pass for an entry with this much left to be gone.</summary>
    protected ValueTask AdvancePastAsync(TimeSpan life) => Harness.AdvanceAsync(life + Harness.Lateness + TimeSpan.FromMilliseconds(1));

    /// <summary>Continues the test on a tier over the same storage, as after a restart.</summary>
    protected async Task ReopenAsync()
    {
        if (!Harness.CanReopen)
            Assert.Ignore("The harness cannot reopen its tier.");
        Tier = Able(await Harness.ReopenAsync());
    }

    /// <summary>Bytes that are the same for the same numbers and differ for others.</summary>
    protected static byte[] Bytes(int seed, int length = 64)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Writes with a long life.</summary>
    protected async Task<EntryVersion> WriteAsync(string key, byte[] data) => await Tier.WriteAsync(key, data, OneDay, CancellationToken.None);

    /// <summary>Writes with a given life.</summary>
    protected async Task<EntryVersion> WriteAsync(string key, byte[] data, TierLifetime lifetime) =>
        await Tier.WriteAsync(key, data, lifetime, CancellationToken.None);

    /// <summary>The bytes under a key, or <see langword="null"/> when there are none. Does not extend a sliding entry.</summary>
    protected Task<byte[]?> ReadAsync(string key) => ReadAsync(key, TierRead.Data);

    /// <summary>The bytes under a key, or <see langword="null"/> when there are none.</summary>
    protected async Task<byte[]?> ReadAsync(string key, TierRead read)
    {
        using TierEntry entry = await Tier.ReadAsync(key, read, CancellationToken.None);
        return entry.Found ? entry.Data.ToArray() : null;
    }

    private static TTier Able(ICacheTier tier) =>
        tier as TTier ?? throw new InvalidOperationException($"{tier.GetType().Name} does not implement {typeof(TTier).Name}.");
}
