using System.Diagnostics.CodeAnalysis;

namespace HybridTiered.Redis.Streams;

/// <summary>Events in streams that the server keeps, for any number of readers, each at its own place, or for groups of consumers that share the work.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "A stream in the sense of Redis Streams, and of the word among people who publish events.")]
public interface IEventStream
{
    /// <summary>Appends an event, and trims the stream to about <see cref="RedisEventStreamOptions.MaximumLength"/>.</summary>
    /// <param name="stream">The stream; it begins to exist with its first event.</param>
    /// <param name="fields">What the event says; at least one.</param>
    /// <param name="cancellationToken">Cancels the wait; the event may have been appended.</param>
    /// <returns>The event's id.</returns>
    ValueTask<EventId> PublishAsync(string stream, IReadOnlyList<EventField> fields, CancellationToken cancellationToken = default);

    /// <summary>Reads the latest events, the newest first.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="maximum">How many at most, 1 or more.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask<IReadOnlyList<StreamEvent>> ReadLatestAsync(string stream, int maximum, CancellationToken cancellationToken = default);

    /// <summary>Reads the events after an id, oldest first, and goes on with those that come. Does not end by itself.</summary>
    /// <param name="stream">The stream; it need not exist yet.</param>
    /// <param name="after">The id of the last event that is known, or <see cref="EventId.Beginning"/> for all.</param>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    IAsyncEnumerable<StreamEvent> ReadAfterAsync(string stream, EventId after, CancellationToken cancellationToken = default);

    /// <summary>Creates a group of consumers, and the stream if need be.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="group">The group.</param>
    /// <param name="after">The group gets the events after this one.</param>
    /// <param name="cancellationToken">Cancels the wait; the group may have been created.</param>
    /// <returns>Whether the group is new. One that exists keeps its place.</returns>
    ValueTask<bool> CreateGroupAsync(string stream, string group, EventId after, CancellationToken cancellationToken = default);

    /// <summary>Takes the next events that no consumer of the group has had. They are pending until acknowledged.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="group">The group.</param>
    /// <param name="consumer">Who takes them; begins to exist by this.</param>
    /// <param name="maximum">How many at most, 1 or more.</param>
    /// <param name="cancellationToken">Cancels the wait; events may have been handed out and are then pending.</param>
    /// <returns>The events, oldest first; none if there are none now.</returns>
    ValueTask<IReadOnlyList<StreamEvent>> ReadGroupAsync(string stream, string group, string consumer, int maximum, CancellationToken cancellationToken = default);

    /// <summary>Says that events have been dealt with.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="group">The group.</param>
    /// <param name="ids">Their ids.</param>
    /// <param name="cancellationToken">Cancels the wait; the events may have been acknowledged.</param>
    /// <returns>How many were pending until now.</returns>
    ValueTask<long> AcknowledgeAsync(string stream, string group, IReadOnlyList<EventId> ids, CancellationToken cancellationToken = default);

    /// <summary>Takes over events that were handed out to a consumer of the group and not acknowledged for some time, as when it has died.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="group">The group.</param>
    /// <param name="consumer">Who takes them over.</param>
    /// <param name="idleFor">How long ago they must have been handed out at least.</param>
    /// <param name="maximum">How many at most, 1 or more.</param>
    /// <param name="cancellationToken">Cancels the wait; events may have been taken over.</param>
    ValueTask<IReadOnlyList<StreamEvent>> ClaimStaleAsync(
        string stream, string group, string consumer, TimeSpan idleFor, int maximum, CancellationToken cancellationToken = default);
}
