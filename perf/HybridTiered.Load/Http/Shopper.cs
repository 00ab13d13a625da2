using System.Diagnostics;
using System.Text.Json;
using HybridTiered.Load.Measuring;

namespace HybridTiered.Load.Http;

/// <summary>One client with one request under way at any time: reads products as popular as they are, and changes one now and then.</summary>
/// <param name="client">What it asks.</param>
/// <param name="answered">What all shoppers know of the PUTs.</param>
/// <param name="popularity">Chooses products.</param>
/// <param name="puts">The part of requests that change a product; 0 to 1.</param>
/// <param name="seed">Of its choices.</param>
internal sealed class Shopper(StorefrontClient client, AnsweredVersions answered, Zipf popularity, double puts, int seed)
{
    private readonly Random _random = new(seed);
    private ShopperOutcome _outcome = new();

    /// <summary>Reads products without counting anything.</summary>
    public async Task WarmAsync(IEnumerable<int> ids)
    {
        foreach (int id in ids)
            await client.ReadAsync(id);
    }

    /// <summary>Sends one request after the other.</summary>
    public async Task<ShopperOutcome> ShopAsync(TimeSpan duration)
    {
        _outcome = new ShopperOutcome();
        long start = Stopwatch.GetTimestamp();
        for (long asked = start; Stopwatch.GetElapsedTime(start, asked) < duration; asked = Stopwatch.GetTimestamp())
        {
            int id = popularity.Next(_random);
            try
            {
                if (_random.NextDouble() < puts)
                    await ChangeAsync(id);
                else
                    await ReadAsync(id);
                _outcome.Latency.Add(Stopwatch.GetElapsedTime(asked));
            }
            catch (Exception e) when (e is HttpRequestException or JsonException)
            {
                _outcome.AddError(e.Message);
            }
        }
        return _outcome;
    }

    private async Task ReadAsync(int id)
    {
        long atLeast = answered[id];
        ProductAnswer answer = await client.ReadAsync(id);
        _outcome.AddRead(answer.Tier);
        if (answer.Version < atLeast)
            _outcome.AddStale($"product {id}: version {answer.Version} from {answer.Tier}, after a PUT was answered with {atLeast}");
    }

    private async Task ChangeAsync(int id)
    {
        ProductAnswer answer = await client.ChangeAsync(id, $"Product {id}", _random.Next(100, 10_000) / 100m);
        answered.Note(id, answer.Version);
        _outcome.AddPut();
    }
}
