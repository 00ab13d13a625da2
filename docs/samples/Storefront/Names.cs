namespace Storefront;

/// <summary>Checks names that come from outside.</summary>
internal static class Names
{
    /// <summary>What is wrong with a name; <see langword="null"/> if nothing is.</summary>
    /// <param name="name">The name.</param>
    /// <param name="what">What it names.</param>
    /// <param name="longest">The most characters it may have.</param>
    public static string? MistakeIn(string? name, string what, int longest) =>
        string.IsNullOrWhiteSpace(name) ? $"The {what} is missing or blank."
        : name.Length > longest ? $"The {what} has {name.Length} characters; at most {longest} are allowed."
        : name.Any(char.IsControl) ? $"The {what} holds a control character."
        : null;
}
