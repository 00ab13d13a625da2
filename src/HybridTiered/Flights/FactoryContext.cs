using HybridTiered.Entries;

namespace HybridTiered.Flights;

/// <summary>
/// How a factory, while it runs, decides about the entry it is making: options, further tags, or not to store it at all.
/// Reached through <see cref="Current"/>, so factories behind plain <c>HybridCache</c> calls have it too.
/// </summary>
/// <remarks>Not thread-safe: for the one logical thread of the factory. What is said after the factory has returned is ignored.</remarks>
public sealed class FactoryContext
{
    private readonly List<string> _tags = [];
    private readonly PreviousValue? _previous;

    internal FactoryContext(string key, PreviousValue? previous)
    {
        Key = key;
        _previous = previous;
    }

    /// <summary>The context of the factory that runs now, or <see langword="null"/> outside of one and in one that makes many entries at once.</summary>
    public static FactoryContext? Current => Flight.Current is { HasContext: true } flight ? flight.Context ??= new FactoryContext(flight.Key, flight.Previous) : null;

    /// <summary>The key being computed.</summary>
    public string Key { get; }

    /// <summary>Options for the entry, which win over those of the call where they say something. Default: <see langword="null"/>, those of the call.</summary>
    public TieredEntryOptions? Options { get; set; }

    /// <summary>
    /// Whether there is a value that the result is to replace: one that fail-safe has kept, or the current one when it is refreshed early.
    /// </summary>
    public bool HasPrevious => _previous is not null;

    /// <summary>The entity tag that was given with the previous value, if any.</summary>
    public string? PreviousETag => _previous?.Validators?.ETag;

    /// <summary>When the previous value was last changed at the source, if that was given with it.</summary>
    public DateTimeOffset? PreviousLastModified => _previous?.Validators?.LastModified;

    /// <summary>
    /// The entity tag of the value, kept with the entry, so that a later factory can ask its source whether there is a newer one. Default: none. An entry with one is
    /// stored in a layout that Microsoft's <c>HybridCache</c> takes for a miss.
    /// </summary>
    public string? ETag { get; set; }

    /// <summary>When the value was last changed at the source; kept as <see cref="ETag"/> is. Default: not known.</summary>
    public DateTimeOffset? LastModified { get; set; }

    internal string? Failure { get; private set; }

    internal EntryValidators? Validators => ETag is null && LastModified is null ? null : new EntryValidators(ETag, LastModified);

    internal bool IsStored { get; private set; } = true;

    internal IReadOnlyList<string> AddedTags => _tags;

    /// <summary>Reads the value that the result is to replace.</summary>
    /// <typeparam name="T">Its type, that of the factory's result.</typeparam>
    /// <param name="value">The value.</param>
    /// <returns>Whether there is one of that type.</returns>
    public bool TryGetPrevious<T>(out T? value)
    {
        value = default;
        return _previous is not null && _previous.TryRead(out value);
    }

    /// <summary>
    /// The source has nothing newer: the factory returns what this returns, the previous value, which begins a new life with the validators it had, unless others were set.
    /// </summary>
    /// <typeparam name="T">The type of the factory's result.</typeparam>
    /// <exception cref="InvalidOperationException">There is no previous value; look at <see cref="HasPrevious"/> first.</exception>
    public T? NotModified<T>()
    {
        if (!TryGetPrevious(out T? value))
            throw new InvalidOperationException($"There is no previous value of cache key '{Key}' of type '{typeof(T)}', so NotModified has nothing to return; look at HasPrevious first.");
        ETag ??= PreviousETag;
        LastModified ??= PreviousLastModified;
        return value;
    }

    /// <summary>
    /// The computation has failed, without an exception: what the factory returns is ignored, and callers get an expired value from fail-safe or a
    /// <see cref="FactoryFailedException"/>.
    /// </summary>
    /// <param name="reason">Why, for the log and the exception.</param>
    public void Fail(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        Failure = reason;
    }

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
