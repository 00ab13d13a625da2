namespace HybridTiered.Invalidation;

/// <summary>What waits in the coordinator's inbox.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Received">The message, if it is one.</param>
/// <param name="Settled">Told when it has been handled, if anybody waits for that.</param>
internal readonly record struct CoordinatorEvent(CoordinatorEventKind Kind, ReceivedInvalidation Received = default, TaskCompletionSource? Settled = null);
