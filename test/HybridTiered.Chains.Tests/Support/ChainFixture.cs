using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HybridTiered.Configuration;
using HybridTiered.TestServers.Memcached;
using HybridTiered.TestServers.Redis;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Chains.Tests.Support;

/// <summary>Memory, disk, Redis and Memcached as one chain, each on a server of its own; every test has a folder and a key prefix of its own.</summary>
[Category("Redis"), Category("Memcached"), CancelAfter(60_000)]
public abstract class ChainFixture
{
    private readonly List<ChainCache> _caches = [];
    private int _tests;
    private DirectoryInfo _folder = null!;

    /// <summary>How much longer entries live in each tier than their base duration, and of how many hits one is promoted.</summary>
    private protected Dictionary<Level, TierOptions> Options { get; } = [];

    private protected MovableTime Time { get; private set; } = null!;

    protected RedisServer Redis { get; private set; } = null!;

    protected MemcachedServer Memcached { get; private set; } = null!;

    protected string Prefix { get; private set; } = null!;

    protected static IEnumerable<Level> Levels => Enum.GetValues<Level>();

    [OneTimeSetUp]
    public async Task StartServers()
    {
        Redis = await RedisServer.StartAsync();
        Memcached = await MemcachedServer.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopServers()
    {
        Memcached?.Dispose();
        if (Redis is not null)
            await Redis.DisposeAsync();
    }

    [SetUp]
    public void Prepare()
    {
        Prefix = string.Create(CultureInfo.InvariantCulture, $"test{_tests++}:");
        Time = new MovableTime();
        _folder = Directory.CreateTempSubdirectory("hybridtiered-chain-");
        foreach (Level level in Levels)
            Options[level] = new TierOptions();
    }

    [TearDown]
    public async Task CleanUp()
    {
        await CloseAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>A cache on the given tiers, at their usual levels; all of them if none is given. Those opened before are closed first, because the disk belongs to one.</summary>
    private protected Task<ChainCache> OpenAsync(params Level[] levels) => OpenAsync(builder => Describe(builder, levels.Length == 0 ? [.. Levels] : levels));

    /// <summary>A cache as it is described. Those opened before are closed first.</summary>
    private protected async Task<ChainCache> OpenAsync(Action<HybridTieredBuilder> describe)
    {
        await CloseAsync();
        var cache = new ChainCache(Time, describe);
        _caches.Add(cache);
        return cache;
    }

    /// <summary>Puts a value into some tiers alone.</summary>
    private protected async Task SeedAsync(string key, string value, TimeSpan? expiration = null, params Level[] levels)
    {
        ChainCache cache = await OpenAsync(levels);
        await cache.SetAsync(key, value, expiration);
        await CloseAsync();
    }

    /// <summary>Whether the servers hold bytes under a key, whatever the cache thinks of them.</summary>
    protected async Task<(bool InRedis, bool InMemcached)> ServersHoldAsync(string key) =>
        (await Redis.CommandAsync($"HEXISTS {Prefix}{key} data") == ":1", await MemcachedLifeAsync(key) is not null);

    /// <summary>Milliseconds that Redis will keep a key.</summary>
    protected async Task<double> RedisLifeAsync(string key) =>
        double.Parse((await Redis.CommandAsync($"PTTL {Prefix}{key}"))[1..], CultureInfo.InvariantCulture);

    /// <summary>Seconds that Memcached will keep a key; <see langword="null"/> when it has none, or the mark of a removal.</summary>
    protected async Task<double?> MemcachedLifeAsync(string key)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Memcached.Port);
        using NetworkStream stream = client.GetStream();
        using var writer = new StreamWriter(stream) { NewLine = "\r\n", AutoFlush = true };
        using var reader = new StreamReader(stream);
        await writer.WriteLineAsync($"mg {Prefix}{key} t s");
        string[] answer = (await reader.ReadLineAsync() ?? "").Split(' ');
        // A removal leaves an item that has nothing but its header.
        return answer is ["HD", ['t', .. string life], ['s', .. string size]] && int.Parse(size, CultureInfo.InvariantCulture) > LongestMark
            ? double.Parse(life, CultureInfo.InvariantCulture)
            : null;
    }

    private const int LongestMark = 32;

    private protected void Describe(HybridTieredBuilder builder, Level[] levels)
    {
        builder.Configure(o => o.KeyPrefix = Prefix);
        if (levels.Contains(Level.Disk))
            builder.AddDisk(_folder.FullName, o => Apply(o, Level.Disk));
        if (levels.Contains(Level.Redis))
            builder.AddRedis(Redis.EndPoint, o => Apply(o, Level.Redis));
        if (levels.Contains(Level.Memcached))
            builder.AddMemcached(Memcached.EndPoint, o => Apply(o, Level.Memcached));
    }

    private void Apply(TierOptions options, Level level)
    {
        options.CopyFrom(Options[level]);
        options.Level ??= (int)level;
    }

    private async Task CloseAsync()
    {
        foreach (ChainCache cache in _caches)
            await cache.DisposeAsync();
        _caches.Clear();
    }
}
