using BenchmarkDotNet.Running;
using HybridTiered.Benchmarks;
using HybridTiered.Benchmarks.Gate;

// dotnet run -c Release --project perf/HybridTiered.Benchmarks -- gate             every limit, in under 5 minutes; "gate hits" only that section
// dotnet run -c Release --project perf/HybridTiered.Benchmarks -- redis-parts      where the time of reads from Redis goes
// dotnet run -c Release --project perf/HybridTiered.Benchmarks -- --filter '*L1*'  BenchmarkDotNet's own options
if (args is ["gate", .. string[] sections])
    return PerformanceGate.Run(sections, Console.Out);
if (args is ["redis-parts"])
{
    await RedisParts.RunAsync(Console.Out);
    return 0;
}
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
