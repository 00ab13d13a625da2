namespace HybridTiered.Samples.NativeAot;

/// <summary>A value whose serializer is written by the compiler.</summary>
internal sealed record Product(int Id, string Name);
