using HybridTiered.Flights;

namespace HybridTiered.Tests.Flights;

[TestFixture, FixtureLifeCycle(LifeCycle.InstancePerTestCase), Category("Unit")]
public sealed class KeyLocksTests
{
    private readonly KeyLocks _locks = new();

    [Test]
    public async Task Waiters_are_served_in_the_order_of_their_arrival()
    {
        KeyLocks.Holder holder = await _locks.AcquireAsync("k", default);
        Task<KeyLocks.Holder>[] waiting = [.. Enumerable.Range(0, 5).Select(_ => _locks.AcquireAsync("k", default).AsTask())];

        for (int i = 0; i < waiting.Length; i++)
        {
            Assert.That(waiting[i..].Any(w => w.IsCompleted), Is.False);
            holder.Dispose();
            holder = await waiting[i];
        }
        holder.Dispose();

        Assert.That(_locks.AcquireAsync("k", default).AsTask().IsCompleted, Is.True);
    }

    [Test]
    public async Task Keys_do_not_wait_for_each_other()
    {
        using KeyLocks.Holder one = await _locks.AcquireAsync("a", default);

        // More keys than there are shards.
        for (int i = 0; i < 200; i++)
            Assert.That(_locks.AcquireAsync("b" + i, default).AsTask().IsCompleted, Is.True);
    }

    [Test]
    public async Task A_waiter_that_gives_up_is_passed_over()
    {
        KeyLocks.Holder holder = await _locks.AcquireAsync("k", default);
        using var token = new CancellationTokenSource();
        Task<KeyLocks.Holder> leaving = _locks.AcquireAsync("k", token.Token).AsTask();
        Task<KeyLocks.Holder> staying = _locks.AcquireAsync("k", default).AsTask();

        await token.CancelAsync();
        Assert.That(() => leaving, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(staying.IsCompleted, Is.False);
        holder.Dispose();

        (await staying).Dispose();
        Assert.That(_locks.AcquireAsync("k", default).AsTask().IsCompleted, Is.True);
    }

    [Test]
    public async Task Several_locks_are_taken_in_one_order_by_all_and_given_back_when_one_cannot_be_had()
    {
        KeyLocks.Holder holder = await _locks.AcquireAsync("b", default);
        using var token = new CancellationTokenSource();
        Task<IReadOnlyList<KeyLocks.Holder>> all = _locks.AcquireAllAsync(["c", "b", "a"], token.Token).AsTask();
        Assert.That(_locks.AcquireAsync("c", default).AsTask().IsCompleted, Is.True, "not before b");
        Task<KeyLocks.Holder> first = _locks.AcquireAsync("a", default).AsTask();
        Assert.That(first.IsCompleted, Is.False);

        await token.CancelAsync();

        Assert.That(() => all, Throws.InstanceOf<OperationCanceledException>());
        await first;
        holder.Dispose();
    }

    [Test]
    public async Task No_two_hold_a_lock_at_once()
    {
        int inside = 0;
        int worst = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 500; i++)
            {
                using KeyLocks.Holder holder = await _locks.AcquireAsync("k", default);
                worst = Math.Max(worst, Interlocked.Increment(ref inside));
                await Task.Yield();
                Interlocked.Decrement(ref inside);
            }
        })));

        Assert.That(worst, Is.EqualTo(1));
    }
}
