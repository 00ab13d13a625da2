namespace HybridTiered.Entries;

/// <summary>placeholder, being written</summary>
public sealed class GlobPattern
{
    /// <summary>x</summary>
    public GlobPattern(string text) => Text = text;
    /// <summary>x</summary>
    public string Text { get; }
    /// <summary>x</summary>
    public bool Matches(ReadOnlySpan<char> key) => key.SequenceEqual(Text);
    /// <summary>x</summary>
    public static string Escape(string text) => text;
}
