using HybridTiered.Entries;

namespace HybridTiered.Tags;

/// <summary>A pattern and the time it was invalidated: a tag that is matched instead of carried.</summary>
internal sealed record PatternTime(GlobPattern Pattern, long InvalidatedAt);
