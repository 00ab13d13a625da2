namespace HybridTiered.Redis.Connections;

/// <summary>Turns what is wrong with options into the exception of the constructor that takes them.</summary>
internal static class OptionDefects
{
    /// <exception cref="ArgumentException">There are defects; the message names each.</exception>
    public static void ThrowIfAny(IEnumerable<string> defects, string parameter)
    {
        string message = string.Join(' ', defects);
        if (message.Length > 0)
            throw new ArgumentException(message, parameter);
    }
}
