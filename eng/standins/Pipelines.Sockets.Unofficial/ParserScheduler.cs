using System.IO.Pipelines;

namespace Pipelines.Sockets.Unofficial;

/// <summary>Runs the client's parser on the receiving thread, which saves a switch, or on the pool.</summary>
internal sealed class ParserScheduler : PipeScheduler
{
    private volatile bool _onPool;

    public bool OnPool
    {
        set => _onPool = value;
    }

    public override void Schedule(Action<object?> action, object? state) => (_onPool ? ThreadPool : Inline).Schedule(action, state);
}
