using System.Diagnostics;
using System.Runtime;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Load.StartUp;

/// <summary>One fresh process: registers a cache, builds the services, asks for one value, and reports how long that took, twice.</summary>
internal sealed class StartUpProcess : IVerb
{
    public const string VerbName = "startup-process";
    public const string Answered = "answered";

    public string Name => VerbName;

    public string Help => "";

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        string? redis = arguments.Take("redis");
        arguments.ThrowIfAnyLeft();

        TimeSpan compiledBefore = JitInfo.GetCompilationTime();
        (TimeSpan cold, IAsyncDisposable first) = await MeasureAsync(redis, cancellationToken);
        TimeSpan compiling = JitInfo.GetCompilationTime() - compiledBefore;
        // The same once more: what is left when every method has been compiled.
        (TimeSpan warm, IAsyncDisposable second) = await MeasureAsync(redis, cancellationToken);
        Console.WriteLine($"{Answered} {cold.Ticks} {compiling.Ticks} {warm.Ticks}");

        // Stays until it has been heard, and then ends at once: how a cache is closed is not measured.
        await Console.In.ReadLineAsync(cancellationToken);
        await first.DisposeAsync();
        await second.DisposeAsync();
        return ExitCode.Ok;
    }

    private static async Task<(TimeSpan Elapsed, IAsyncDisposable Services)> MeasureAsync(string? redis, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        var services = new ServiceCollection();
        services.AddHybridTiered(cache =>
        {
            cache.AddMemory();
            if (redis is not null)
                cache.AddRedis(redis).UseRedisBackplane();
        });
        ServiceProvider provider = services.BuildServiceProvider();
        string value = await provider.GetRequiredService<HybridCache>().GetOrCreateAsync(
            "start:" + Guid.NewGuid(), static _ => ValueTask.FromResult("value"), cancellationToken: cancellationToken);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        return value == "value" ? (elapsed, provider) : throw new InvalidOperationException($"The value is '{value}'.");
    }
}
