using System.ComponentModel;

namespace Storefront;

/// <summary>A product. Nobody can change one, so the cache hands the same instance to every reader.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Category">The category it belongs to.</param>
/// <param name="Price">Its price.</param>
/// <param name="Version">How often it was changed, plus one: shows which state an answer has.</param>
[ImmutableObject(true)]
internal sealed record Product(int Id, string Name, string Category, decimal Price, long Version);
