using System.Collections.Concurrent;
using System.Diagnostics;

namespace HybridTiered.Tests.Support;

/// <summary>Listens to the activities that are started below one of its own, so that tests do not hear each other.</summary>
public sealed class ActivityRecorder : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;
    private readonly Activity _root;

    public ActivityRecorder()
    {
        _root = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "HybridTiered",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.TraceId == _root.TraceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>What has ended, in that order.</summary>
    public IReadOnlyList<Activity> Ended => [.. _ended];

    public Activity Root => _root;

    public void Dispose()
    {
        _listener.Dispose();
        _root.Dispose();
    }
}
