using System.Diagnostics;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Flights;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Flights;

[TestFixture]
[Category("Redis")]
[CancelAfter(60_000)]
public class RedisLockTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private RedisConnection _connection = null!;
    private RedisConnection _otherConnection = null!;
    private RedisLock _lock = null!;
    private RedisLock _other = null!;
    private RedisLockOptions _options = null!;

    [SetUp]
    public void CreateTwoInstances()
    {
        _options = new RedisLockOptions { Prefix = SharedServer.NextPrefix() };
        _connection = SharedServer.Connect();
        _otherConnection = SharedServer.Connect();
        _lock = new RedisLock(_connection, _options);
        _other = new RedisLock(_otherConnection, _options);
    }

    [TearDown]
    public async Task Close()
    {
        await _lock.DisposeAsync();
        await _other.DisposeAsync();
        await _connection.DisposeAsync();
        await _otherConnection.DisposeAsync();
    }

    [Test]
    public async Task Lock_is_held_by_one_at_a_time_and_per_key(CancellationToken cancellationToken)
    {
        IAsyncDisposable? first = await _lock.TryAcquireAsync("k", Long, cancellationToken);

        Assert.That(first, Is.Not.Null);
        Assert.That(await _other.TryAcquireAsync("k", Long, cancellationToken), Is.Null);
        Assert.That(await _lock.TryAcquireAsync("k", Long, cancellationToken), Is.Null);
        Assert.That(await _other.TryAcquireAsync("another", Long, cancellationToken), Is.Not.Null);

        await first!.DisposeAsync();
        Assert.That(await _other.TryAcquireAsync("k", Long, cancellationToken), Is.Not.Null);
    }

    [Test]
    public async Task Of_many_who_try_at_once_one_gets_the_lock(CancellationToken cancellationToken)
    {
        IAsyncDisposable?[] outcomes = await Task.WhenAll(Enumerable.Range(0, 64)
            .Select(i => (i % 2 == 0 ? _lock : _other).TryAcquireAsync("k", Long, cancellationToken).AsTask()));

        Assert.That(outcomes.Count(held => held is not null), Is.EqualTo(1));
    }

    [Test]
    public async Task Waiters_on_either_instance_wake_when_the_lock_is_released(CancellationToken cancellationToken)
    {
        IAsyncDisposable held = (await _lock.TryAcquireAsync("k", Long, cancellationToken))!;
        Task[] waits = [.. Enumerable.Range(0, 10).Select(i => (i % 2 == 0 ? _lock : _other).WaitForReleaseAsync("k", Long, cancellationToken).AsTask())];
        Assert.That(Task.WhenAny(waits).IsCompleted, Is.False);

        await held.DisposeAsync();

        await Task.WhenAll(waits).WaitAsync(TimeSpan.FromSeconds(5), cancellationToken);
    }

    [Test]
    public async Task Release_wakes_a_waiter_long_before_its_next_poll(CancellationToken cancellationToken)
    {
        // The connection for subscriptions comes up after the other, which a frozen clock could not wait for.
        await _other.WaitForReleaseAsync("free", Long, cancellationToken);
        var frozen = new FrozenTime();
        await using var waiter = new RedisLock(_otherConnection, _options, frozen);
        IAsyncDisposable held = (await _lock.TryAcquireAsync("k", Long, cancellationToken))!;
        Task wait = waiter.WaitForReleaseAsync("k", Long, cancellationToken).AsTask();
        await frozen.TimerCreated.Task.WaitAsync(cancellationToken);

        await held.DisposeAsync();

        await wait.WaitAsync(TimeSpan.FromSeconds(5), cancellationToken);
    }

    [Test]
    public async Task Waiter_finds_out_by_polling_when_the_message_was_lost(CancellationToken cancellationToken)
    {
        Assert.That(await _lock.TryAcquireAsync("k", Long, cancellationToken), Is.Not.Null);
        Task wait = _other.WaitForReleaseAsync("k", Long, cancellationToken).AsTask();

        IDatabase database = (await _connection.GetMultiplexerAsync(cancellationToken)).GetDatabase();
        await database.KeyDeleteAsync(_options.Prefix + _options.KeyMark + "k");

        await wait.WaitAsync(TimeSpan.FromSeconds(5), cancellationToken);
    }

    [Test]
    public async Task Holder_that_crashed_delays_others_no_longer_than_the_locks_lifetime(CancellationToken cancellationToken)
    {
        var crashing = SharedServer.Connect();
        long start = Stopwatch.GetTimestamp();
        await new RedisLock(crashing, _options).TryAcquireAsync("k", TimeSpan.FromMilliseconds(700), cancellationToken);
        await crashing.DisposeAsync();

        await _other.WaitForReleaseAsync("k", Long, cancellationToken);
        TimeSpan waited = Stopwatch.GetElapsedTime(start);

        Assert.That(await _other.TryAcquireAsync("k", Long, cancellationToken), Is.Not.Null);
        Assert.That(waited, Is.GreaterThan(TimeSpan.FromMilliseconds(600)).And.LessThan(TimeSpan.FromSeconds(3)));
    }

    [Test]
    public async Task Holder_whose_lock_has_lapsed_does_not_release_its_successors(CancellationToken cancellationToken)
    {
        IAsyncDisposable lapsed = (await _lock.TryAcquireAsync("k", TimeSpan.FromMilliseconds(50), cancellationToken))!;
        await _other.WaitForReleaseAsync("k", Long, cancellationToken);
        Assert.That(await _other.TryAcquireAsync("k", Long, cancellationToken), Is.Not.Null);

        await lapsed.DisposeAsync();

        Assert.That(await _lock.TryAcquireAsync("k", Long, cancellationToken), Is.Null);
    }

    [Test]
    public async Task Wait_ends_at_its_limit_at_once_without_a_lock_and_by_cancellation(CancellationToken cancellationToken)
    {
        await _other.WaitForReleaseAsync("free", Long, cancellationToken);

        Assert.That(await _lock.TryAcquireAsync("k", Long, cancellationToken), Is.Not.Null);
        await _other.WaitForReleaseAsync("k", TimeSpan.FromMilliseconds(100), cancellationToken);
        Assert.That(await _other.TryAcquireAsync("k", Long, cancellationToken), Is.Null);

        using var cancellation = new CancellationTokenSource();
        Task wait = _other.WaitForReleaseAsync("k", Long, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        Assert.That(async () => await wait, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Cancelled_attempt_leaves_no_lock_behind(CancellationToken cancellationToken)
    {
        IDatabase database = (await _connection.GetMultiplexerAsync(cancellationToken)).GetDatabase();
        await database.ExecuteAsync("CLIENT", "PAUSE", "200", "ALL");
        using var cancellation = new CancellationTokenSource();
        ValueTask<IAsyncDisposable?> attempt = _lock.TryAcquireAsync("k", Long, cancellation.Token);

        await cancellation.CancelAsync();

        Assert.That(async () => await attempt, Throws.InstanceOf<OperationCanceledException>());
        await _lock.WaitForReleaseAsync("k", Long, cancellationToken);
        Assert.That(await _other.TryAcquireAsync("k", Long, cancellationToken), Is.Not.Null);
    }

    /// <summary>A clock whose timers never fire.</summary>
    private sealed class FrozenTime : TimeProvider
    {
        public TaskCompletionSource TimerCreated { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override long GetTimestamp() => 0;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            TimerCreated.TrySetResult();
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
