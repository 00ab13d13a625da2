using HybridTiered.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HybridTiered.Redis.Connections;

/// <summary>The one connection that everything of one cache shares: its description while the application is being built, itself afterwards.</summary>
internal sealed class RedisCacheConnection
{
    /// <summary>The environment variable that names the server.</summary>
    public const string UrlVariable = "REDIS_URL";

    private const string DefaultUrl = "redis://127.0.0.1:6379";

    private readonly string _cacheName;
    private RedisConnectionOptions? _given;

    private RedisCacheConnection(string cacheName) => _cacheName = cacheName;

    /// <summary>The connection of a cache; the same for every call with the same builder. The container closes it.</summary>
    public static RedisCacheConnection Of(HybridTieredBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        string name = builder.Name ?? Options.DefaultName;
        if (builder.Services.LastOrDefault(s => s.IsKeyedService && s.ServiceType == typeof(RedisCacheConnection) && name.Equals(s.ServiceKey)) is { } known)
            return (RedisCacheConnection)known.KeyedImplementationInstance!;
        var connection = new RedisCacheConnection(name);
        builder.Services.AddKeyedSingleton(name, connection);
        builder.Services.AddKeyedSingleton(name, (services, _) => connection.Make(services));
        return connection;
    }

    /// <summary>Says where Redis is.</summary>
    /// <exception cref="ArgumentException">The options cannot work, or were given before.</exception>
    public void Give(RedisConnectionOptions options)
    {
        OptionDefects.ThrowIfAny(options.Validate(), nameof(options));
        if (_given is not null)
            throw new ArgumentException("The connection to Redis is given twice; all parts of a cache share one.", nameof(options));
        _given = options;
    }

    public RedisConnection Get(IServiceProvider services) => services.GetRequiredKeyedService<RedisConnection>(_cacheName);

    public string KeyPrefix(IServiceProvider services) => services.GetRequiredService<IOptionsMonitor<TieredCacheOptions>>().Get(_cacheName).KeyPrefix;

    /// <summary>What the environment says about Redis, without the application's own connection; <see langword="null"/> when it says nothing.</summary>
    public static string? FindConnectionString(IServiceProvider services) =>
        NullIfEmpty(services.GetService<IConfiguration>()?.GetConnectionString("Redis")) ?? NullIfEmpty(Environment.GetEnvironmentVariable(UrlVariable));

    // The server is reached while the rest of the cache is being made.
    private RedisConnection Make(IServiceProvider services)
    {
        var connection = new RedisConnection(_given ?? Find(services), services.GetService<TimeProvider>());
        connection.Begin();
        return connection;
    }

    private static RedisConnectionOptions Find(IServiceProvider services) =>
        services.GetService<IConnectionMultiplexer>() is { } multiplexer
            ? new RedisConnectionOptions { Multiplexer = multiplexer }
            : new RedisConnectionOptions { ConnectionString = FindConnectionString(services) ?? DefaultUrl };

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
