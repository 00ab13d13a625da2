using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using HybridTiered.Redis.Connections;

namespace Storefront;

/// <summary>Reads the value of <c>--redis</c>.</summary>
internal static partial class RedisAddress
{
    private const string Scheme = "://";

    /// <summary>Makes a URL of a value.</summary>
    /// <param name="value"><c>host:port</c>, or a URL already.</param>
    /// <param name="url">The URL.</param>
    /// <param name="mistake">What is wrong, without any password.</param>
    public static bool TryParse(string value, [NotNullWhen(true)] out string? url, [NotNullWhen(false)] out string? mistake)
    {
        bool isUrl = value.StartsWith("redis://", StringComparison.OrdinalIgnoreCase) || value.StartsWith("rediss://", StringComparison.OrdinalIgnoreCase);
        url = isUrl ? value : IsHostAndPort(value) ? "redis://" + value : null;
        if (url is not null && new RedisConnectionOptions { ConnectionString = url }.Validate().Any())
            url = null;
        mistake = url is null
            ? $"--redis is '{WithoutPassword(value)}'; it must be host:port with a port from 1 to 65535, or a URL: redis://[user:password@]host[:port][/database], rediss:// for TLS."
            : null;
        return url is not null;
    }

    [GeneratedRegex(@"^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?<port>[0-9]{1,5}))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex HostAndPort { get; }

    private static bool IsHostAndPort(string value) =>
        HostAndPort.Match(value) is { Success: true } match
        && (!match.Groups["port"].Success || int.Parse(match.Groups["port"].ValueSpan, CultureInfo.InvariantCulture) is >= 1 and <= 65_535);

    // Whatever stands before an @, or where options of a connection string or of a URL may stand, may be a password; so may a port that is none.
    private static string WithoutPassword(string value)
    {
        int start = value.IndexOf(Scheme, StringComparison.Ordinal) is >= 0 and int at ? at + Scheme.Length : 0;
        string scheme = value[..start];
        string rest = value[start..];
        if (rest.LastIndexOf('@') is >= 0 and int last)
            return $"{scheme}***{WithoutOptions(rest[last..])}";
        string shown = WithoutOptions(rest);
        return scheme + (start > 0 && shown.IndexOf(':') is >= 0 and int colon ? shown[..(colon + 1)] + "***" : shown);
    }

    private static string WithoutOptions(string text) => text.IndexOfAny([',', '?', '=', '#']) is >= 0 and int at ? text[..(at + 1)] + "***" : text;
}
