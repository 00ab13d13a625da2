using System.Globalization;

namespace HybridTiered.Configuration;

/// <summary>What options may be. Each rule adds a message that names the option, its value and what is allowed.</summary>
internal static class OptionRules
{
    /// <summary>The latest moment of an entry's life at which it can be refreshed early.</summary>
    public const double GreatestRefresh = 0.99;

    /// <summary>The largest part of an entry's life that can be left to chance.</summary>
    public const double GreatestJitter = 0.9;

    private const double GreatestScale = 1_000_000;

    public static void Positive(TimeSpan? value, string name, List<string> mistakes)
    {
        if (value is { } given && given <= TimeSpan.Zero)
            mistakes.Add($"{name} is {given}; it must be positive.");
    }

    public static void Between<T>(T value, T least, T greatest, string name, List<string> mistakes)
        where T : IComparable<T>, IFormattable
    {
        if (value.CompareTo(least) >= 0 && value.CompareTo(greatest) <= 0)
            return;
        bool isOpen = greatest is int.MaxValue or long.MaxValue or TimeSpan { Ticks: long.MaxValue };
        string allowed = isOpen ? string.Create(CultureInfo.InvariantCulture, $"at least {least}") : string.Create(CultureInfo.InvariantCulture, $"from {least} to {greatest}");
        mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it must be {allowed}."));
    }

    public static void Part(double value, double greatest, string name, List<string> mistakes)
    {
        // Said this way round, NaN is a mistake too.
        if (!(value >= 0 && value <= greatest))
            mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it must be from 0 to {greatest}."));
    }

    public static void Timeout(TimeSpan? value, string name, List<string> mistakes)
    {
        if (value is { } given)
            Between(given, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1), name, mistakes);
    }

    public static void Scale(double value, string name, List<string> mistakes)
    {
        if (!(value > 0 && value <= GreatestScale))
            mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it must be more than 0 and at most {GreatestScale:N0}."));
    }

    public static void Defined<T>(T value, string name, List<string> mistakes)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            mistakes.Add($"{name} is {value}; it must be one of {string.Join(", ", Enum.GetNames<T>())}.");
    }
}
