namespace HybridTiered.Snippets.Packages;

public static class Registration
{
    public static void RegisterDisk(WebApplicationBuilder builder)
    {
        #region disk
        builder.Services.AddHybridTiered(cache => cache
            .AddMemory()
            .AddDisk("/var/cache/shop", disk => disk.SizeLimit = 10L << 30));   // bytes
        #endregion
    }

    public static void RegisterMemcached(WebApplicationBuilder builder)
    {
        #region memcached
        builder.Services.AddHybridTiered(cache => cache
            .AddMemory()
            .AddMemcached("cache1:11211,cache2:11211"));
        #endregion
    }
}
