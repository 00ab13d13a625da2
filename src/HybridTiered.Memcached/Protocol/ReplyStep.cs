namespace HybridTiered.Memcached.Protocol;

/// <summary>What follows the line of an answer.</summary>
internal enum ReplyStep
{
    /// <summary>Nothing: the answer is complete.</summary>
    Done,

    /// <summary>Another line of the same answer.</summary>
    Line,

    /// <summary>A data block of <see cref="PendingCommand.BlockLength"/> bytes.</summary>
    Block,
}
