using System.Globalization;
using System.Numerics;

namespace HybridTiered.Load;

/// <summary>The options of a command line, as <c>--name value</c>. A verb takes those it knows and then calls <see cref="ThrowIfAnyLeft"/>.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <exception cref="UsageException">An option has no value or comes twice.</exception>
    public Arguments(string[] args)
    {
        for (int i = 0; i < args.Length; i += 2)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == args.Length)
                throw new UsageException($"'{args[i]}' is not an option with a value.");
            if (!_values.TryAdd(args[i][2..], args[i + 1]))
                throw new UsageException($"{args[i]} is given twice.");
        }
    }

    /// <summary>Takes a text, or <see langword="null"/> where it is not given.</summary>
    public string? Take(string name) => _values.Remove(name, out string? value) ? value : null;

    /// <summary>Takes a number.</summary>
    /// <exception cref="UsageException">It is none, or out of range.</exception>
    public T Take<T>(string name, T otherwise, T least, T greatest)
        where T : INumber<T>
    {
        if (Take(name) is not { } text)
            return otherwise;
        return T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T? value) && value >= least && value <= greatest
            ? value
            : throw new UsageException($"--{name} is '{text}'; it must be a number from {least} to {greatest}.");
    }

    /// <exception cref="UsageException">An option was given that nobody took.</exception>
    public void ThrowIfAnyLeft()
    {
        if (_values.Count > 0)
            throw new UsageException($"--{_values.Keys.First()} is not known.");
    }
}
