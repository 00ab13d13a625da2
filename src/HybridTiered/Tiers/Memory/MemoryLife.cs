using HybridTiered.Entries;

namespace HybridTiered.Tiers.Memory;

/// <summary>How long an entry lives in L1 from now on, and what else is planned for it.</summary>
/// <param name="Life">Until it expires; <see langword="null"/> for no end.</param>
/// <param name="Sliding">Time without a read after which it expires; <see langword="null"/> for none.</param>
/// <param name="FailSafe">How long it is kept after it has expired.</param>
/// <param name="RefreshAfter">After which a hit refreshes it; <see langword="null"/> for never.</param>
/// <param name="Validators">What the source said about the version of the value.</param>
internal readonly record struct MemoryLife(
    TimeSpan? Life, TimeSpan? Sliding = null, TimeSpan FailSafe = default, TimeSpan? RefreshAfter = null, EntryValidators? Validators = null);
