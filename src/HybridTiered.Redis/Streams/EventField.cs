using System.Text;

namespace HybridTiered.Redis.Streams;

/// <summary>One field of an event. Names may repeat; their order is kept.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
public readonly record struct EventField(string Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>A field with a text, in UTF-8.</summary>
    /// <param name="name">The name.</param>
    /// <param name="text">The value.</param>
    public EventField(string name, string text)
        : this(name, Encoding.UTF8.GetBytes(text))
    {
    }

    /// <summary>The value read as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Value.Span);
}
