using HybridTiered.TestServers.Redis;

namespace HybridTiered.Load.Caches;

/// <summary>The Redis that a verb uses: a running one, or one of its own that ends with it.</summary>
internal sealed class RedisSource : IAsyncDisposable
{
    public const string Help = "      --redis ADDRESS   a Redis that runs already, as host:port or redis:// URL; otherwise one is started";

    private readonly RedisServer? _own;

    private RedisSource(string address, RedisServer? own)
    {
        Address = address;
        _own = own;
    }

    public string Address { get; }

    /// <summary>Keeps the run apart from everything else on that Redis.</summary>
    public string Prefix { get; } = $"load-{Guid.NewGuid():N}:";

    /// <param name="given">What <c>--redis</c> says, if anything.</param>
    public static async Task<RedisSource> StartAsync(string? given)
    {
        if (given is not null)
            return new RedisSource(given, null);
        RedisServer own = await RedisServer.StartAsync();
        return new RedisSource(own.EndPoint, own);
    }

    public ValueTask DisposeAsync() => _own?.DisposeAsync() ?? ValueTask.CompletedTask;
}
