namespace HybridTiered.Diagnostics;

/// <summary>The tags of instruments and activities. Each takes few values: those of a configuration or of a list in the code, never a key or a tag of an entry.</summary>
internal static class TelemetryTags
{
    public const string Cache = "hybridtiered.cache.name";
    public const string Tier = "hybridtiered.tier.name";
    public const string Level = "hybridtiered.tier.level";
    public const string Operation = "hybridtiered.operation";
    public const string Result = "hybridtiered.result";
    public const string Kind = "hybridtiered.invalidation.kind";
    public const string Direction = "hybridtiered.invalidation.direction";
    public const string Cause = "hybridtiered.cause";
    public const string Error = "error.type";

    /// <summary>On activities alone, and only where an option allows it.</summary>
    public const string Key = "hybridtiered.key";
}
