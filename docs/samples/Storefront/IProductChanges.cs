namespace Storefront;

/// <summary>What has become of the products that were changed: the part of the source that is written to.</summary>
internal interface IProductChanges
{
    /// <summary>The product as it is now; <see langword="null"/> if it was never changed.</summary>
    Product? Find(int id);

    /// <summary>Changes a product, and gives it the next version.</summary>
    /// <param name="original">The product as it was before any change.</param>
    /// <param name="name">Its new name.</param>
    /// <param name="price">Its new price.</param>
    /// <returns>The product as it is now.</returns>
    ValueTask<Product> ChangeAsync(Product original, string name, decimal price);
}
