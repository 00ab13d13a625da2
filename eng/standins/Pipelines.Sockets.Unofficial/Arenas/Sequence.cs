namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>A run of elements in an array, without its element type: so a struct may hold one of itself.</summary>
public readonly struct Sequence
{
    private readonly Array? _array;
    private readonly int _offset;
    private readonly int _length;

    internal Sequence(Array? array, int offset, int length)
    {
        _array = array;
        _offset = offset;
        _length = length;
    }

    public long Length => _length;

    public Sequence<T> Cast<T>() => new((T[]?)_array, _offset, _length);
}
