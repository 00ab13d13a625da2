using System.Reflection;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Support;

/// <summary>A connection to which something happens when it is asked for its servers for the first time, before it answers.</summary>
public class FirstLookAtServers : DispatchProxy
{
    private IConnectionMultiplexer _multiplexer = null!;
    private Action? _first;

    public static IConnectionMultiplexer Of(IConnectionMultiplexer multiplexer, Action first)
    {
        IConnectionMultiplexer proxy = Create<IConnectionMultiplexer, FirstLookAtServers>();
        ((FirstLookAtServers)proxy)._multiplexer = multiplexer;
        ((FirstLookAtServers)proxy)._first = first;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == nameof(IConnectionMultiplexer.GetServers))
            Interlocked.Exchange(ref _first, null)?.Invoke();
        return targetMethod.Invoke(_multiplexer, BindingFlags.DoNotWrapExceptions, null, args, null);
    }
}
