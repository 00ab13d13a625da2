using System.Text;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tiers;

/// <summary>Puts the instance name before keys, without copying either.</summary>
internal sealed class RedisKeyspace(string prefix)
{
    // As bytes the prefix is kept beside the key by reference; as a string it would be concatenated for every call.
    private readonly RedisKey _prefix = Encoding.UTF8.GetBytes(prefix);

    public string Prefix => prefix;

    public RedisKey this[string key] => prefix.Length == 0 ? key : new RedisKey(key).Prepend(_prefix);
}
