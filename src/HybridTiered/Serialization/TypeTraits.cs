using System.ComponentModel;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace HybridTiered.Serialization;

/// <summary>What the cache needs to know about a type of values.</summary>
internal static class TypeTraits<T>
{
    /// <summary>
    /// Whether one instance can be handed to every caller, because nobody can change it: strings, structs without references, and value
    /// types or sealed classes marked <c>[ImmutableObject(true)]</c>; the <see cref="Nullable{T}"/> of such structs, too. Any other value
    /// is deserialised anew for each caller.
    /// </summary>
    public static bool IsImmutable { get; } =
        typeof(T) == typeof(string)
        || !RuntimeHelpers.IsReferenceOrContainsReferences<T>()
        || IsMarkedImmutable(Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T));

    // A class that is not sealed may have subclasses that break the promise.
    private static bool IsMarkedImmutable(Type type) =>
        type.IsSealed && type.GetCustomAttribute<ImmutableObjectAttribute>(inherit: false) is { Immutable: true };
}
