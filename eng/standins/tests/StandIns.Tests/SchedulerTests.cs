using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace StandIns.Tests;

[TestFixture]
[Category("Unit")]
public class SchedulerTests
{
    [Test]
    public async Task Scheduled_work_runs_and_is_counted()
    {
        using var scheduler = new DedicatedThreadPoolPipeScheduler("test", 3, 0, ThreadPriority.Normal);
        var ran = new TaskCompletionSource<object?>();

        scheduler.Schedule(ran.SetResult, "state");

        Assert.That(await ran.Task, Is.EqualTo("state"));
        Assert.That(scheduler.TotalServicedByPool, Is.EqualTo(1));
        Assert.That(scheduler.AvailableCount, Is.EqualTo(scheduler.WorkerCount).And.EqualTo(3));
    }

    [Test]
    public void Awaitable_arguments_report_an_abort_as_a_socket_error_and_can_be_used_again()
    {
        using var args = new SocketAwaitableEventArgs(null);

        args.Abort(SocketError.TimedOut);

        Assert.That(async () => await args, Throws.TypeOf<SocketException>().With.Property(nameof(SocketException.SocketErrorCode)).EqualTo(SocketError.TimedOut));
        Assert.That(args.IsCompleted, Is.False);
    }

    [Test]
    public async Task Awaitable_arguments_resume_a_waiter_that_came_first()
    {
        using var args = new SocketAwaitableEventArgs(null);
        async Task<int> WaitAsync() => await args;
        Task<int> waiting = WaitAsync();

        args.Complete();

        Assert.That(await waiting, Is.Zero);
    }
}
