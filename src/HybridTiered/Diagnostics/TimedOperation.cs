using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace HybridTiered.Diagnostics;

/// <summary>One operation of a slow path, measured and traced from its creation to its disposal. Made only when somebody listens.</summary>
internal sealed class TimedOperation : IDisposable
{
    private readonly TimeProvider _time;
    private readonly Histogram<double> _duration;
    private readonly Activity? _activity;
    private readonly long _started;
    private TagList _tags;

    public TimedOperation(TimeProvider time, Histogram<double> duration, Activity? activity, in TagList tags)
    {
        _time = time;
        _duration = duration;
        _activity = activity;
        _tags = tags;
        if (activity is { IsAllDataRequested: true })
        {
            foreach (KeyValuePair<string, object?> tag in tags)
                activity.SetTag(tag.Key, tag.Value);
        }
        _started = time.GetTimestamp();
    }

    /// <summary>Notes how it ended.</summary>
    /// <param name="result">One of a few.</param>
    public void End(string result) => Add(TelemetryTags.Result, result);

    /// <summary>Notes that it failed. The message of the exception stays out of the telemetry: it may name keys and addresses.</summary>
    public void Fail(Exception exception)
    {
        string type = exception.GetType().FullName ?? nameof(Exception);
        Add(TelemetryTags.Error, type);
        _activity?.SetStatus(ActivityStatusCode.Error, type);
    }

    public void Dispose()
    {
        _duration.Record(_time.GetElapsedTime(_started).TotalSeconds, _tags);
        _activity?.Dispose();
    }

    private void Add(string name, string value)
    {
        _tags.Add(name, value);
        _activity?.SetTag(name, value);
    }
}
