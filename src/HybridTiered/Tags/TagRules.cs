using System.Runtime.CompilerServices;

namespace HybridTiered.Tags;

/// <summary>What may be the tag of an entry.</summary>
internal static class TagRules
{
    /// <summary>Copies tags, without duplicates.</summary>
    /// <exception cref="ArgumentException">One of them is null, empty, blank or the wildcard.</exception>
    public static string[] Copy(IEnumerable<string>? tags)
    {
        if (tags is null)
            return [];
        string[] copy = tags switch
        {
            string[] array => array,
            _ => [.. tags],
        };
        if (copy.Length == 0)
            return [];
        foreach (string tag in copy)
            ThrowIfNotATag(tag, nameof(tags));
        return copy.Length == 1 ? [copy[0]] : [.. copy.Distinct(StringComparer.Ordinal)];
    }

    public static void ThrowIfNotATag(string? tag, [CallerArgumentExpression(nameof(tag))] string? parameter = null)
    {
        if (string.IsNullOrWhiteSpace(tag))
            throw new ArgumentException("A tag is null, empty or blank; it must be a name.", parameter);
        if (tag == TagRegistry.Wildcard)
            throw new ArgumentException("The tag '*' stands for everything, so an entry cannot carry it; give it a name of its own.", parameter);
    }
}
