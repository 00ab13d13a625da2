using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tiers;

/// <summary>A script that is called by its hash. Called by its text, the client would look up its hash by the whole text for every call.</summary>
internal sealed class RedisScript(string text)
{
    private const string Unknown = "NOSCRIPT";

    public string Text => text;

    // The hash by which the server knows scripts; it protects nothing.
#pragma warning disable CA5350
    private readonly byte[] _hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350

    /// <summary>Runs it, and tells the server its text first if the server does not know it, or not any more.</summary>
    // The pooled builder spares the box of the state machine, as this path runs for every miss.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RedisResult> EvaluateAsync(IDatabase database, RedisKey[] keys, RedisValue[] arguments)
    {
        try
        {
            return await database.ScriptEvaluateAsync(_hash, keys, arguments).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith(Unknown, StringComparison.Ordinal))
        {
            return await database.ScriptEvaluateAsync(text, keys, arguments).ConfigureAwait(false);
        }
    }
}
