using HybridTiered.Entries;
using HybridTiered.Redis.Connections;
using HybridTiered.Tiers;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tiers;

// Large entries. A script copies and hashes each of its arguments: with a megabyte the server takes seven times as long for one as for HSET, and everybody else waits.
// So HSET puts the data under a name of its own, and the script makes it the entry by RENAME, in one transaction, so that nobody sees the name.
public sealed partial class RedisTier
{
    // From here on the server itself takes an argument over without copying it (PROTO_MBULK_BIG_ARG).
    private const int LeastMoved = 32 * 1024;

    // In case the script fails: the data under its own name is of no use to anybody.
    private static readonly TimeSpan Leftover = TimeSpan.FromSeconds(10);

    private static long _moves;

    private readonly string _moveSuffix = $":{Guid.NewGuid():N}:";
    private volatile bool _movesRefused;

    private async Task<EntryVersion> SendLargeAsync(
        IDatabase database, RedisScript script, RedisKey key, ReadOnlyMemory<byte> data, TierLifetime lifetime, EntryVersion? expected) =>
        await TryMoveAsync(database, key, data, lifetime, expected).ConfigureAwait(false)
        ?? ToVersion(await script.EvaluateAsync(database, [key], StoreArguments(data, lifetime, expected)).ConfigureAwait(false));

    /// <summary>Writes in a transaction, where there is one server, which allows it.</summary>
    /// <returns>The new version, none when it was refused; <see langword="null"/> where it cannot be done so.</returns>
    private async Task<EntryVersion?> TryMoveAsync(IDatabase database, RedisKey key, ReadOnlyMemory<byte> data, TierLifetime lifetime, EntryVersion? expected)
    {
        if (_movesRefused || database.Multiplexer.IsSharded(key))
            return null;
        RedisScript script = expected is null ? RedisTierScripts.WriteMoved : RedisTierScripts.WriteMovedIfUnchanged;
        RedisKey own = key.Append(_moveSuffix + Interlocked.Increment(ref _moves));
        ITransaction transaction = database.CreateTransaction();
        _ = transaction.HashSetAsync(own, DataField, data, flags: CommandFlags.FireAndForget);
        _ = transaction.KeyExpireAsync(own, Leftover, flags: CommandFlags.FireAndForget);
        // By its text: what the server does not know it could not be told within the transaction.
        Task<RedisResult> version = transaction.ScriptEvaluateAsync(
            script.Text, [key, own], StoreArguments(RedisValue.EmptyString, lifetime, expected), CommandFlags.NoScriptCache);
        version.Forget();
        try
        {
            return await transaction.ExecuteAsync().ConfigureAwait(false) ? ToVersion(await version.ConfigureAwait(false)) : null;
        }
        catch (Exception exception) when (exception is RedisCommandException or RedisServerException)
        {
            // Nothing has happened to the key, unless MULTI alone was refused: then a conditional write is refused below, this once. The script alone meets with the same fault if it is not about how this was done.
            _movesRefused |= exception is RedisCommandException || IsRefusal(exception.Message);
            return null;
        }
    }

    // No transactions or no RENAME for this user, or behind this proxy.
    private static bool IsRefusal(string message) =>
        message.Contains("NOPERM", StringComparison.Ordinal)
        || message.Contains("without MULTI", StringComparison.Ordinal)
        || message.Contains("can't run this command", StringComparison.Ordinal)
        || message.Contains("unknown command", StringComparison.OrdinalIgnoreCase);
}
