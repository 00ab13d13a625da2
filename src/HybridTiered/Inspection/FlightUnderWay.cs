namespace HybridTiered.Inspection;

/// <summary>A flight at the moment somebody looked.</summary>
/// <param name="Key">The key.</param>
/// <param name="Age">Time since it started.</param>
/// <param name="Callers">How many callers wait for it; 0 while only its writes behind go on.</param>
/// <param name="Tainted">Whether its key was invalidated meanwhile, so that its result is not stored.</param>
public sealed record FlightUnderWay(string Key, TimeSpan Age, int Callers, bool Tainted);
