using HybridTiered.Simulations.Comparison;
using HybridTiered.Simulations.Plots;
using HybridTiered.Simulations.Workloads;

// dotnet run -c Release --project perf/HybridTiered.Simulations                          the limits, in seconds
// dotnet run -c Release --project perf/HybridTiered.Simulations -- table                 all policies, as a table
// dotnet run -c Release --project perf/HybridTiered.Simulations -- plots docs/images     all policies, as a picture
IEnumerable<Workload> workloads = PublishedShapes.Standard.All;
switch (args)
{
    case []:
        return HitRatioGate.Run(workloads, Console.Out);
    case ["table"]:
        HitRatioTable.Write(workloads, Console.Out);
        return 0;
    case ["plots", string folder]:
        string path = Path.Combine(folder, "hit-ratio.svg");
        File.WriteAllText(path, HitRatioPlot.Draw(workloads));
        Console.WriteLine(path);
        return 0;
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project perf/HybridTiered.Simulations -- [table | plots FOLDER]");
        return 2;
}
