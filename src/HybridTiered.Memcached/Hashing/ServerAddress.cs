using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace HybridTiered.Memcached.Hashing;

/// <summary>Where a server listens, and the name under which it stands on the ring.</summary>
/// <param name="Host">Host name or address, without brackets, in lower case.</param>
/// <param name="Port">The TCP port.</param>
internal sealed record ServerAddress(string Host, int Port)
{
    public const int DefaultPort = 11211;

    private const string Scheme = "memcached://";

    private static readonly char[] Separators = [',', ';', ' ', '\t', '\r', '\n'];

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    /// <summary>Reads every server in a text such as <c>memcached://h1:11211,h2</c> or <c>h1:11211 [::1]:11212</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="servers">Takes the servers found.</param>
    /// <param name="errors">Takes what is wrong, each naming the part and what is allowed.</param>
    public static void ParseAll(string text, List<ServerAddress> servers, List<string> errors)
    {
        foreach (string part in text.Split(Separators, StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Contains('@', StringComparison.Ordinal))
                errors.Add("Servers: an entry carries a user or a password, which the tier cannot use. Allowed: host:port.");
            else if (TryParse(part, out ServerAddress? server))
                servers.Add(server);
            else
                errors.Add($"Servers: '{part}' is no server. Allowed: host, host:port, [IPv6]:port, '{Scheme}' before it, ports 1 to 65535.");
        }
    }

    private static bool TryParse(string part, [NotNullWhen(true)] out ServerAddress? server)
    {
        server = null;
        string rest = part.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? part[Scheme.Length..] : part;
        rest = rest.TrimEnd('/');
        int port = DefaultPort;
        string host = rest;
        int colon = rest.LastIndexOf(':');
        bool bracketed = rest.StartsWith('[');
        if (colon > (bracketed ? rest.IndexOf(']', StringComparison.Ordinal) : 0))
        {
            host = rest[..colon];
            if (!int.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)
                return false;
        }
        if (bracketed)
            host = host.EndsWith(']') ? host[1..^1] : "";
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown || bracketed != host.Contains(':', StringComparison.Ordinal))
            return false;
        server = new ServerAddress(host.ToLowerInvariant(), port);
        return true;
    }
}
