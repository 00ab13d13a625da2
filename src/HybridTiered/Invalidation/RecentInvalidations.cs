namespace HybridTiered.Invalidation;

/// <summary>The last invalidations that this instance has made or received, for people who want to watch them. Bounded in number, and in how many names each keeps.</summary>
internal sealed class RecentInvalidations
{
    public const int Capacity = 256;
    private const int NamesKept = 3;

    private readonly Lock _lock = new();
    private readonly Kept[] _ring = new Kept[Capacity];
    private long _last;

    public void Add(InvalidationDirection direction, InvalidationMessage message)
    {
        // Three names, so that a message of a thousand keys is not kept alive by being watched.
        IReadOnlyList<string> names = message.Names.Count <= NamesKept ? message.Names : [.. message.Names.Take(NamesKept)];
        lock (_lock)
            _ring[++_last % Capacity] = new Kept(direction, message.Kind, message.Timestamp, names, message.Names.Count, message.Origin);
    }

    /// <summary>What came after a sequence number, oldest first.</summary>
    public IReadOnlyList<InvalidationRecord> After(long sequence)
    {
        lock (_lock)
        {
            var records = new List<InvalidationRecord>();
            for (long i = Math.Max(Math.Max(0, sequence), _last - Capacity) + 1; i <= _last; i++)
                records.Add(_ring[i % Capacity].ToRecord(i));
            return records;
        }
    }

    private readonly record struct Kept(
        InvalidationDirection Direction, InvalidationKind Kind, long Timestamp, IReadOnlyList<string> Names, int Count, long Origin)
    {
        public InvalidationRecord ToRecord(long sequence) => new()
        {
            Sequence = sequence,
            // It may come from another instance, so any number is possible.
            Time = new DateTimeOffset(Math.Clamp(Timestamp, 0, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero),
            Direction = Direction,
            Kind = Kind,
            Names = Names,
            Count = Count,
            Origin = Origin,
        };
    }
}
