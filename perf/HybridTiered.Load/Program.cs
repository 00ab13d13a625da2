using HybridTiered.Load;
using HybridTiered.Load.Coherence;
using HybridTiered.Load.Faults;
using HybridTiered.Load.Growth;
using HybridTiered.Load.Http;
using HybridTiered.Load.OutputCaching;
using HybridTiered.Load.Processes;
using HybridTiered.Load.Propagation;
using HybridTiered.Load.Stampede;
using HybridTiered.Load.StartUp;
using HybridTiered.Load.Storm;
using HybridTiered.Load.Tiers;
using StackExchange.Redis;

IVerb[] verbs =
[
    new HttpVerb(), new CoherentVerb(), new CoherenceVerb(), new FaultsVerb(), new PropagationVerb(), new StampedeVerb(), new StormVerb(), new TiersVerb(),
    new OutputCacheVerb(), new StartUpVerb(), new GrowthVerb(),
];
// What a verb starts as further processes of this program; not for the user.
IVerb[] children = [new PropagationReceiver(), new StampedeProcess(), new CoherenceWorker(), new PageServer(), new StartUpProcess()];

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

if (verbs.Concat(children).FirstOrDefault(v => args.Length > 0 && v.Name == args[0]) is not { } verb)
{
    Console.Error.WriteLine("usage: dotnet run -c Release --project perf/HybridTiered.Load -- VERB [--option value]...");
    foreach (IVerb known in verbs)
        Console.Error.WriteLine($"\n  {known.Name}\n{known.Help}");
    return ExitCode.Usage;
}
if (verbs.Contains(verb))
    Console.WriteLine(Machine.Describe(args));
try
{
    return await verb.RunAsync(new Arguments(args[1..]), stop.Token);
}
catch (UsageException e)
{
    Console.Error.WriteLine($"{verb.Name}: {e.Message}\n{verb.Help}");
    return ExitCode.Usage;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("stopped");
    return ExitCode.Failed;
}
catch (Exception e) when (e is HttpRequestException or InvalidOperationException or TimeoutException or IOException or RedisException)
{
    Console.Error.WriteLine($"{verb.Name}: {e.Message}");
    return ExitCode.Failed;
}
