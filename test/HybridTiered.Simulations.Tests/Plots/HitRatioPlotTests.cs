using System.Xml.Linq;
using HybridTiered.Simulations.Comparison;
using HybridTiered.Simulations.Plots;
using HybridTiered.Simulations.Workloads;

namespace HybridTiered.Simulations.Tests.Plots;

[TestFixture, Category("Unit")]
public sealed class HitRatioPlotTests
{
    private readonly Workload[] _workloads =
    [
        new Workload("Same & same", 100, 100, [.. Enumerable.Repeat(1, 100)]),
        new Workload("Never <twice>", 100, 100, [.. Enumerable.Range(0, 100)]),
    ];

    [Test]
    public void It_is_an_image_with_a_panel_for_each_workload_and_a_line_for_each_contender()
    {
        XElement svg = XElement.Parse(HitRatioPlot.Draw(_workloads));
        XNamespace ns = "http://www.w3.org/2000/svg";

        string[] texts = [.. svg.Elements(ns + "text").Select(t => t.Value)];
        Assert.That(_workloads.Select(w => w.Name).Concat(Contender.All.Select(c => c.Name)), Is.SubsetOf(texts));
        Assert.That(svg.Elements(ns + "polyline").Count(), Is.EqualTo(_workloads.Length * Contender.All.Count));
    }

    [Test]
    public void Points_lie_within_the_image_even_where_nothing_is_ever_hit()
    {
        XElement svg = XElement.Parse(HitRatioPlot.Draw(_workloads));
        double width = (double)svg.Attribute("width")!;
        double height = (double)svg.Attribute("height")!;

        foreach (string pair in svg.Descendants().Attributes("points").SelectMany(points => points.Value.Split(' ')))
        {
            double[] point = [.. pair.Split(',').Select(n => double.Parse(n, System.Globalization.CultureInfo.InvariantCulture))];
            Assert.That(point[0], Is.InRange(0, width), pair);
            Assert.That(point[1], Is.InRange(0, height), pair);
        }
    }
}
