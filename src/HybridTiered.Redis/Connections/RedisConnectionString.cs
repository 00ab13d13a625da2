using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StackExchange.Redis;

namespace HybridTiered.Redis.Connections;

/// <summary>Reads connection strings and URLs. What it says about a defect never quotes them, as any part may be a piece of a password.</summary>
internal static class RedisConnectionString
{
    private const int DefaultPort = 6379;
    private const string Plain = "redis://";
    private const string Tls = "rediss://";

    public static bool TryParse(string text, [NotNullWhen(true)] out ConfigurationOptions? options, [NotNullWhen(false)] out string? defect)
    {
        options = null;
        if (text.StartsWith(Tls, StringComparison.OrdinalIgnoreCase))
            return TryParseUrl(text[Tls.Length..], ssl: true, out options, out defect);
        if (text.StartsWith(Plain, StringComparison.OrdinalIgnoreCase))
            return TryParseUrl(text[Plain.Length..], ssl: false, out options, out defect);

        try
        {
            ConfigurationOptions parsed = ConfigurationOptions.Parse(text);
            defect = parsed.EndPoints.Count == 0 ? "it names no host" : null;
            if (defect is null)
                options = FailingFast(parsed);
        }
        catch (Exception ex) when (ex is ArgumentException or FormatException or OverflowException)
        {
            defect = "it is neither a redis:// or rediss:// URL nor a connection string that StackExchange.Redis can read";
        }
        return defect is null;
    }

    // The authority ends at the first slash, question mark or hash; credentials end at the last @ before it.
    private static bool TryParseUrl(string rest, bool ssl, out ConfigurationOptions? options, out string? defect)
    {
        var parsed = new ConfigurationOptions { Ssl = ssl };
        options = null;

        int authorityEnd = rest.AsSpan().IndexOfAny('/', '?', '#');
        string authority = authorityEnd < 0 ? rest : rest[..authorityEnd];
        string tail = authorityEnd < 0 ? "" : rest[authorityEnd..];
        int at = authority.LastIndexOf('@');
        defect = (at < 0 ? null : ReadCredentials(authority[..at], parsed))
            ?? ReadHosts(authority[(at + 1)..], parsed)
            ?? ReadDatabase(tail, parsed);
        if (defect is not null)
            return false;
        options = FailingFast(parsed);
        return true;
    }

    private static string? ReadCredentials(string credentials, ConfigurationOptions options)
    {
        int colon = credentials.IndexOf(':');
        string user = Uri.UnescapeDataString(colon < 0 ? credentials : credentials[..colon]);
        if (user.Length > 0)
            options.User = user;
        if (colon >= 0)
            options.Password = Uri.UnescapeDataString(credentials[(colon + 1)..]);
        return null;
    }

    private static string? ReadHosts(string hosts, ConfigurationOptions options)
    {
        foreach (string host in hosts.Split(','))
        {
            int colon = host.LastIndexOf(':');
            // In an IPv6 address the colons lie between brackets.
            bool hasPort = colon > host.LastIndexOf(']');
            string name = (hasPort ? host[..colon] : host).Trim('[', ']');
            int port = DefaultPort;
            if (name.Length == 0)
                return "a host name is missing";
            if (hasPort && !(int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= 65535))
                return "a port is not a number from 1 to 65535";
            options.EndPoints.Add(name, port);
        }
        return null;
    }

    private static string? ReadDatabase(string tail, ConfigurationOptions options)
    {
        string path = tail.TrimEnd('/');
        if (path.Length == 0)
            return null;
        if (path[0] != '/')
            return "there is more behind the host than a database number (a password with / ? # or @ has to be percent-encoded)";
        if (!int.TryParse(path.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int database))
            return "the database is not a number (a password with / ? # or @ has to be percent-encoded)";
        options.DefaultDatabase = database;
        return null;
    }

    // While Redis is away a cache is better told at once than after a time-out; whoever wants commands queued says so in ConfigurationOptions.
    private static ConfigurationOptions FailingFast(ConfigurationOptions options)
    {
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry(500);
        return options;
    }
}
