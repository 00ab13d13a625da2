using System.Globalization;

namespace HybridTiered.Simulations.Plots;

/// <summary>One chart of several: lines over a logarithmic axis of cache sizes, with a scale of its own from zero up.</summary>
/// <param name="Left">Of the space between the axes.</param>
/// <param name="Top">Of the space between the axes.</param>
/// <param name="Width">Of the space between the axes.</param>
/// <param name="Height">Of the space between the axes.</param>
internal sealed record Panel(double Left, double Top, double Width, double Height)
{
    // Three to five lines are enough to read a value, and few enough not to be in the way.
    private static readonly double[] Steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25];
    private const int MostSteps = 5;

    /// <summary>Draws it.</summary>
    /// <param name="svg">The picture.</param>
    /// <param name="title">What is above it.</param>
    /// <param name="percents">The sizes, ascending.</param>
    /// <param name="lines">The values at these sizes, 0 to 1, and what a line looks like. Later ones lie on top.</param>
    public void Draw(SvgWriter svg, string title, int[] percents, IReadOnlyCollection<(string Look, double[] Values)> lines)
    {
        double greatest = lines.Max(static line => line.Values.Max());
        double step = Steps.First(s => greatest <= MostSteps * s);
        double top = step * Math.Max(1, Math.Ceiling(greatest / step));
        svg.Text(Left, Top - 12, title, "title");
        for (int i = 0; i * step <= top + (step / 2); i++)
        {
            double y = YOf(i * step, top);
            svg.Line(Left, y, Left + Width, y, i == 0 ? "axis" : "grid");
            svg.Text(Left - 6, y + 3.5, (100 * i * step).ToString("0", CultureInfo.InvariantCulture), "tick end");
        }
        foreach (int percent in percents)
            svg.Text(XOf(percent, percents), Top + Height + 15, percent.ToString(CultureInfo.InvariantCulture), "tick middle");
        foreach ((string look, double[] values) in lines)
            svg.Path(percents.Zip(values, (percent, value) => (XOf(percent, percents), YOf(value, top))), "line " + look);
    }

    private double XOf(int percent, int[] percents) =>
        Left + (Width * (Math.Log(percent) - Math.Log(percents[0])) / (Math.Log(percents[^1]) - Math.Log(percents[0])));

    private double YOf(double value, double top) => Top + (Height * (1 - (value / top)));
}
