namespace HybridTiered.Tests.Support;

/// <summary>Counts the timers made of it, which never fire, and looks at the execution context they are made in.</summary>
internal sealed class TimerRecorder : TimeProvider
{
    public int Created { get; private set; }

    public int Disposed { get; private set; }

    public bool ContextCaptured { get; private set; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Created++;
        ContextCaptured |= !ExecutionContext.IsFlowSuppressed();
        return new RecordedTimer(this);
    }

    private sealed class RecordedTimer(TimerRecorder recorder) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => recorder.Disposed++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
