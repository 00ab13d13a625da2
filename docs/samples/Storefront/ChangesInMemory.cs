namespace Storefront;

/// <summary>The changes of one process: a shop that is open in one place.</summary>
internal sealed class ChangesInMemory : IProductChanges
{
    private readonly Product?[] _products = new Product?[Catalogue.ProductCount + 1];
    private readonly Lock _writing = new();

    public Product? Find(int id) => Volatile.Read(ref _products[id]);

    public ValueTask<Product> ChangeAsync(Product original, string name, decimal price)
    {
        lock (_writing)
        {
            Product changed = (Find(original.Id) ?? original).ChangedTo(name, price);
            Volatile.Write(ref _products[changed.Id], changed);
            return new ValueTask<Product>(changed);
        }
    }
}
