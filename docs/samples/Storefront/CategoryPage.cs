using System.ComponentModel;

namespace Storefront;

/// <summary>All products of a category, as they were at one moment.</summary>
/// <param name="Name">The category.</param>
/// <param name="Products">Its products, by id.</param>
[ImmutableObject(true)]
internal sealed record CategoryPage(string Name, IReadOnlyList<Product> Products);
