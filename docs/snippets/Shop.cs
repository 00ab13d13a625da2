using System.Collections.ObjectModel;
using System.ComponentModel;

namespace HybridTiered.Snippets;

/// <summary>What the snippets cache: a product of a shop.</summary>
[ImmutableObject(true)]
public sealed record Product(int Id, string Name, string Category, decimal Price);

/// <summary>Where the snippets read it from.</summary>
public sealed class Database
{
    public ValueTask<Product?> FindProductAsync(int id, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<Product?>(new Product(id, $"Product {id}", "garden", 9.90m));

    public ValueTask<IReadOnlyDictionary<string, Product>> FindManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyDictionary<string, Product>>(ReadOnlyDictionary<string, Product>.Empty);

    public Task SaveAsync(Product product) => Task.CompletedTask;
}
