using HybridTiered.Entries;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;

namespace HybridTiered.Tests.Chain;

/// <summary>The end of a cache: what is under way is finished in time or cancelled, and nothing hangs or throws.</summary>
[TestFixture, Category("Unit")]
public sealed class ShutdownTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    [Test]
    public async Task Writes_behind_are_finished_first()
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync();
        HeldOperation write = new TierScript(cluster.Shared).Hold(InMemoryTier.WriteIfUnchanged, "k");
        await cache.ComputeAsync("k", () => Task.FromResult("v"));
        await write.Reached;

        Task disposal = cache.Cache.DisposeAsync().AsTask();
        Assert.That(disposal.IsCompleted, Is.False);
        write.Release();
        await disposal;

        Assert.That((cluster.Shared.Keys.Contains("k"), cluster.Shared.Disposals), Is.EqualTo((true, 1)));
    }

    [Test]
    public async Task A_write_behind_that_does_not_end_is_given_up_after_the_timeout()
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync(shared: o => o.HardTimeout = null);
        HeldOperation write = new TierScript(cluster.Shared).Hold(InMemoryTier.WriteIfUnchanged, "k");
        await cache.ComputeAsync("k", () => Task.FromResult("v"));
        await write.Reached;

        Task disposal = await DisposingAsync(cluster, cache);
        await disposal;

        Assert.That(cache.Log.Messages.Count(m => m.Id.Id == 31), Is.EqualTo(1));
        write.Release();
    }

    [Test]
    public async Task Factories_under_way_are_cancelled([Values] bool callerCanLeave)
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync();
        using var token = new CancellationTokenSource();
        var started = new TaskCompletionSource();
        Task<string> caller = cache.Hybrid.GetOrCreateAsync(
            "k",
            async t =>
            {
                started.SetResult();
                await Task.Delay(System.Threading.Timeout.Infinite, t);
                return "never";
            },
            cancellationToken: callerCanLeave ? token.Token : default).AsTask();
        await started.Task;

        await await DisposingAsync(cluster, cache);

        Assert.That(() => caller, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Reads_of_tiers_that_do_not_end_are_given_up([Values] bool callerCanLeave)
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync(shared: o => o.HardTimeout = null);
        using var token = new CancellationTokenSource();
        HeldOperation read = new TierScript(cluster.Shared).Hold(InMemoryTier.Read, "k");
        Task<string> caller = cache.Hybrid.GetOrCreateAsync("k", _ => new ValueTask<string>("computed"), cancellationToken: callerCanLeave ? token.Token : default).AsTask();
        await read.Reached;

        await await DisposingAsync(cluster, cache);

        Assert.That(async () => await caller.WaitAsync(TimeSpan.FromSeconds(30)), Throws.InstanceOf<OperationCanceledException>());
        read.Release();
    }

    [Test]
    public async Task What_callbacks_and_parts_throw_keeps_nothing_else_from_being_closed()
    {
        await using var cluster = new Cluster(time => new InMemoryTier(time), _ => new BadlyClosingTier(() => throw new IOException("does not close")));
        TestCache cache = await cluster.AddAsync();
        var factory = new HeldOperation();
        Task<string> caller = cache.Hybrid.GetOrCreateAsync("k", async t =>
        {
            t.Register(() => throw new InvalidDataException("callback"));
            await factory.PassAsync();
            return "v";
        }).AsTask();
        await factory.Reached;

        Assert.That(async () => await await DisposingAsync(cluster, cache), Throws.Nothing);

        Assert.That((cluster.Shared.Disposals, cluster.Hub.SubscriberCount), Is.EqualTo((1, 0)));
        factory.Release();
        await caller;
    }

    [Test]
    public async Task A_tier_that_hangs_in_the_loop_or_while_it_closes_does_not_hang_the_application()
    {
        await using var cluster = new Cluster(time => new InMemoryTier(time), _ => new BadlyClosingTier(() => new ValueTask(new TaskCompletionSource().Task)));
        var disk = new InMemoryMachineTier(cluster.Time);
        TestCache other = await cluster.AddAsync();
        TestCache cache = await cluster.AddAsync(local: disk);
        HeldOperation removal = new TierScript(disk).Hold(InMemoryTier.Remove, "k");
        await other.Hybrid.RemoveAsync("k");
        await removal.Reached;

        await await DisposingAsync(cluster, cache);

        Assert.That(disk.Disposals, Is.EqualTo(1), "closed although the loop and another tier hang");
        removal.Release();
        await await DisposingAsync(cluster, other);
    }

    [Test]
    public async Task Every_disposal_waits_for_the_same_end_and_the_synchronous_one_does_too()
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync();
        HeldOperation write = new TierScript(cluster.Shared).Hold(InMemoryTier.WriteIfUnchanged, "k");
        await cache.ComputeAsync("k", () => Task.FromResult("v"));
        await write.Reached;
        Task first = cache.Cache.DisposeAsync().AsTask();
        Task second = cache.Cache.DisposeAsync().AsTask();
        Task synchronous = Task.Run(cache.Cache.Dispose);
        Assert.That(first.IsCompleted || second.IsCompleted, Is.False);

        write.Release();
        await Task.WhenAll(first, second, synchronous);

        Assert.That(cluster.Shared.Disposals, Is.EqualTo(1));
    }

    [Test]
    public async Task A_cache_that_was_never_used_is_disposed_without_having_started_anything()
    {
        await using var cluster = new Cluster();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache cache = cluster.Add(backplane: backplane);

        cache.Cache.Dispose();

        Assert.That((cluster.Shared.Disposals, backplane.Receiver), Is.EqualTo((1, (object?)null)));
    }

    [Test]
    public async Task Who_waits_for_the_clusters_clock_is_let_go()
    {
        await using var cluster = new Cluster();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        HeldOperation clock = backplane.Hold(ScriptedBackplane.ReadTime);
        TestCache cache = cluster.Add(backplane: backplane);
        Task set = cache.Hybrid.SetAsync("k", "v").AsTask();
        await clock.Reached;

        Task disposal = await DisposingAsync(cluster, cache);
        await Task.WhenAll(disposal, set);

        clock.Release();
    }

    // Moves the clock on until the disposal has nothing left to wait for.
    private static async Task<Task> DisposingAsync(Cluster cluster, TestCache cache)
    {
        Task disposal = cache.Cache.DisposeAsync().AsTask();
        while (!disposal.IsCompleted)
        {
            cluster.Time.Advance(Timeout);
            await Task.Yield();
        }
        return disposal;
    }

    private sealed class BadlyClosingTier(Func<ValueTask> close) : ICacheTier
    {
        public TierReach Reach => TierReach.Shared;

        public ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken) => new(TierEntry.Missing);

        public ValueTask<EntryVersion> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken) => default;

        public ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => close();
    }
}
