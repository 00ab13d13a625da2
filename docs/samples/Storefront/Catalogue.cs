namespace Storefront;

/// <summary>
/// The source of the data, as slow as a busy database: 3,000 products in 12 categories, 25 ms per read. A read sees the state at its beginning and
/// answers at its end, which gives a stale value every chance to slip into a cache.
/// </summary>
internal sealed class Catalogue
{
    public const int ProductCount = 3_000;

    public static readonly TimeSpan ReadTime = TimeSpan.FromMilliseconds(25);

    private static readonly string[] CategoryNames =
        ["books", "coffee", "cycling", "games", "garden", "kitchen", "lighting", "music", "office", "outdoors", "tea", "tools"];

    private static readonly string[] Adjectives = ["Blue", "Compact", "Everyday", "Folding", "Heavy", "Quiet", "Small", "Sturdy", "Tall", "Warm"];

    private readonly Product[] _products = [.. Enumerable.Range(1, ProductCount).Select(Make)];
    private readonly Lock _writing = new();
    private long _reads;
    private long _writes;

    /// <summary>The categories, in alphabetical order.</summary>
    public static IReadOnlyList<string> Categories => CategoryNames;

    /// <summary>Reads so far.</summary>
    public long Reads => Volatile.Read(ref _reads);

    /// <summary>Changes so far.</summary>
    public long Writes => Volatile.Read(ref _writes);

    /// <summary>Reads one product; <see langword="null"/> when there is none.</summary>
    public Task<Product?> FindAsync(int id, CancellationToken cancellationToken) =>
        ReadAsync(Exists(id) ? Volatile.Read(ref _products[id - 1]) : null, cancellationToken);

    /// <summary>Reads all products of a category; <see langword="null"/> when there is no such category.</summary>
    public Task<CategoryPage?> FindCategoryAsync(string name, CancellationToken cancellationToken)
    {
        Product[] products = [.. _products.Where(p => p.Category == name)];
        return ReadAsync(products.Length == 0 ? null : new CategoryPage(name, products), cancellationToken);
    }

    /// <summary>Changes a product at once.</summary>
    /// <returns>The product as it is now, or <see langword="null"/> when there is none.</returns>
    public Product? Update(int id, string name, decimal price)
    {
        if (!Exists(id))
            return null;
        lock (_writing)
        {
            Product old = _products[id - 1];
            Product changed = old with { Name = name, Price = price, Version = old.Version + 1 };
            Volatile.Write(ref _products[id - 1], changed);
            _writes++;
            return changed;
        }
    }

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
