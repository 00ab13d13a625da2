using HybridTiered.Invalidation;
using StackExchange.Redis;

namespace HybridTiered.Redis.Invalidation;

/// <summary>
/// One entry of the journal: the message for instances that catch up, and beside it what a person wants to read: <c>type</c>, and <c>name</c> or <c>count</c>.
/// The time is in the entry's id.
/// </summary>
internal static class JournalEntry
{
    /// <summary>The field that holds the message.</summary>
    public const string MessageField = "message";

    /// <summary>What the journal keeps of a message: an update without its value, as whoever reads it later must not bring back a value from then.</summary>
    public static InvalidationMessage WithoutPayload(InvalidationMessage message) => message.Kind == InvalidationKind.Update
        ? new InvalidationMessage(InvalidationKind.Key, message.Origin, message.Timestamp, message.Names, message.Version)
        : message;

    /// <summary>The readable fields, names and values in turn.</summary>
    public static RedisValue[] Describe(InvalidationMessage message) => message.Names switch
    {
        { Count: 0 } => ["type", NameOf(message.Kind)],
        { Count: 1 } => ["type", NameOf(message.Kind), "name", message.Names[0]],
        _ => ["type", NameOf(message.Kind), "count", message.Names.Count],
    };

    /// <summary>Reads an entry of the reply to XRANGE.</summary>
    /// <param name="entry">Its id and its fields.</param>
    /// <param name="id">The id.</param>
    /// <param name="message">The message, or <see langword="null"/> when the entry holds none that can be understood.</param>
    public static void Read(RedisResult entry, out JournalId id, out InvalidationMessage? message)
    {
        id = ReadId(entry[0]);
        message = null;
        RedisResult fields = entry[1];
        for (int i = 0; i + 1 < fields.Length; i += 2)
        {
            if ((string?)fields[i] == MessageField && (byte[]?)fields[i + 1] is { } bytes)
                MessageCodec.TryRead(bytes, out message);
        }
    }

    /// <summary>Reads an id in a reply.</summary>
    /// <exception cref="RedisException">The reply is no id.</exception>
    public static JournalId ReadId(RedisResult reply) =>
        JournalId.TryParse((string?)reply, out JournalId id) ? id : throw new RedisException("The server answered with something else than the id of a journal entry.");

    private static string NameOf(InvalidationKind kind) => kind switch
    {
        InvalidationKind.Key => "key",
        InvalidationKind.Keys => "keys",
        InvalidationKind.Tag => "tag",
        InvalidationKind.Pattern => "pattern",
        InvalidationKind.All => "all",
        InvalidationKind.Update => "update",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind."),
    };
}
