namespace HybridTiered;

/// <summary>Whether calls to a tier are let through.</summary>
public enum CircuitState
{
    /// <summary>Every call is made.</summary>
    Closed,

    /// <summary>The tier has lately failed too often, or not answered at all: calls are skipped until the break is over.</summary>
    Open,

    /// <summary>The break is over: one call at a time is let through, and its end decides.</summary>
    HalfOpen,
}
