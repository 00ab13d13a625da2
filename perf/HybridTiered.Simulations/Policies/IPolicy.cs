namespace HybridTiered.Simulations.Policies;

/// <summary>A cache of entries of equal size, reduced to what it keeps.</summary>
internal interface IPolicy
{
    /// <summary>Asks for a key. One that is not kept is then kept, in place of another if there is no room.</summary>
    /// <returns>Whether it was kept already.</returns>
    bool Access(int key);
}
