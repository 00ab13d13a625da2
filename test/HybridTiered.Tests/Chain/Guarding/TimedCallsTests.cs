using HybridTiered.Chain.Guarding;
using HybridTiered.Entries;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Chain.Guarding;

[TestFixture, Category("Unit")]
public sealed class TimedCallsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Enough = Limit + Limit / 8;

    private readonly List<string> _discarded = [];
    private ManualTimeProvider _time = null!;
    private TimedCalls<string> _calls = null!;

    [SetUp]
    public void Create()
    {
        _time = new ManualTimeProvider();
        _time.Advance(TimeSpan.FromHours(1));
        _discarded.Clear();
        _calls = new TimedCalls<string>(new CoarseClock(_time), _time, new Ends(_discarded));
    }

    [TearDown]
    public void Dispose() => _calls.Dispose();

    [Test]
    public async Task A_call_that_ends_in_time_gives_its_result()
    {
        var call = new TaskCompletionSource<string>();
        ValueTask<string> waiting = _calls.WithinAsync(new ValueTask<string>(call.Task), default, Limit);
        _time.Advance(Limit / 2);
        call.SetResult("v");

        Assert.That(await waiting, Is.EqualTo("v"));
    }

    [Test]
    public void A_call_that_fails_in_time_gives_its_exception()
    {
        var call = new TaskCompletionSource<string>();
        Task<string> waiting = _calls.WithinAsync(new ValueTask<string>(call.Task), default, Limit).AsTask();
        call.SetException(new IOException("broken"));

        Assert.That(async () => await waiting, Throws.InstanceOf<IOException>());
    }

    [Test]
    public void A_call_is_given_up_after_its_limit_and_at_most_an_eighth_later()
    {
        var call = new TaskCompletionSource<string>();
        Task<string> waiting = _calls.WithinAsync(new ValueTask<string>(call.Task), default, Limit).AsTask();
        _time.Advance(Limit - TimeSpan.FromMilliseconds(1));
        bool early = waiting.IsCompleted;
        _time.Advance(Enough - Limit + TimeSpan.FromMilliseconds(1));

        Assert.That(async () => await waiting.WaitAsync(TimeSpan.FromSeconds(30)), Throws.InstanceOf<TimeoutException>());
        Assert.That(early, Is.False);
        call.SetResult("late");
        SpinWait.SpinUntil(() => _discarded.Count > 0, TimeSpan.FromSeconds(30));
        Assert.That(_discarded, Is.EqualTo(new[] { "late" }), "its result is disposed of");
    }

    [Test]
    public async Task Each_call_has_its_own_limit_and_a_short_one_is_kept_although_longer_ones_came_first()
    {
        var calls = new[] { new TaskCompletionSource<string>(), new TaskCompletionSource<string>() };
        Task<string> patient = _calls.WithinAsync(new ValueTask<string>(calls[0].Task), default, Limit * 100).AsTask();
        Task<string> hasty = _calls.WithinAsync(new ValueTask<string>(calls[1].Task), default, Limit).AsTask();
        _time.Advance(Enough);

        Assert.That(async () => await hasty.WaitAsync(TimeSpan.FromSeconds(30)), Throws.InstanceOf<TimeoutException>());
        calls[0].SetResult("v");
        Assert.That(await patient, Is.EqualTo("v"));
    }

    [Test]
    public async Task A_call_object_that_is_used_again_gets_the_limit_of_its_new_call()
    {
        for (int i = 0; i < 100; i++)
        {
            var call = new TaskCompletionSource<string>();
            ValueTask<string> waiting = _calls.WithinAsync(new ValueTask<string>(call.Task), default, Limit);
            _time.Advance(Limit * 0.9);
            call.SetResult("v" + i);
            Assert.That(await waiting, Is.EqualTo("v" + i));
        }
    }

    [Test]
    public async Task After_a_pause_without_calls_it_looks_again()
    {
        var first = new TaskCompletionSource<string>();
        ValueTask<string> waiting = _calls.WithinAsync(new ValueTask<string>(first.Task), default, Limit);
        first.SetResult("v");
        await waiting;
        _time.Advance(Limit * 10);

        Task<string> second = _calls.WithinAsync(new ValueTask<string>(new TaskCompletionSource<string>().Task), default, Limit).AsTask();
        _time.Advance(Enough);

        Assert.That(async () => await second.WaitAsync(TimeSpan.FromSeconds(30)), Throws.InstanceOf<TimeoutException>());
    }

    [Test]
    public async Task Calls_that_end_in_time_allocate_nothing()
    {
        const int Count = 1000;
        var source = new RepeatedSource();
        for (int i = 0; i < 100; i++)
            await CallAsync(source);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Count; i++)
        {
            ValueTask<string> waiting = _calls.WithinAsync(source.Start(), default, Limit);
            source.End();
            await waiting;
        }

        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before) / Count, Is.Zero);
    }

    [Test]
    public void Calls_under_way_are_given_up_with_the_object_whether_they_have_a_limit_or_not([Values] bool limited)
    {
        Task<string> waiting = _calls.WithinAsync(new ValueTask<string>(new TaskCompletionSource<string>().Task), default, limited ? Limit : null).AsTask();
        _calls.Dispose();

        Assert.That(async () => await waiting.WaitAsync(TimeSpan.FromSeconds(30)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void A_call_that_begins_after_the_end_of_the_object_is_given_up_at_once([Values] bool limited, [Values] bool usedBefore)
    {
        if (usedBefore)
            CallAsync(new RepeatedSource()).GetAwaiter().GetResult();
        _calls.Dispose();

        Task<string> waiting = _calls.WithinAsync(new ValueTask<string>(new TaskCompletionSource<string>().Task), default, limited ? Limit : null).AsTask();

        Assert.That(async () => await waiting.WaitAsync(TimeSpan.FromSeconds(30)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void What_fails_when_it_is_told_of_an_end_fails_the_call([Values("answered", "failed", "given up")] string end)
    {
        using var calls = new TimedCalls<string>(new CoarseClock(_time), _time, new BrokenEnds());
        var call = new TaskCompletionSource<string>();
        Task<string> waiting = calls.WithinAsync(new ValueTask<string>(call.Task), default, Limit).AsTask();
        if (end == "answered")
            call.SetResult("v");
        else if (end == "failed")
            call.SetException(new IOException("broken"));
        else
            calls.Dispose();

        Assert.That(async () => await waiting.WaitAsync(TimeSpan.FromSeconds(30)), Throws.InstanceOf<NotSupportedException>());
    }

    [Test]
    public async Task A_call_without_limit_is_waited_for_however_long_it_takes()
    {
        var call = new TaskCompletionSource<string>();
        ValueTask<string> waiting = _calls.WithinAsync(new ValueTask<string>(call.Task), default, limit: null);
        _time.Advance(TimeSpan.FromDays(1));
        call.SetResult("v");

        Assert.That(await waiting, Is.EqualTo("v"));
    }

    [Test]
    public async Task Of_calls_without_limit_it_keeps_no_more_objects_than_it_uses_again()
    {
        const int Many = 6_000;
        await BurstAsync(Many);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 20; i++)
            await BurstAsync(Many);

        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(1_000_000));
    }

    [Test]
    public async Task A_failure_can_be_replaced_by_a_result([Values] bool timesOut)
    {
        var start = new CallStart(At: 4711);
        var call = new TaskCompletionSource<string>();
        Task<string> waiting = _calls.WithinAsync(new ValueTask<string>(call.Task), start, Limit).AsTask();
        if (timesOut)
            _time.Advance(Enough);
        else
            call.SetException(new IOException("broken"));

        Assert.That(await waiting.WaitAsync(TimeSpan.FromSeconds(30)), Is.EqualTo("instead of a call that began at 4711"));
    }

    [Test]
    public async Task Under_load_every_call_ends_once_with_its_own_result_or_a_timeout()
    {
        using var calls = new TimedCalls<string>(new CoarseClock(TimeProvider.System), TimeProvider.System, new Ends(_discarded));
        var random = new Random(4711);
        int[] delays = [.. Enumerable.Range(0, 2_000).Select(_ => random.Next(0, 60))];
        int timeouts = 0;
        await Task.WhenAll(delays.Select(async (delay, i) =>
        {
            try
            {
                string result = await calls.WithinAsync(AnswerAsync(delay, "v" + i), default, TimeSpan.FromMilliseconds(30));
                Assert.That(result, Is.EqualTo("v" + i));
            }
            catch (TimeoutException)
            {
                Interlocked.Increment(ref timeouts);
            }
        }));

        Assert.That(timeouts, Is.InRange(1, delays.Length - 1));
    }

    private async Task BurstAsync(int calls)
    {
        RepeatedSource[] sources = [.. Enumerable.Range(0, calls).Select(_ => new RepeatedSource())];
        ValueTask<string>[] waiting = Array.ConvertAll(sources, source => _calls.WithinAsync(source.Start(), default, limit: null));
        foreach (RepeatedSource source in sources)
            source.End();
        foreach (ValueTask<string> call in waiting)
            await call;
    }

    private async Task CallAsync(RepeatedSource source)
    {
        ValueTask<string> waiting = _calls.WithinAsync(source.Start(), default, Limit);
        source.End();
        await waiting;
    }

    private static async ValueTask<string> AnswerAsync(int delay, string value)
    {
        await Task.Delay(delay);
        return value;
    }

    private sealed class Ends(List<string> late) : ICallEnds<string>
    {
        public string Succeeded(string result) => result;

        public bool TryReplace(Exception fault, in CallStart start, out string instead)
        {
            instead = $"instead of a call that began at {start.At}";
            return start.At > 0;
        }

        public void Late(string result) => late.Add(result);
    }

    private sealed class BrokenEnds : ICallEnds<string>
    {
        public string Succeeded(string result) => throw new NotSupportedException();

        public bool TryReplace(Exception fault, in CallStart start, out string instead) => throw new NotSupportedException();

        public void Late(string result) => Assert.Fail("late");
    }

    private sealed class RepeatedSource : System.Threading.Tasks.Sources.IValueTaskSource<string>
    {
        private System.Threading.Tasks.Sources.ManualResetValueTaskSourceCore<string> _core;

        public ValueTask<string> Start()
        {
            _core.Reset();
            return new ValueTask<string>(this, _core.Version);
        }

        public void End() => _core.SetResult("v");

        public string GetResult(short token) => _core.GetResult(token);

        public System.Threading.Tasks.Sources.ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, System.Threading.Tasks.Sources.ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);
    }
}
