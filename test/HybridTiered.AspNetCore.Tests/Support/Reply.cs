namespace HybridTiered.AspNetCore.Tests.Support;

/// <summary>What a client got.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Body">The text.</param>
/// <param name="Headers">All fields by name.</param>
internal sealed record Reply(int Status, string Body, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The age in seconds; <see langword="null"/> without the field.</summary>
    public int? Age => Headers.TryGetValue("Age", out string? age) ? int.Parse(age, System.Globalization.CultureInfo.InvariantCulture) : null;

    public string? this[string name] => Headers.GetValueOrDefault(name);

    public static async Task<Reply> OfAsync(HttpResponseMessage response) => new(
        (int)response.StatusCode,
        await response.Content.ReadAsStringAsync(),
        response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase));
}
