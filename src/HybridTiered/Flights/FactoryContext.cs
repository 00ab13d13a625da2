namespace HybridTiered.Flights;

/// <summary>
/// How a factory, while it runs, decides about the entry it is making: options, further tags, or not to store it at all.
/// Reached through <see cref="Current"/>, so factories behind plain <c>HybridCache</c> calls have it too.
/// </summary>
/// <remarks>Not thread-safe: for the one logical thread of the factory. What is said after the factory has returned is ignored.</remarks>
public sealed class FactoryContext
{
    private readonly List<string> _tags = [];

    internal FactoryContext(string key) => Key = key;

    /// <summary>The context of the factory that runs now, or <see langword="null"/> outside of one and in one that makes many entries at once.</summary>
    public static FactoryContext? Current => Flight.Current is { HasContext: true } flight ? flight.Context ??= new FactoryContext(flight.Key) : null;

    /// <summary>The key being computed.</summary>
    public string Key { get; }

    /// <summary>Options for the entry, which win over those of the call where they say something. Default: <see langword="null"/>, those of the call.</summary>
    public TieredEntryOptions? Options { get; set; }

    internal bool IsStored { get; private set; } = true;

    internal IReadOnlyList<string> AddedTags => _tags;

    /// <summary>Keeps the value out of every tier; the callers that wait get it all the same.</summary>
    public void DoNotStore() => IsStored = false;

    /// <summary>Adds a tag to those of the call.</summary>
    /// <param name="tag">The tag.</param>
    /// <exception cref="ArgumentException"><paramref name="tag"/> is null, empty, blank or the wildcard <c>*</c>.</exception>
    public void AddTag(string tag)
    {
        Tags.TagRules.ThrowIfNotATag(tag);
        _tags.Add(tag);
    }
}
