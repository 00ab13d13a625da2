namespace HybridTiered.Redis.Connections;

/// <summary>What a user of a server with access control lists must be allowed to do.</summary>
public static class RedisPermissions
{
    /// <summary>
    /// The commands, in the form of <c>ACL SETUSER</c>. Besides, the user needs the keys and the channels that begin with the prefixes in the options
    /// (<c>~prefix* &amp;prefix*</c>).
    /// </summary>
    public const string Commands = "+@connection +@read +@write +@scripting +@pubsub +multi +exec -@dangerous -@admin +time +info +cluster|nodes";

    /// <summary>What <see cref="Tracking.RedisKeyTracking"/> needs besides, together with the channel <c>__redis__:invalidate</c>.</summary>
    public const string TrackingCommands = "+client|list +client|tracking +client|getredir";
}
