using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace HybridTiered.Chain.Guarding;

/// <summary>One call under way that somebody waits for until it ends or is given up, whichever comes first. Used again and again, unless it was given up.</summary>
internal sealed class TimedCall<T> : IValueTaskSource<T>
{
    private const long Idle = 0;
    private const long Ended = -1;
    private const long GivenUp = -2;

    private readonly TimedCalls<T> _owner;
    private readonly Action _onEnd;
    private ManualResetValueTaskSourceCore<T> _core;
    private ConfiguredValueTaskAwaitable<T>.ConfiguredValueTaskAwaiter _call;
    private CallStart _start;

    // One of the constants, or the moment at which to give up. In one word, so that giving up hits the call it was meant for and not its successor.
    private long _state;

    public TimedCall(TimedCalls<T> owner)
    {
        _owner = owner;
        _onEnd = OnEnd;
    }

    /// <summary>Whether it was given up, so that it will never be used again.</summary>
    public bool IsGivenUp => Volatile.Read(ref _state) == GivenUp;

    public ValueTask<T> Start(ValueTask<T> call, in CallStart start, long deadline)
    {
        _core.Reset();
        short token = _core.Version;
        _start = start;
        _call = call.ConfigureAwait(false).GetAwaiter();
        // A full fence, for the reading of whether somebody ticks, or all is over, that follows.
        Interlocked.Exchange(ref _state, deadline);
        // From here on it may end at any moment.
        _call.UnsafeOnCompleted(_onEnd);
        return new ValueTask<T>(this, token);
    }

    /// <summary>Gives up if it is time.</summary>
    /// <returns>Whether it is still waited for.</returns>
    public bool GiveUpIfLate(long now)
    {
        long deadline = Volatile.Read(ref _state);
        if (deadline <= Idle)
            return false;
        if (now < deadline)
            return true;
        if (Interlocked.CompareExchange(ref _state, GivenUp, deadline) == deadline)
            ThreadPool.UnsafeQueueUserWorkItem(static call => call.Fail(new TimeoutException("The tier did not answer within its limit, the HardTimeout or SoftTimeout of the tier or those of the entry.")), this, preferLocal: false);
        return false;
    }

    /// <summary>Gives up, if it is waited for.</summary>
    public void GiveUp()
    {
        long deadline = Volatile.Read(ref _state);
        if (deadline > Idle && Interlocked.CompareExchange(ref _state, GivenUp, deadline) == deadline)
            ThreadPool.UnsafeQueueUserWorkItem(static call => call.Fail(new OperationCanceledException()), this, preferLocal: false);
    }

    T IValueTaskSource<T>.GetResult(short token)
    {
        bool ended = Volatile.Read(ref _state) == Ended;
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            if (ended)
            {
                _call = default;
                _start = default;
                Volatile.Write(ref _state, Idle);
                _owner.Return(this);
            }
        }
    }

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void OnEnd()
    {
        T? result = default;
        Exception? fault = null;
        try
        {
            result = _call.GetResult();
        }
        catch (Exception exception)
        {
            fault = exception;
        }
        long state = Volatile.Read(ref _state);
        if (state == GivenUp || Interlocked.CompareExchange(ref _state, Ended, state) != state)
        {
            // Nobody waits any more; the failure was counted when it was given up.
            if (fault is null)
                _owner.Ends.Late(result!);
            return;
        }
        if (fault is null)
            Succeed(result!);
        else
            Fail(fault);
    }

    // Setting the result is the last thing done: what waits runs inside, and may use this object for another call. Whatever goes wrong before is the caller's
    // to see, for there is nobody above who could.
    private void Succeed(T result)
    {
        try
        {
            result = _owner.Ends.Succeeded(result);
        }
        catch (Exception exception)
        {
            _core.SetException(exception);
            return;
        }
        _core.SetResult(result);
    }

    private void Fail(Exception fault)
    {
        T? instead = default;
        bool isReplaced = false;
        try
        {
            isReplaced = _owner.Ends.TryReplace(fault, _start, out instead);
        }
        catch (Exception exception)
        {
            fault = exception;
        }
        if (isReplaced)
            _core.SetResult(instead!);
        else
            _core.SetException(fault);
    }
}
