namespace Pipelines.Sockets.Unofficial;

/// <summary>Looks into multicast delegates without allocating.</summary>
public static class Delegates
{
    public static bool IsSingle(this MulticastDelegate handler) => handler.HasSingleTarget;

    public static DelegateEnumerable<T> AsEnumerable<T>(this T handler)
        where T : MulticastDelegate =>
        new(handler);

    public readonly struct DelegateEnumerable<T>(T handler)
        where T : MulticastDelegate
    {
        public DelegateEnumerator<T> GetEnumerator() => new(handler);
    }

    public struct DelegateEnumerator<T>(T handler) : IDisposable
        where T : MulticastDelegate
    {
        private Delegate.InvocationListEnumerator<T> _inner = Delegate.EnumerateInvocationList(handler);

        public readonly T Current => _inner.Current;

        public bool MoveNext() => _inner.MoveNext();

        /// <summary>Does nothing, but the client's <c>foreach</c> is compiled to call it.</summary>
        public readonly void Dispose()
        {
        }
    }
}
