using HybridTiered.TestServers.Network;

namespace HybridTiered.Load.Faults;

/// <summary>All scenarios.</summary>
internal static class Scenarios
{
    public static readonly Scenario FrozenInstance = new("instance-frozen", "one instance is frozen (SIGSTOP) and resumed")
    {
        InflictAsync = static (laboratory, token) => laboratory.FreezeInstanceAsync(token),
        Scale = 2,
    };

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("redis-killed-empty", "Redis is killed (SIGKILL) and comes back without data")
        {
            InflictAsync = KillAndRestartAsync,
        },
        new("redis-killed-data", "Redis is killed (SIGKILL) and comes back with its data")
        {
            InflictAsync = KillAndRestartAsync,
            AppendOnly = true,
        },
        new("redis-frozen", "Redis is frozen (SIGSTOP) and resumed")
        {
            InflictAsync = static async (laboratory, token) =>
            {
                laboratory.Redis.Suspend();
                await laboratory.LastAsync(token);
                laboratory.Redis.Resume();
            },
        },
        new("subscribers-killed", "the connections of subscribers are killed, again and again")
        {
            InflictAsync = static (laboratory, token) => laboratory.RepeatAsync(() => laboratory.Redis.CommandAsync("CLIENT KILL TYPE pubsub"), token),
        },
        Damaged("subscribers-dropped", "bytes to subscribers are lost", TrafficFault.Drop),
        Damaged("subscribers-swallowed", "whole messages to subscribers are lost", TrafficFault.Swallow),
        Damaged("subscribers-delayed", "bytes to subscribers are late", TrafficFault.Delay),
        Damaged("subscribers-truncated", "connections of subscribers end in the middle of a message", TrafficFault.Truncate),
        Damaged("subscribers-duplicated", "bytes to subscribers come twice", TrafficFault.Duplicate),
        new("redis-full", "Redis has no memory left (maxmemory, noeviction)")
        {
            InflictAsync = static async (laboratory, token) =>
            {
                await laboratory.Redis.CommandAsync("CONFIG SET maxmemory 1");
                await laboratory.LastAsync(token);
                await laboratory.Redis.CommandAsync("CONFIG SET maxmemory 0");
            },
        },
        new("redis-read-only", "Redis becomes a replica, so that it refuses writes, and a primary again")
        {
            InflictAsync = static async (laboratory, token) =>
            {
                // Nobody listens on that port, so it keeps what it has.
                await laboratory.Redis.CommandAsync("REPLICAOF 127.0.0.1 1");
                await laboratory.LastAsync(token);
                await laboratory.Redis.PromoteAsync();
            },
        },
        new("failover", "a replica takes over by hand (FAILOVER)")
        {
            InflictAsync = static async (laboratory, token) =>
            {
                await laboratory.Redis.CommandAsync($"FAILOVER TO 127.0.0.1 {laboratory.Replica.Port}");
                await laboratory.LastAsync(token);
            },
            HasReplica = true,
        },
        new("failover-lossy", "the primary is killed (SIGKILL), and a replica that lacks its last writes is promoted by hand")
        {
            InflictAsync = static async (laboratory, token) =>
            {
                // What is written from here on does not reach the replica, which keeps what it has and looks for a primary where there is none.
                await laboratory.Replica.CommandAsync("REPLICAOF 127.0.0.1 1");
                await Task.Delay(TimeSpan.FromMilliseconds(500), token);
                laboratory.BeginToGoBack();
                laboratory.Redis.Kill();
                await laboratory.Replica.PromoteAsync();
                laboratory.HasGoneBack();
                await laboratory.LastAsync(token);
            },
            HasReplica = true,
        },
        FrozenInstance,
        new("journal-trimmed", "the journal is trimmed to nothing while the connections of subscribers are killed")
        {
            InflictAsync = static (laboratory, token) => laboratory.RepeatAsync(
                async () =>
                {
                    await laboratory.Redis.CommandAsync("CLIENT KILL TYPE pubsub");
                    await laboratory.Redis.CommandAsync($"XTRIM {Laboratory.Journal} MAXLEN 0");
                },
                token),
        },
    ];

    private static Scenario Damaged(string name, string description, TrafficFault fault) => new(name, description)
    {
        InflictAsync = async (laboratory, token) =>
        {
            laboratory.Proxy.Fault = fault;
            await laboratory.LastAsync(token);
            laboratory.Proxy.Fault = TrafficFault.None;
        },
        HasProxy = true,
    };

    private static async Task KillAndRestartAsync(Laboratory laboratory, CancellationToken cancellationToken)
    {
        laboratory.Redis.Kill();
        await laboratory.LastAsync(cancellationToken);
        await laboratory.Redis.StartAsync();
    }
}
