using HybridTiered.Packages.Tests.Packing;

namespace HybridTiered.Packages.Tests;

/// <summary>Deletes the packed files after the last test.</summary>
[SetUpFixture]
public sealed class PackedFolderCleanup
{
    [OneTimeTearDown]
    public void DeleteWhatWasPacked() => PackedFolder.Delete();
}
