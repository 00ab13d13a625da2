using StackExchange.Redis;

namespace HybridTiered.Redis.Connections;

/// <summary>Where Redis is. Exactly one of the four sources is set.</summary>
public sealed class RedisConnectionOptions
{
    /// <summary>
    /// A URL (<c>redis://user:password@host:6379/0</c>; <c>rediss://</c> for TLS; several hosts separated by commas), or a connection string of
    /// StackExchange.Redis (<c>host:6379,password=...</c>). Never shown in a log or an exception.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>Options of StackExchange.Redis, used as they are at the first connection.</summary>
    public ConfigurationOptions? Configuration { get; set; }

    /// <summary>A connection of the application's own; it is never closed from here.</summary>
    public IConnectionMultiplexer? Multiplexer { get; set; }

    /// <summary>Yields a connection of the application's own when the first one is needed; it is never closed from here. Called again after it failed.</summary>
    public Func<Task<IConnectionMultiplexer>>? MultiplexerFactory { get; set; }

    /// <summary>The database number. Default -1: the one that the connection names, else 0. A cluster has only 0.</summary>
    public int Database { get; set; } = -1;

    /// <summary>How long a failed first attempt to connect answers for later ones, so that an outage costs callers no time. Default 1 s.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Looks for values that cannot work.</summary>
    /// <returns>One sentence for each; none if all is well.</returns>
    public IEnumerable<string> Validate()
    {
        int sources = (ConnectionString is null ? 0 : 1) + (Configuration is null ? 0 : 1) + (Multiplexer is null ? 0 : 1) + (MultiplexerFactory is null ? 0 : 1);
        if (sources != 1)
            yield return $"{sources} of ConnectionString, Configuration, Multiplexer and MultiplexerFactory are set; it must be exactly 1.";
        if (ConnectionString is not null && !RedisConnectionString.TryParse(ConnectionString, out _, out string? defect))
            yield return $"ConnectionString (not shown, as it may hold a password) is not valid: {defect}.";
        if (Database < -1)
            yield return $"Database is {Database}; it must be -1 (that of the connection) or more.";
        if (RetryDelay < TimeSpan.Zero)
            yield return $"RetryDelay is {RetryDelay}; it must not be negative.";
    }
}
