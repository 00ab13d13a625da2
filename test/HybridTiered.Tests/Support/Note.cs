namespace HybridTiered.Tests.Support;

/// <summary>A value that callers could change.</summary>
public sealed class Note
{
    public string Text { get; set; } = "";
}
