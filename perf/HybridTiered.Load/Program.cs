using HybridTiered.Load;
using HybridTiered.Load.Http;

IVerb[] verbs = [new HttpVerb()];

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

if (verbs.FirstOrDefault(v => args.Length > 0 && v.Name == args[0]) is not { } verb)
{
    Console.Error.WriteLine("usage: dotnet run -c Release --project perf/HybridTiered.Load -- VERB [--option value]...");
    foreach (IVerb known in verbs)
        Console.Error.WriteLine($"\n  {known.Name}\n{known.Help}");
    return ExitCode.Usage;
}
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
catch (Exception e) when (e is HttpRequestException or InvalidOperationException or TimeoutException)
{
    Console.Error.WriteLine($"{verb.Name}: {e.Message}");
    return ExitCode.Failed;
}
