namespace HybridTiered.Disk.Torture;

public enum TortureKind
{
    Write,
    Remove,
    Read,
    Position,
}
