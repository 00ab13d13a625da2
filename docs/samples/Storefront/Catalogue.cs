namespace Storefront;

/// <summary>
/// The source of the data, as slow as a busy database: 3,000 products in 12 categories, 25 ms per read. A read sees the state at its beginning and
/// answers at its end, which gives a stale value every chance to slip into a cache.
/// </summary>
/// <param name="changes">Where changes are kept; shared by all processes of one shop.</param>
internal sealed class Catalogue(IProductChanges changes)
{
    public const int ProductCount = 3_000;

    public static readonly TimeSpan ReadTime = TimeSpan.FromMilliseconds(25);

    private static readonly string[] CategoryNames =
        ["books", "coffee", "cycling", "games", "garden", "kitchen", "lighting", "music", "office", "outdoors", "tea", "tools"];

    private static readonly string[] Adjectives = ["Blue", "Compact", "Everyday", "Folding", "Heavy", "Quiet", "Small", "Sturdy", "Tall", "Warm"];

    private readonly Product[] _originals = [.. Enumerable.Range(1, ProductCount).Select(Make)];
    private long _reads;
    private long _writes;

    /// <summary>The categories, in alphabetical order.</summary>
    public static IReadOnlyList<string> Categories => CategoryNames;

    /// <summary>Reads by this process so far.</summary>
    public long Reads => Volatile.Read(ref _reads);

    /// <summary>Changes made by this process so far.</summary>
    public long Writes => Volatile.Read(ref _writes);

    /// <summary>Reads one product; <see langword="null"/> when there is none.</summary>
    public Task<Product?> FindAsync(int id, CancellationToken cancellationToken) =>
        ReadAsync(Exists(id) ? Find(id) : null, cancellationToken);

    /// <summary>Reads all products of a category; <see langword="null"/> when there is no such category.</summary>
    public Task<CategoryPage?> FindCategoryAsync(string name, CancellationToken cancellationToken)
    {
        Product[] products = [.. _originals.Where(p => p.Category == name).Select(p => Find(p.Id))];
        return ReadAsync(products.Length == 0 ? null : new CategoryPage(name, products), cancellationToken);
    }

    /// <summary>Changes a product at once.</summary>
    /// <returns>The product as it is now, or <see langword="null"/> when there is none.</returns>
    public async ValueTask<Product?> UpdateAsync(int id, string name, decimal price)
    {
        if (!Exists(id))
            return null;
        Product changed = await changes.ChangeAsync(_originals[id - 1], name, price);
        Interlocked.Increment(ref _writes);
        return changed;
    }

    private Product Find(int id) => changes.Find(id) ?? _originals[id - 1];

    private static bool Exists(int id) => id is >= 1 and <= ProductCount;

    private static Product Make(int id)
    {
        string category = CategoryNames[id % CategoryNames.Length];
        string name = $"{Adjectives[id * 7 % Adjectives.Length]} {category} item {id}";
        return new Product(id, name, category, 1 + id * 37 % 20_000 / 100m, 1);
    }

    private async Task<T> ReadAsync<T>(T seen, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        await Task.Delay(ReadTime, cancellationToken);
        return seen;
    }
}
