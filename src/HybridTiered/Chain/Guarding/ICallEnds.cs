namespace HybridTiered.Chain.Guarding;

/// <summary>Told how calls end, before those who wait for them are.</summary>
/// <typeparam name="T">What the calls return.</typeparam>
internal interface ICallEnds<T>
{
    /// <summary>A call was answered.</summary>
    /// <returns>What its caller gets.</returns>
    T Succeeded(T result);

    /// <summary>A call failed or took too long.</summary>
    /// <param name="fault">Why.</param>
    /// <param name="start">What is known of its start.</param>
    /// <param name="instead">What its caller gets instead of the failure, if that is what becomes of it.</param>
    /// <returns>Whether the caller is spared the failure.</returns>
    bool TryReplace(Exception fault, in CallStart start, out T instead);

    /// <summary>A call was answered after it had been given up. Must not throw: nobody waits any more who could be told.</summary>
    void Late(T result);
}
