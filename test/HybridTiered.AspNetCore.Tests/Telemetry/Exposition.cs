using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace HybridTiered.AspNetCore.Tests.Telemetry;

/// <summary>Reads the text that Prometheus scrapes, as strictly as its format is defined, and throws at whatever does not belong there.</summary>
internal sealed partial class Exposition
{
    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _help = new(StringComparer.Ordinal);
    private readonly List<(string Name, Dictionary<string, string> Labels, double Value)> _samples = [];

    private Exposition()
    {
    }

    public IReadOnlyDictionary<string, string> Types => _types;

    public IReadOnlyDictionary<string, string> Help => _help;

    public IReadOnlyList<(string Name, Dictionary<string, string> Labels, double Value)> Samples => _samples;

    public static Exposition Parse(string text, bool openMetrics = false)
    {
        if (!text.EndsWith('\n'))
            throw new FormatException("The last line does not end.");
        var exposition = new Exposition();
        string[] lines = text.Split('\n')[..^1];
        if (openMetrics && lines[^1] != "# EOF")
            throw new FormatException("There is no end of file.");
        foreach (string line in openMetrics ? lines[..^1] : lines)
            exposition.Read(line);
        return exposition;
    }

    /// <summary>The one sample of a name that has the given labels, among others.</summary>
    public double Value(string name, params (string Label, string Value)[] labels) =>
        _samples.Single(s => s.Name == name && labels.All(l => s.Labels.GetValueOrDefault(l.Label) == l.Value)).Value;

    [GeneratedRegex("""^# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$""")]
    private static partial Regex Head();

    [GeneratedRegex("""^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\"n])*",?)*)\})? ([^ ]+)$""")]
    private static partial Regex Sample();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)""")]
    private static partial Regex Label();

    private void Read(string line)
    {
        if (Head().Match(line) is { Success: true } head)
        {
            string name = head.Groups[2].Value;
            if (head.Groups[1].Value == "TYPE")
                _types.Add(name, head.Groups[3].Value);
            else if (head.Groups[1].Value == "HELP")
                _help.Add(name, Unescape(head.Groups[3].Value));
            return;
        }
        if (Sample().Match(line) is not { Success: true } sample)
            throw new FormatException($"No line of the format: {line}");
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Match label in Label().Matches(sample.Groups[2].Value))
            labels.Add(label.Groups[1].Value, Unescape(label.Groups[2].Value));
        double value = sample.Groups[3].Value switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            string number => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
        _samples.Add((sample.Groups[1].Value, labels, value));
    }

    private static string Unescape(string text)
    {
        var plain = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
            plain.Append(text[i] != '\\' ? text[i] : text[++i] == 'n' ? '\n' : text[i]);
        return plain.ToString();
    }
}
