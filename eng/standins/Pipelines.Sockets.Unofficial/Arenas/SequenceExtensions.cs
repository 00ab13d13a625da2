namespace Pipelines.Sockets.Unofficial.Arenas;

public static class SequenceExtensions
{
    public static TTo[] ToArray<TFrom, TTo>(this in Sequence<TFrom> source, Projection<TFrom, TTo> projection)
    {
        var result = new TTo[source.Length];
        source.CopyTo(result, projection);
        return result;
    }

    public static TTo[] ToArray<TFrom, TState, TTo>(this in Sequence<TFrom> source, Projection<TFrom, TState, TTo> projection, in TState state)
    {
        Span<TFrom> from = source.FirstSpan;
        var result = new TTo[from.Length];
        for (int i = 0; i < result.Length; i++)
            result[i] = projection(in from[i], in state);
        return result;
    }

    public static void CopyTo<TFrom, TTo>(this in Sequence<TFrom> source, Span<TTo> destination, Projection<TFrom, TTo> projection)
    {
        Span<TFrom> from = source.FirstSpan;
        for (int i = 0; i < from.Length; i++)
            destination[i] = projection(in from[i]);
    }
}
