using HybridTiered.Simulations.Comparison;
using HybridTiered.Simulations.Plots;
using HybridTiered.Simulations.Workloads;

// dotnet run -c Release --project perf/HybridTiered.Simulations                          the limits, in seconds
// dotnet run -c Release --project perf/HybridTiered.Simulations -- table                 all policies, as a table
// dotnet run -c Release --project perf/HybridTiered.Simulations -- plots docs/images     all policies, as a picture
var shapes = new PublishedShapes(keySpace: 50_000, requests: 1_000_000);
switch (args)
{
    case []:
        return HitRatioGate.Run(shapes.All, Console.Out);
    case ["table"]:
        HitRatioTable.Write(shapes.All, Console.Out);
        return 0;
    case ["plots", string folder]:
        string path = Path.Combine(folder, "hit-ratio.svg");
        File.WriteAllText(path, HitRatioPlot.Draw(shapes.All));
        Console.WriteLine(path);
        return 0;
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project perf/HybridTiered.Simulations -- [table | plots FOLDER]");
        return 2;
}
