using Microsoft.Extensions.Caching.Distributed;

namespace HybridTiered.Tests.Support;

/// <summary>An <see cref="IDistributedCache"/> whose operations all throw while it is broken.</summary>
internal sealed class BreakableDistributedCache(IDistributedCache inner) : IDistributedCache
{
    public bool IsBroken { get; set; }

    private IDistributedCache Inner => IsBroken ? throw new IOException("broken") : inner;

    public byte[]? Get(string key) => Inner.Get(key);

    public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => Inner.GetAsync(key, token);

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => Inner.Set(key, value, options);

    public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) => Inner.SetAsync(key, value, options, token);

    public void Refresh(string key) => Inner.Refresh(key);

    public Task RefreshAsync(string key, CancellationToken token = default) => Inner.RefreshAsync(key, token);

    public void Remove(string key) => Inner.Remove(key);

    public Task RemoveAsync(string key, CancellationToken token = default) => Inner.RemoveAsync(key, token);
}
