using HybridTiered.Entries;
using HybridTiered.Redis.Connections;
using HybridTiered.Tiers;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tiers;

// Operations on many keys: pipelined single-key commands, a bounded number under way at once, so they neither block the server nor cross slots of a cluster.
// Reads from a server that is no cluster take a script for each batch instead: a command and its answer cost both sides more than what a small entry does.
public sealed partial class RedisTier
{
    private const int ScanPageSize = 1000;

    // So many that a script costs little beside them, and so few that the client takes up one answer while the server still puts the next together.
    private const int MostKeysPerScript = 64;

    private static readonly RedisValue[] BytesPerScript = [256 * 1024];

    /// <inheritdoc/>
    public async ValueTask<TierEntry[]> ReadManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        IDatabase database = await _connection.GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        var entries = new TierEntry[keys.Count];
        var alone = new List<int>();
        if (keys.Count > 1 && !database.Multiplexer.IsSharded(_keys[keys[0]]))
            await ReadByScriptAsync(database, keys, entries, alone, cancellationToken).ConfigureAwait(false);
        else
            alone.AddRange(Enumerable.Range(0, keys.Count));
        try
        {
            await InBatchesAsync(
                alone.Count, i => database.HashGetLeaseAsync(_keys[keys[alone[i]]], DataField), (i, lease) => entries[alone[i]] = ToEntry(lease), cancellationToken)
                .ConfigureAwait(false);
        }
        catch
        {
            foreach (TierEntry entry in entries)
                entry.Dispose();
            throw;
        }
        return entries;
    }

    /// <inheritdoc/>
    public async ValueTask<EntryVersion[]> RemoveManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        IDatabase database = await _connection.GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        var versions = new EntryVersion[keys.Count];
        await InBatchesAsync(keys.Count, i => RemoveAsync(database, _keys[keys[i]]).AsTask(), (i, version) => versions[i] = ToVersion(version), cancellationToken)
            .ConfigureAwait(false);
        return versions;
    }

    /// <inheritdoc/>
    public async ValueTask<long> RemoveByPatternAsync(GlobPattern pattern, string keepPrefix, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(keepPrefix);
        IDatabase database = await _connection.GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        long removed = 0;
        foreach (IServer primary in RedisTopology.GetPrimaries(database.Multiplexer))
            removed += await RemoveByPatternAsync(primary, database, pattern, keepPrefix, cancellationToken).ConfigureAwait(false);
        return removed;
    }

    private async Task ReadByScriptAsync(
        IDatabase database, IReadOnlyList<string> keys, TierEntry[] entries, List<int> alone, CancellationToken cancellationToken)
    {
        int scripts = (keys.Count + MostKeysPerScript - 1) / MostKeysPerScript;
        int keysPerScript = (keys.Count + scripts - 1) / scripts;
        await InBatchesAsync(
            scripts,
            batch =>
            {
                int first = batch * keysPerScript;
                var some = new RedisKey[Math.Min(keysPerScript, keys.Count - first)];
                for (int i = 0; i < some.Length; i++)
                    some[i] = _keys[keys[first + i]];
                return RedisTierScripts.ReadMany.EvaluateAsync(database, some, BytesPerScript).AsTask();
            },
            (batch, found) =>
            {
                for (int i = 0; i < found.Length; i++)
                {
                    int key = (batch * keysPerScript) + i;
                    if (found[i].Resp2Type == ResultType.Integer)
                        alone.Add(key);
                    else if (!found[i].IsNull)
                        entries[key] = new TierEntry((ReadOnlyMemory<byte>)(RedisValue)found[i]);
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<long> RemoveByPatternAsync(
        IServer primary, IDatabase database, GlobPattern pattern, string keepPrefix, CancellationToken cancellationToken)
    {
        // The scan goes on behind its caller, who may have set keys anew by then; their versions are from after this moment.
        DateTime time = await primary.TimeAsync().OrCancelled(cancellationToken).ConfigureAwait(false);
        var begun = new EntryVersion((time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        NoteServerTime(begun);
        RedisValue[] arguments = [.. _removeArguments, begun.Value];
        RedisValue match = pattern.Prefixed(_keys.Prefix).Utf8Pattern;
        RedisValue cursor = 0;
        long removed = 0;
        do
        {
            RedisResult page = await primary.ExecuteAsync(database.Database, "SCAN", [cursor, "MATCH", match, "COUNT", ScanPageSize])
                .OrCancelled(cancellationToken).ConfigureAwait(false);
            cursor = (RedisValue)page[0];
            RedisKey[] found = Array.FindAll((RedisKey[])page[1]!, key => IsAsked(key, pattern, keepPrefix));
            await InBatchesAsync(
                found.Length,
                i => RedisTierScripts.RemoveEntry.EvaluateAsync(database, [found[i]], arguments).AsTask(),
                (_, version) => removed += (long)version > 0 ? 1 : 0,
                cancellationToken).ConfigureAwait(false);
        }
        while (cursor != 0);
        return removed;
    }

    // SCAN matches bytes and may yield more than the pattern, whose unit is the character.
    private bool IsAsked(RedisKey found, GlobPattern pattern, string keepPrefix)
    {
        string text = found!;
        ReadOnlySpan<char> key = text.AsSpan(Math.Min(_keys.Prefix.Length, text.Length));
        return text.StartsWith(_keys.Prefix, StringComparison.Ordinal)
            && pattern.Matches(key)
            && !(keepPrefix.Length > 0 && key.StartsWith(keepPrefix, StringComparison.Ordinal));
    }

    /// <summary>Starts up to a batch of commands at once and takes their answers in order. The first failure is thrown after the whole batch has ended.</summary>
    private async Task InBatchesAsync<T>(int count, Func<int, Task<T>> start, Action<int, T> take, CancellationToken cancellationToken)
    {
        var batch = new Task<T>[Math.Min(count, _batchSize)];
        for (int from = 0; from < count; from += batch.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int length = Math.Min(batch.Length, count - from);
            for (int i = 0; i < length; i++)
                batch[i] = start(from + i);
            Task all = Task.WhenAll(batch.AsSpan(0, length));
            await (cancellationToken.CanBeCanceled ? all.WaitAsync(cancellationToken) : all).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            for (int i = 0; i < length; i++)
            {
                if (batch[i].IsCompletedSuccessfully)
                    take(from + i, await batch[i].ConfigureAwait(false));
            }
            await all.ConfigureAwait(false);
        }
    }
}
