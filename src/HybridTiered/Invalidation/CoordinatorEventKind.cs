namespace HybridTiered.Invalidation;

/// <summary>What can happen to a coordinator.</summary>
internal enum CoordinatorEventKind
{
    /// <summary>A message arrived.</summary>
    Message,

    /// <summary>Messages may be missed from here on.</summary>
    Lost,

    /// <summary>No message is missed from here on.</summary>
    Restored,

    /// <summary>It is time to look what has to be tried again.</summary>
    Tick,
}
