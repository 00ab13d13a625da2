namespace Storefront;

/// <summary>What a client may change about a product: the body of a PUT.</summary>
/// <param name="Name">The new name; 1 to 100 characters.</param>
/// <param name="Price">The new price; 0 to 1,000,000.</param>
internal sealed record ProductChange(string? Name, decimal? Price)
{
    private const int LongestName = 100;
    private const decimal HighestPrice = 1_000_000;

    /// <summary>What is wrong with it, by field; empty if nothing is.</summary>
    public Dictionary<string, string[]> Mistakes()
    {
        var mistakes = new Dictionary<string, string[]>();
        if (string.IsNullOrWhiteSpace(Name) || Name.Length > LongestName)
            mistakes["name"] = [$"A name of 1 to {LongestName} characters is required."];
        if (Price is not (>= 0 and <= HighestPrice))
            mistakes["price"] = [$"A price from 0 to {HighestPrice:N0} is required."];
        return mistakes;
    }
}
