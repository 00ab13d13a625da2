using System.Globalization;
using HybridTiered.Configuration;
using HybridTiered.Memcached.Hashing;
using HybridTiered.Memcached.Items;

namespace HybridTiered.Memcached;

/// <summary>How the Memcached tier reaches its servers and what it keeps there. All instances of an application need the same servers and
/// prefix.</summary>
public sealed class MemcachedTierOptions : TierOptions
{
    /// <summary>The environment variable that names the servers where <see cref="Servers"/> is empty.</summary>
    public const string UrlVariable = "MEMCACHED_URL";

    internal const string DefaultServer = "localhost:11211";

    private const int MaximumPrefixBytes = 100;

    /// <summary>
    /// The servers: <c>host</c>, <c>host:port</c> or <c>[IPv6]:port</c>, with or without <c>memcached://</c>; an entry may hold several,
    /// separated by commas, semicolons or blanks. The port defaults to 11211. Empty (the default) means <see cref="UrlVariable"/>, and
    /// without that <c>localhost:11211</c>.
    /// </summary>
    public IList<string> Servers { get; } = [];

    /// <summary>What is put before every key. At most 100 bytes of UTF-8 without blanks and control characters; default empty.</summary>
    public string KeyPrefix { get; set; } = "";

    /// <summary>How many connections to each server the callers share; 1 to 64, default 2. Each carries any number of operations at a
    /// time.</summary>
    public int ConnectionsPerServer { get; set; } = 2;

    /// <summary>How long connecting may take, the exchange that opens a connection included; 10 ms to 1 min, default 1 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a server may owe an answer; 10 ms to 1 min, default 2 s. After that, to within a quarter more, the connection is given up
    /// with everything under way on it: answers come in order, so nothing behind the late one can arrive either.
    /// </summary>
    public TimeSpan OperationTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The largest item in bytes, with its key and overhead, as the servers' own <c>-I</c> counts it; 1 KiB to 1 GiB, default 1 MiB. Larger
    /// entries are refused with <see cref="Tiers.EntryTooLargeException"/>, and a server that announces a larger answer is not believed.
    /// </summary>
    public int MaximumItemBytes { get; set; } = 1024 * 1024;

    /// <summary>How long the version of a removed key is remembered, at least; 1 s to 30 days, default 60 s.</summary>
    public TimeSpan VersionRetention { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Which commands to speak; default <see cref="MemcachedProtocol.Automatic"/>.</summary>
    public MemcachedProtocol Protocol { get; set; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Validate() => [.. base.Validate(), .. Validate(Environment.GetEnvironmentVariable, out _)];

    internal IReadOnlyList<string> Validate(Func<string, string?> environment, out IReadOnlyList<ServerAddress> servers)
    {
        var errors = new List<string>();
        servers = ResolveServers(environment, errors);
        if (KeyPrefix is null || !ItemKeys.IsValidPrefix(KeyPrefix, MaximumPrefixBytes))
        {
            errors.Add($"{nameof(KeyPrefix)}: '{KeyPrefix}' is not allowed. "
                + $"Allowed: at most {MaximumPrefixBytes} bytes of UTF-8 without blanks and control characters.");
        }
        RequireWithin(nameof(ConnectionsPerServer), ConnectionsPerServer, 1, 64);
        RequireWithin(nameof(MaximumItemBytes), MaximumItemBytes, 1024, 1024 * 1024 * 1024);
        RequireWithin(nameof(ConnectTimeout), ConnectTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        RequireWithin(nameof(OperationTimeout), OperationTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        RequireWithin(nameof(VersionRetention), VersionRetention, TimeSpan.FromSeconds(1), TimeSpan.FromDays(30));
        if (!Enum.IsDefined(Protocol))
            errors.Add($"{nameof(Protocol)}: {Protocol} is not allowed. Allowed: {string.Join(", ", Enum.GetNames<MemcachedProtocol>())}.");
        return errors;

        void RequireWithin<T>(string option, T value, T least, T most)
            where T : IComparable<T>, IFormattable
        {
            if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
                errors.Add(string.Create(CultureInfo.InvariantCulture, $"{option}: {value} is not allowed. Allowed: {least} to {most}."));
        }
    }

    private List<ServerAddress> ResolveServers(Func<string, string?> environment, List<string> errors)
    {
        var servers = new List<ServerAddress>();
        int earlier = errors.Count;
        IEnumerable<string?> texts = Servers.Count > 0 ? Servers : [environment(UrlVariable) is { Length: > 0 } url ? url : DefaultServer];
        foreach (string? text in texts)
            ServerAddress.ParseAll(text ?? "", servers, errors);
        if (servers.Count == 0 && errors.Count == earlier)
            errors.Add($"{nameof(Servers)}: '{string.Join(' ', texts)}' names no server. Allowed: at least one, as host:port.");
        foreach (IGrouping<ServerAddress, ServerAddress> same in servers.GroupBy(s => s).Where(g => g.Count() > 1))
            errors.Add($"{nameof(Servers)}: '{same.Key}' is listed {same.Count()} times. Allowed: once.");
        return servers;
    }
}
