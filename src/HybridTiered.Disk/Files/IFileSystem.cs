namespace HybridTiered.Disk.Files;

/// <summary>What the tier needs of the operating system's file system.</summary>
internal interface IFileSystem
{
    /// <summary>Creates a folder and its parents unless they are there.</summary>
    void CreateDirectory(string directory);

    /// <summary>The names, without folder, of the files in a folder.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>Opens a file that is there.</summary>
    ISegmentFile Open(string path);

    /// <summary>Creates an empty file, in place of one that may be there.</summary>
    ISegmentFile Create(string path);

    /// <summary>Deletes a file, which may be open.</summary>
    void Delete(string path);

    /// <summary>Takes a lock file that no other process, and nobody else in this one, can hold at the same time.</summary>
    /// <exception cref="IOException">Somebody holds it.</exception>
    IDisposable Lock(string path);
}
