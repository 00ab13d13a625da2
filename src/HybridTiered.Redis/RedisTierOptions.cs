namespace HybridTiered.Redis;
/// <summary>x</summary>
public sealed class RedisTierOptions { /// <summary>x</summary>
public StackExchange.Redis.RedisKey K { get; set; } }
