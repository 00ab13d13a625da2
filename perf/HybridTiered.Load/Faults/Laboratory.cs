using System.Diagnostics;
using HybridTiered.Load.Coherence;
using HybridTiered.TestServers.Network;
using HybridTiered.TestServers.Redis;

namespace HybridTiered.Load.Faults;

/// <summary>What a scenario works upon: servers, the proxy before them, and the instances.</summary>
internal sealed class Laboratory : IAsyncDisposable
{
    private const string Prefix = "faults:";

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private readonly Scenario _scenario;
    private readonly FaultTimes _times;
    private CoherenceRun? _run;
    private RedisServer? _replica;
    private TcpProxy? _proxy;
    private int _frozen = -1;

    private Laboratory(Scenario scenario, FaultTimes times, RedisServer redis)
    {
        _scenario = scenario;
        _times = times;
        Redis = redis;
    }

    /// <summary>The server that the instances use at first.</summary>
    public RedisServer Redis { get; }

    public RedisServer Replica => _replica ?? throw new InvalidOperationException("This scenario has no replica.");

    public TcpProxy Proxy => _proxy ?? throw new InvalidOperationException("This scenario has no proxy.");

    /// <summary>The key of the journal.</summary>
    public static string Journal => Prefix + "cache:invalidations";

    /// <summary>How long the fault is to last.</summary>
    public TimeSpan FaultTime => _times.Fault * _scenario.Scale;

    private CoherenceRun Run => _run ?? throw new InvalidOperationException("There are no instances yet.");

    /// <summary>Runs a scenario from its beginning to its end.</summary>
    public static async Task<FaultOutcome> RunAsync(Scenario scenario, CoherenceSettings settings, FaultTimes times, CancellationToken cancellationToken)
    {
        RedisServer redis = await RedisServer.StartAsync(new RedisServerOptions { AppendOnly = scenario.AppendOnly });
        await using var laboratory = new Laboratory(scenario, times, redis);
        return await laboratory.RunAsync(settings, cancellationToken);
    }

    /// <summary>Lets the fault last for its time.</summary>
    public Task LastAsync(CancellationToken cancellationToken) => Task.Delay(FaultTime, cancellationToken);

    /// <summary>Does something again and again for the time of the fault.</summary>
    public async Task RepeatAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < FaultTime;)
        {
            await action();
            await Task.Delay(Step, cancellationToken);
        }
    }

    /// <summary>Freezes one instance for the time of the fault.</summary>
    public async Task FreezeInstanceAsync(CancellationToken cancellationToken)
    {
        _frozen = 0;
        Run.Board.HoldUntil(_frozen, long.MaxValue);
        Run.Workers[_frozen].Suspend();
        try
        {
            await LastAsync(cancellationToken);
        }
        finally
        {
            Run.Workers[_frozen].Resume();
            Run.Board.HoldUntil(_frozen, Stopwatch.GetTimestamp());
        }
    }

    /// <summary>Redis is about to lose what it has acknowledged.</summary>
    public void BeginToGoBack() => Run.Board.GoBackUntil(long.MaxValue);

    /// <summary>It has.</summary>
    public void HasGoneBack() => Run.Board.GoBackUntil(Stopwatch.GetTimestamp());

    public async ValueTask DisposeAsync()
    {
        _run?.Dispose();
        if (_proxy is not null)
            await _proxy.DisposeAsync();
        if (_replica is not null)
            await _replica.DisposeAsync();
        await Redis.DisposeAsync();
    }

    private async Task<FaultOutcome> RunAsync(CoherenceSettings settings, CancellationToken cancellationToken)
    {
        string address = Redis.EndPoint;
        if (_scenario.HasReplica)
        {
            _replica = await RedisServer.StartAsync();
            await _replica.FollowAsync(Redis);
            address = $"{address},{_replica.EndPoint}";
        }
        if (_scenario.HasProxy)
        {
            _proxy = await TcpProxy.StartAsync(Redis.Port, settings.Seed);
            address = _proxy.EndPoint;
        }
        _run = await CoherenceRun.StartAsync(settings, address + ",abortConnect=false", Prefix, cancellationToken);
        _run.LetLoose();

        // The first second compiles.
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        double before = await MeasureAsync(() => Task.Delay(_times.Calm, cancellationToken));
        double during = await MeasureAsync(() => _scenario.InflictAsync(this, cancellationToken));
        await Task.Delay(_times.After, cancellationToken);
        var outcome = new CoherenceOutcome(await _run.FinishAsync(cancellationToken));
        return new FaultOutcome(_scenario, outcome, before, during, _proxy?.Damaged);
    }

    // A frozen instance does not read; it counts neither before nor after.
    private async Task<double> MeasureAsync(Func<Task> phase)
    {
        int except = _scenario == Scenarios.FrozenInstance ? 0 : -1;
        long reads = ReadsExcept(except);
        long start = Stopwatch.GetTimestamp();
        await phase();
        return (ReadsExcept(except) - reads) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private long ReadsExcept(int worker) => Run.Board.Reads() - (worker < 0 ? 0 : Run.Board.Reads(worker));
}
