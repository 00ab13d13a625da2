using BenchmarkDotNet.Running;
using HybridTiered.Benchmarks.Gate;

// dotnet run -c Release --project perf/HybridTiered.Benchmarks -- gate             the limits, in under a minute
// dotnet run -c Release --project perf/HybridTiered.Benchmarks -- --filter '*L1*'  BenchmarkDotNet's own options
if (args is ["gate"])
    return HotPathGate.Run(Console.Out);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
