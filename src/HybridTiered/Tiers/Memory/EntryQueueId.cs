namespace HybridTiered.Tiers.Memory;

/// <summary>The queue of the bounded store that an entry stands in.</summary>
internal enum EntryQueueId : byte
{
    None,
    Small,
    Main,
}
