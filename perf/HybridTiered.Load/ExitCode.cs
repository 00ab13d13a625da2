namespace HybridTiered.Load;

/// <summary>How a program ends.</summary>
internal static class ExitCode
{
    /// <summary>Everything was as it should be.</summary>
    public const int Ok = 0;

    /// <summary>Something was not, or could not be found out.</summary>
    public const int Failed = 1;

    /// <summary>The command line cannot be understood.</summary>
    public const int Usage = 2;
}
