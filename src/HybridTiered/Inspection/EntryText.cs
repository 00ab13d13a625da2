using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace HybridTiered.Inspection;

/// <summary>How a value is shown to people.</summary>
internal static class EntryText
{
    public const int LongestValue = 4096;

    // A cut can split one character of up to four bytes.
    private const int LongestSplit = 3;

    public static string Of(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> start = bytes[..Math.Min(bytes.Length, LongestValue)];
        for (int cut = 0; cut <= LongestSplit && cut <= start.Length; cut++)
        {
            ReadOnlySpan<byte> whole = start[..^cut];
            if (Utf8.IsValid(whole) && !whole.Contains((byte)0))
                return Encoding.UTF8.GetString(whole);
            if (bytes.Length <= LongestValue)
                break;
        }
        return Convert.ToHexString(start);
    }

    /// <summary>The text of an object, if its type has one that says what it is.</summary>
    public static string? Of(object? value) => value switch
    {
        null => "null",
        string text => text.Length <= LongestValue ? text : text[..LongestValue],
        byte[] bytes => Of(bytes.AsSpan()),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        bool truth => truth ? "true" : "false",
        _ => null,
    };
}
