using HybridTiered.Invalidation;
using HybridTiered.Load.Caches;
using HybridTiered.Load.Measuring;
using HybridTiered.Load.Processes;

namespace HybridTiered.Load.Propagation;

/// <summary>How long another process serves the old value after a set.</summary>
internal sealed class PropagationVerb : IVerb
{
    public string Name => "propagation";

    public string Help => PropagationOptions.Help;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var options = PropagationOptions.From(arguments);
        await using RedisSource redis = await RedisSource.StartAsync(options.Redis);
        await using CacheInstance instance = await CacheInstance.ConnectAsync(redis.Address, redis.Prefix, static _ => { }, cancellationToken);
        using var receiver = ChildProcess.Start(
            PropagationReceiver.VerbName, "--redis", redis.Address, "--prefix", redis.Prefix, "--keys", $"{options.Keys}", "--update", options.Update ? "yes" : "no");
        await receiver.ExpectAsync("ready", cancellationToken);

        var sender = new PropagationSender(instance.Cache, receiver, options);
        await sender.PrepareAsync(cancellationToken);
        long sentBefore = SentBy(instance);
        long receivedBefore = await sender.ReadReceivedAsync(cancellationToken);
        var outcome = new PropagationOutcome();
        for (int left = options.Count; left > 0; left -= Math.Min(left, options.Keys))
            await sender.RunLapAsync(Math.Min(left, options.Keys), outcome, cancellationToken);

        long sent = SentBy(instance) - sentBefore;
        long received = await sender.ReadReceivedAsync(cancellationToken) - receivedBefore;
        Print($"sets          {options.Count,12:N0}  with {(options.Update ? "the new value pushed" : "the old value removed")}, {options.Rate} /s asked for");
        Print($"messages      {sent,12:N0}  sent");
        Print($"              {received,12:N0}  received");
        Print($"              {sent - received,12:N0}  lost");
        Print($"stale         {outcome.Stale,12:N0}  sets after which the old value stayed for good");
        Print($"set to seen   {Percentiles.Describe(outcome.Seen)}");
        Print($"set itself    {Percentiles.Describe(outcome.Calls)}");
        Print($"{Percentiles.Judge(outcome.Seen, "p50", 0.5, TimeSpan.FromMilliseconds(1))}");
        Print($"{Percentiles.Judge(outcome.Seen, "p99", 0.99, TimeSpan.FromMilliseconds(5))}");
        return outcome.Stale == 0 && sent == options.Count && received == sent ? ExitCode.Ok : ExitCode.Failed;
    }

    private static long SentBy(CacheInstance instance)
    {
        IReadOnlyDictionary<InvalidationKind, long> sent = instance.Cache.GetStatistics().Invalidations.Sent;
        return sent.GetValueOrDefault(InvalidationKind.Key) + sent.GetValueOrDefault(InvalidationKind.Update);
    }

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
