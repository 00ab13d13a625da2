using FsCheck;
using FsCheck.Fluent;

namespace HybridTiered.Tests.Support;

/// <summary>Checks that something holds for generated values; the message of a failure names the shrunk value and the seed.</summary>
public static class Generated
{
    public static void Satisfy<T>(Gen<T> values, Func<T, bool> property, int count = 1000) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(count), Prop.ForAll(values.ToArbitrary(), property));

    /// <summary>Well-formed UTF-16 of characters that are one, two, three and four bytes long in UTF-8.</summary>
    public static Gen<string> Text(int shortest, int longest) =>
        Gen.Elements("a", "b", "k", ":", " ", "0", "*", "é", "ß", "€", "語", "\U0001F600", "\U00020000")
            .ListOf()
            .Select(string.Concat)
            .Resize(longest)
            .Where(text => text.Length >= shortest);

    public static Gen<byte[]> Bytes(int longest) => Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf().Resize(longest);

    /// <summary>Bytes from hexadecimal digits, with spaces wherever they help to read.</summary>
    public static byte[] FromHex(string spaced) => Convert.FromHexString(spaced.Replace(" ", "", StringComparison.Ordinal));
}
