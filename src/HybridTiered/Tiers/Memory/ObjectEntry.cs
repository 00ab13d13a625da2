namespace HybridTiered.Tiers.Memory;

/// <summary>An entry whose one instance may be handed to every caller, because nobody can change it.</summary>
internal sealed class ObjectEntry<T>(string key, T value, long size) : MemoryEntry(key, size)
{
    public T Value { get; } = value;

    internal override string Form => typeof(T).Name;

    internal override object? Content => Value;
}
