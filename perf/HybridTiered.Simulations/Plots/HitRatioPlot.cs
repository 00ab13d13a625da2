using HybridTiered.Simulations.Comparison;
using HybridTiered.Simulations.Workloads;

namespace HybridTiered.Simulations.Plots;

/// <summary>The hit ratios of all contenders: a panel for each workload, a line for each contender.</summary>
internal static class HitRatioPlot
{
    private const int Columns = 3;
    private const int PanelWidth = 300;
    private const int PanelHeight = 220;
    private const int Margin = 24;
    private const int LegendHeight = 64;
    private const int AxisWidth = 34;
    private const int AxisHeight = 62;

    // Own ground and colours for either scheme, because the page that shows the picture may follow another one than the browser. Dashes tell
    // the lines apart without colours.
    private const string Style = """
        .ground { fill: #fcfcfb; }
        text { font: 12px system-ui, sans-serif; fill: #52514e; }
        .title { font-weight: 600; font-size: 13px; fill: #0b0b0b; }
        .tick { font-size: 11px; fill: #6f6e69; }
        .end { text-anchor: end; }
        .middle { text-anchor: middle; }
        .grid { stroke: #e6e5e1; }
        .axis { stroke: #b9b8b2; }
        .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .ours { stroke: #2a78d6; stroke-width: 4; }
        .wtinylfu { stroke: #d9541e; stroke-dasharray: 7 3; }
        .lru { stroke: #14875d; stroke-dasharray: 2 3; }
        .fifo { stroke: #8a6fd1; stroke-dasharray: 8 3 2 3; }
        .optimum { stroke: #8b8a84; stroke-width: 1.5; }
        @media (prefers-color-scheme: dark) {
        .ground { fill: #1a1a19; }
        text { fill: #c3c2b7; }
        .title { fill: #ffffff; }
        .tick { fill: #a09f97; }
        .grid { stroke: #333331; }
        .axis { stroke: #62615c; }
        .ours { stroke: #4a97ee; }
        .wtinylfu { stroke: #f0794a; }
        .lru { stroke: #2fbf8a; }
        .fifo { stroke: #a794ea; }
        .optimum { stroke: #85847d; }
        }
        """;

    private static readonly int[] Percents = [1, 2, 5, 10, 25];

    // From the bottom to the top: dashes lie on the broad line, so that both are seen where they meet.
    private static readonly (Contender Contender, string Look)[] Lines =
    [
        (Contender.Optimum, "optimum"), (Contender.Ours, "ours"), (Contender.Fifo, "fifo"), (Contender.Lru, "lru"), (Contender.WTinyLfu, "wtinylfu"),
    ];

    public static string Draw(IEnumerable<Workload> workloads)
    {
        Workload[] all = [.. workloads];
        int rows = (all.Length + Columns - 1) / Columns;
        var svg = new SvgWriter(
            (2 * Margin) + (Columns * PanelWidth),
            LegendHeight + (rows * PanelHeight) + Margin,
            "Hit ratio in percent over the size of the cache in percent of the key space: " + string.Join(", ", all.Select(w => w.Name)),
            Style);
        DrawLegend(svg);
        for (int i = 0; i < all.Length; i++)
        {
            Workload workload = all[i];
            var panel = new Panel(
                Margin + (i % Columns * PanelWidth) + AxisWidth,
                LegendHeight + (i / Columns * PanelHeight) + (AxisHeight / 2),
                PanelWidth - AxisWidth - Margin,
                PanelHeight - AxisHeight);
            panel.Draw(svg, workload.Name, Percents, [.. Lines.Select(line => (line.Look, Percents.Select(p => line.Contender.HitRatio(workload, p)).ToArray()))]);
        }
        return svg.Finish();
    }

    private static void DrawLegend(SvgWriter svg)
    {
        const int SampleWidth = 32;
        const int EntryWidth = 130;
        svg.Text(Margin, 24, "Hit ratio in % over the size of the cache in % of the key space", "title");
        double x = Margin;
        foreach (Contender contender in Contender.All)
        {
            svg.Line(x, 44, x + SampleWidth, 44, "line " + Lines.Single(line => line.Contender == contender).Look);
            svg.Text(x + SampleWidth + 8, 48, contender.Name, "");
            x += SampleWidth + EntryWidth;
        }
    }
}
