using System.Globalization;
using System.Security;
using System.Text;

namespace HybridTiered.Simulations.Plots;

/// <summary>Writes a picture in SVG. Coordinates are pixels from the upper left corner; what a thing looks like is left to the classes of the style sheet.</summary>
internal sealed class SvgWriter
{
    private readonly StringBuilder _text = new();

    /// <param name="width">Of the picture.</param>
    /// <param name="height">Of the picture.</param>
    /// <param name="title">What it shows, for whoever cannot see it.</param>
    /// <param name="style">The style sheet.</param>
    public SvgWriter(int width, int height, string title, string style) => _text.Append(
        CultureInfo.InvariantCulture,
        $"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
        <title>{Escape(title)}</title>
        <style>
        {Escape(style)}
        </style>
        <rect class="ground" width="{width}" height="{height}"/>

        """);

    public void Line(double x1, double y1, double x2, double y2, string look) =>
        _text.AppendLine(CultureInfo.InvariantCulture, $"""<line class="{look}" x1="{x1:0.#}" y1="{y1:0.#}" x2="{x2:0.#}" y2="{y2:0.#}"/>""");

    public void Path(IEnumerable<(double X, double Y)> points, string look)
    {
        IEnumerable<string> pairs = points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.X:0.#},{p.Y:0.#}"));
        _text.AppendLine(CultureInfo.InvariantCulture, $"""<polyline class="{look}" points="{string.Join(' ', pairs)}"/>""");
    }

    public void Text(double x, double y, string text, string look) =>
        _text.AppendLine(CultureInfo.InvariantCulture, $"""<text class="{look}" x="{x:0.#}" y="{y:0.#}">{Escape(text)}</text>""");

    public string Finish() => _text.AppendLine("</svg>").ToString();

    private static string Escape(string text) => SecurityElement.Escape(text);
}
