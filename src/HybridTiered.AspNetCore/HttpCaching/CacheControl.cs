using Microsoft.Extensions.Primitives;

namespace HybridTiered.AspNetCore.HttpCaching;

/// <summary>The directives of a request or a response (RFC 9111, section 5.2). Unknown ones are ignored, as that section demands.</summary>
internal sealed class CacheControl
{
    // Section 1.2.2: what is greater counts as this.
    private const int GreatestSeconds = int.MaxValue;

    /// <summary>No directive at all.</summary>
    public static CacheControl None { get; } = new();

    public bool NoStore { get; private set; }

    public bool NoCache { get; private set; }

    public bool Public { get; private set; }

    public bool Private { get; private set; }

    public bool MustRevalidate { get; private set; }

    public bool ProxyRevalidate { get; private set; }

    public bool MustUnderstand { get; private set; }

    public bool OnlyIfCached { get; private set; }

    public TimeSpan? MaxAge { get; private set; }

    public TimeSpan? SharedMaxAge { get; private set; }

    public TimeSpan? MinFresh { get; private set; }

    /// <summary>How stale a response may be; <see cref="TimeSpan.MaxValue"/> for any staleness.</summary>
    public TimeSpan? MaxStale { get; private set; }

    /// <summary>Reads the directives of a request; <c>Pragma</c> counts where there is no <c>Cache-Control</c> (section 5.4).</summary>
    public static CacheControl OfRequest(StringValues cacheControl, StringValues pragma)
    {
        if (cacheControl.Count > 0)
            return Parse(cacheControl);
        return pragma.Count > 0 && Parse(pragma).NoCache ? new CacheControl { NoCache = true } : None;
    }

    /// <summary>Reads the directives of all lines of a field.</summary>
    public static CacheControl Parse(StringValues lines)
    {
        if (lines.Count == 0)
            return None;
        var found = new CacheControl();
        foreach (string? line in lines)
        {
            ReadOnlySpan<char> rest = line;
            while (!rest.IsEmpty)
                found.Add(TakeDirective(ref rest));
        }
        return found;
    }

    private static ReadOnlySpan<char> TakeDirective(ref ReadOnlySpan<char> rest)
    {
        bool quoted = false;
        int end = 0;
        for (; end < rest.Length && (quoted || rest[end] != ','); end++)
        {
            if (rest[end] == '"')
                quoted = !quoted;
            else if (quoted && rest[end] == '\\')
                end++;
        }
        end = Math.Min(end, rest.Length);
        ReadOnlySpan<char> directive = rest[..end].Trim();
        rest = end < rest.Length ? rest[(end + 1)..] : default;
        return directive;
    }

    private void Add(ReadOnlySpan<char> directive)
    {
        int equals = directive.IndexOf('=');
        ReadOnlySpan<char> name = equals < 0 ? directive : directive[..equals].TrimEnd();
        ReadOnlySpan<char> argument = equals < 0 ? default : directive[(equals + 1)..].Trim();
        // Names of fields in no-cache and private are disregarded: the directive then covers the whole response, which sections 5.2.2.4 and 5.2.2.7 allow for.
        if (Is(name, "no-store"))
            NoStore = true;
        else if (Is(name, "no-cache"))
            NoCache = true;
        else if (Is(name, "public"))
            Public = true;
        else if (Is(name, "private"))
            Private = true;
        else if (Is(name, "must-revalidate"))
            MustRevalidate = true;
        else if (Is(name, "proxy-revalidate"))
            ProxyRevalidate = true;
        else if (Is(name, "must-understand"))
            MustUnderstand = true;
        else if (Is(name, "only-if-cached"))
            OnlyIfCached = true;
        else if (Is(name, "max-age"))
            MaxAge = Combine(MaxAge, argument);
        else if (Is(name, "s-maxage"))
            SharedMaxAge = Combine(SharedMaxAge, argument);
        else if (Is(name, "min-fresh"))
            MinFresh = Combine(MinFresh, argument);
        else if (Is(name, "max-stale"))
            MaxStale = equals < 0 ? TimeSpan.MaxValue : Combine(MaxStale, argument);
    }

    private static bool Is(ReadOnlySpan<char> name, string directive) => name.Equals(directive, StringComparison.OrdinalIgnoreCase);

    // Section 4.2.1: of contradicting values none counts, and the response is stale.
    private static TimeSpan Combine(TimeSpan? before, ReadOnlySpan<char> argument)
    {
        TimeSpan given = Seconds(argument);
        return before is { } known && known != given ? TimeSpan.Zero : given;
    }

    // Both forms of an argument are taken, whichever a directive prefers (section 5.2). What is no number leaves no time.
    private static TimeSpan Seconds(ReadOnlySpan<char> argument)
    {
        if (argument.Length >= 2 && argument[0] == '"' && argument[^1] == '"')
            argument = argument[1..^1];
        if (argument.IsEmpty || argument.ContainsAnyExceptInRange('0', '9'))
            return TimeSpan.Zero;
        return TimeSpan.FromSeconds(int.TryParse(argument, out int seconds) ? seconds : GreatestSeconds);
    }
}
