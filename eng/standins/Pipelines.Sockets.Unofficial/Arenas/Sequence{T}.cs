namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>A run of elements in an array; always a single segment.</summary>
public readonly struct Sequence<T>
{
    private readonly T[]? _array;
    private readonly int _offset;
    private readonly int _length;

    internal Sequence(T[]? array, int offset, int length)
    {
        _array = array;
        _offset = offset;
        _length = length;
    }

    public long Length => _length;

    public bool IsEmpty => _length == 0;

    public bool IsSingleSegment => true;

    public Span<T> FirstSpan => new(_array, _offset, _length);

    public SpanEnumerable Spans => new(FirstSpan);

    public ref T this[int index] => ref FirstSpan[index];

    public Sequence Untyped() => new(_array, _offset, _length);

    public Enumerator GetEnumerator() => new(FirstSpan);

    public ref struct Enumerator(Span<T> span)
    {
        private readonly Span<T> _span = span;
        private int _index = -1;

        public readonly ref T Current => ref _span[_index];

        public bool MoveNext() => ++_index < _span.Length;

        public ref T GetNext() => ref _span[++_index];
    }

    public readonly ref struct SpanEnumerable(Span<T> span)
    {
        private readonly Span<T> _span = span;

        public SpanEnumerator GetEnumerator() => new(_span);
    }

    public ref struct SpanEnumerator(Span<T> span)
    {
        private bool _done = span.IsEmpty;

        public Span<T> Current { get; } = span;

        public bool MoveNext() => !_done && (_done = true);
    }
}
