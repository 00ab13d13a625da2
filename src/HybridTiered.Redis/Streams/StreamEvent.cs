namespace HybridTiered.Redis.Streams;

/// <summary>An event as it stands in a stream.</summary>
/// <param name="Id">Its id, which the server gave; later events have higher ones.</param>
/// <param name="Fields">What it says.</param>
public sealed record StreamEvent(EventId Id, IReadOnlyList<EventField> Fields)
{
    /// <summary>The text of the first field of a name, or <see langword="null"/> when there is none.</summary>
    /// <param name="name">The name, compared ordinally.</param>
    public string? this[string name]
    {
        get
        {
            foreach (EventField field in Fields)
            {
                if (field.Name == name)
                    return field.Text;
            }
            return null;
        }
    }
}
