namespace HybridTiered.Benchmarks;

/// <summary>Tags as an application passes them: arrays that it keeps.</summary>
internal static class HotTags
{
    public static readonly string[] Five = ["products", "category:tea", "tenant:7", "season:winter", "warehouse:3"];

    public static readonly string[] One = Five[..1];

    public static readonly string[] Two = Five[..2];
}
