using System.Text.Json.Serialization;

namespace HybridTiered.Samples.NativeAot;

/// <summary>Every type that the application caches, apart from texts and bytes.</summary>
[JsonSerializable(typeof(Product))]
internal sealed partial class ShopContext : JsonSerializerContext;
