using HybridTiered.Entries;
using HybridTiered.Redis.Connections;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tiers;

// Large entries. A script copies and hashes each of its arguments: with a megabyte the server takes seven times as long for one as for HSET, and everybody else waits.
// So HSET brings the data, and in the same transaction the script adds the rest. Where the version decides, HSET puts the data under a name of its own, which nobody sees,
// and the script makes it the entry by RENAME.
public sealed partial class RedisTier
{
    // From here on the server itself takes an argument over without copying it (PROTO_MBULK_BIG_ARG).
    private const int LeastLarge = 32 * 1024;

    // In case the script fails: the data under its own name is of no use to anybody.
    private static readonly TimeSpan Leftover = TimeSpan.FromSeconds(10);

    private static long _moves;

    private readonly string _moveSuffix = $":{Guid.NewGuid():N}:";
    private volatile bool _transactionsRefused;

    private async Task<EntryVersion> SendLargeAsync(
        IDatabase database, RedisScript script, RedisKey key, ReadOnlyMemory<byte> data, RedisValue[] arguments, bool isConditional) =>
        await TryWriteLargeAsync(database, key, data, arguments, isConditional).ConfigureAwait(false)
        ?? ToVersion(await script.EvaluateAsync(database, [key], arguments).ConfigureAwait(false));

    /// <summary>Writes in a transaction, where the server allows it.</summary>
    /// <returns>The new version, none when it was refused; <see langword="null"/> where it cannot be done so.</returns>
    private async Task<EntryVersion?> TryWriteLargeAsync(IDatabase database, RedisKey key, ReadOnlyMemory<byte> data, RedisValue[] arguments, bool isConditional)
    {
        // Two names would lie on two servers.
        if (_transactionsRefused || (isConditional && database.Multiplexer.IsSharded(key)))
            return null;
        ITransaction transaction = database.CreateTransaction();
        RedisValue[] withoutData = [RedisValue.EmptyString, .. arguments.AsSpan(1)];
        Task<RedisResult> version = isConditional ? QueueMove(transaction, key, data, withoutData) : QueueSet(transaction, key, data, withoutData);
        version.Forget();
        try
        {
            return await transaction.ExecuteAsync().ConfigureAwait(false) ? ToVersion(await version.ConfigureAwait(false)) : null;
        }
        catch (Exception exception) when (exception is RedisCommandException or RedisServerException)
        {
            // Nothing has happened to the key, unless MULTI alone was refused: then a conditional write is refused below, this once, and any other done again. The script alone meets
            // with the same fault if it is not about how this was done.
            _transactionsRefused |= exception is RedisCommandException || IsRefusal(exception.Message);
            return null;
        }
    }

    private static Task<RedisResult> QueueSet(ITransaction transaction, RedisKey key, ReadOnlyMemory<byte> data, RedisValue[] arguments)
    {
        _ = transaction.HashSetAsync(key, DataField, data, flags: CommandFlags.FireAndForget);
        return QueueScript(transaction, RedisTierScripts.WriteAround, [key], arguments);
    }

    private Task<RedisResult> QueueMove(ITransaction transaction, RedisKey key, ReadOnlyMemory<byte> data, RedisValue[] arguments)
    {
        RedisKey own = key.Append(_moveSuffix + Interlocked.Increment(ref _moves));
        _ = transaction.HashSetAsync(own, DataField, data, flags: CommandFlags.FireAndForget);
        _ = transaction.KeyExpireAsync(own, Leftover, flags: CommandFlags.FireAndForget);
        return QueueScript(transaction, RedisTierScripts.WriteMovedIfUnchanged, [key, own], arguments);
    }

    // By its text: what the server does not know it could not be told within the transaction.
    private static Task<RedisResult> QueueScript(ITransaction transaction, RedisScript script, RedisKey[] keys, RedisValue[] arguments) =>
        transaction.ScriptEvaluateAsync(script.Text, keys, arguments, CommandFlags.NoScriptCache);

    // No transactions or no RENAME for this user, or behind this proxy.
    private static bool IsRefusal(string message) =>
        message.Contains("NOPERM", StringComparison.Ordinal)
        || message.Contains("without MULTI", StringComparison.Ordinal)
        || message.Contains("can't run this command", StringComparison.Ordinal)
        || message.Contains("unknown command", StringComparison.OrdinalIgnoreCase);
}
