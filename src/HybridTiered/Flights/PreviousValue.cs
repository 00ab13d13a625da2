using HybridTiered.Entries;

namespace HybridTiered.Flights;

/// <summary>The value that a factory is to replace.</summary>
/// <param name="validators">What the source said about its version.</param>
/// <param name="read">Reads it; the factory gets an instance of its own.</param>
internal sealed class PreviousValue(EntryValidators? validators, Func<(bool Found, object? Value)> read)
{
    public EntryValidators? Validators { get; } = validators;

    public bool TryRead<T>(out T? value)
    {
        (bool found, object? untyped) = read();
        if (found && untyped is T typed)
        {
            value = typed;
            return true;
        }
        value = default;
        return found && untyped is null && default(T) is null;
    }
}
