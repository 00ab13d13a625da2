using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Distributed;

namespace HybridTiered.Tests.Support;

/// <summary>An application's own <see cref="IDistributedCache"/>, without buffers, that notes what it is asked.</summary>
internal sealed class RecordingDistributedCache(TimeProvider time) : IDistributedCache
{
    private readonly MemoryDistributedCache _cache = MemoryDistributed.CreateCache(time);
    private readonly ConcurrentQueue<string> _calls = new();

    public IReadOnlyCollection<string> Calls => _calls;

    public byte[]? Get(string key) => throw new NotSupportedException("The tier is asynchronous.");

    public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => Noted("Get", key).GetAsync(key, token);

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw new NotSupportedException("The tier is asynchronous.");

    public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) =>
        Noted("Set", key).SetAsync(key, value, options, token);

    public void Refresh(string key) => throw new NotSupportedException("The tier is asynchronous.");

    public Task RefreshAsync(string key, CancellationToken token = default) => Noted("Refresh", key).RefreshAsync(key, token);

    public void Remove(string key) => throw new NotSupportedException("The tier is asynchronous.");

    public Task RemoveAsync(string key, CancellationToken token = default) => Noted("Remove", key).RemoveAsync(key, token);

    private MemoryDistributedCache Noted(string call, string key)
    {
        _calls.Enqueue($"{call} {key}");
        return _cache;
    }
}
