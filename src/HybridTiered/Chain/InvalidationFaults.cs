namespace HybridTiered.Chain;

/// <summary>Collects what went wrong while an invalidation went through the tiers.</summary>
internal struct InvalidationFaults
{
    private List<(string Where, Exception Fault)>? _faults;

    public void Add(string where, Exception? fault)
    {
        if (fault is not null)
            (_faults ??= []).Add((where, fault));
    }

    /// <exception cref="InvalidationIncompleteException">Something went wrong.</exception>
    public readonly void ThrowIfAny()
    {
        if (_faults is null)
            return;
        Exception inner = _faults.Count == 1 ? _faults[0].Fault : new AggregateException(_faults.Select(f => f.Fault));
        throw new InvalidationIncompleteException(
            $"The invalidation failed at {string.Join(", ", _faults.Select(f => f.Where))}. It is queued and will be tried again until it is done; "
            + "until then this instance does not read what it concerns from there.",
            inner);
    }
}
