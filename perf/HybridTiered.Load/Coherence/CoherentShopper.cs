using System.Diagnostics;
using System.Text.Json;
using HybridTiered.Load.Http;
using HybridTiered.Load.Measuring;

namespace HybridTiered.Load.Coherence;

/// <summary>
/// One client with one request under way at any time, on two storefronts in turn. After a change on one it asks the other until that shows the change, one request
/// after the other.
/// </summary>
/// <param name="home">Where it reads and changes.</param>
/// <param name="other">Where its changes have to show.</param>
/// <param name="times">What all shoppers know of the PUTs.</param>
/// <param name="popularity">Chooses products.</param>
/// <param name="options">The part of changes, and the bound.</param>
/// <param name="seed">Of its choices.</param>
internal sealed class CoherentShopper(Shop home, Shop other, AnswerTimes times, Zipf popularity, CoherentOptions options, int seed)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly Random _random = new(seed);

    public CoherentOutcome Outcome { get; } = new();

    /// <summary>Sends one request after the other.</summary>
    public async Task ShopAsync(TimeSpan duration)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            int id = popularity.Next(_random);
            try
            {
                if (_random.NextDouble() < options.Puts / 100)
                    await ChangeAsync(id);
                else
                    await ReadAsync(home, id);
            }
            catch (Exception e) when (e is HttpRequestException or JsonException)
            {
                Outcome.Requests.AddError(e.Message);
            }
        }
    }

    private async Task ChangeAsync(int id)
    {
        long asked = Stopwatch.GetTimestamp();
        ProductAnswer put = await home.Client.ChangeAsync(id, $"Product {id}", _random.Next(100, 10_000) / 100m);
        long answered = Stopwatch.GetTimestamp();
        times.Note(id, put.Version, answered);
        home.Shown.Note(id, put.Version);
        Outcome.Requests.AddPut();
        Outcome.Requests.Latency.Add(Stopwatch.GetElapsedTime(asked, answered));

        TimeSpan outOfDate = TimeSpan.Zero;
        while (true)
        {
            long began = Stopwatch.GetTimestamp();
            if (await ReadAsync(other, id) >= put.Version)
                break;
            outOfDate = Stopwatch.GetElapsedTime(answered, began);
            if (outOfDate > LongestWait)
            {
                Outcome.Requests.AddError($"product {id}: version {put.Version} does not show on {other.Name} within {LongestWait.TotalSeconds} s");
                break;
            }
        }
        Outcome.FirstShown.Add(Stopwatch.GetElapsedTime(answered));
        Outcome.OutOfDate.Add(outOfDate);
    }

    private async Task<long> ReadAsync(Shop shop, int id)
    {
        long atLeast = shop.Shown[id];
        long began = Stopwatch.GetTimestamp();
        ProductAnswer answer = await shop.Client.ReadAsync(id);
        Outcome.Requests.Latency.Add(Stopwatch.GetElapsedTime(began));
        Outcome.Requests.AddRead(answer.Tier);
        shop.Shown.Note(id, answer.Version);
        if (answer.Version < atLeast)
            Outcome.Requests.AddStale($"product {id}: {shop.Name} shows version {answer.Version} from {answer.Tier} after it has shown {atLeast}");
        TimeSpan outOfDate = times.OutOfDate(id, answer.Version, began);
        if (outOfDate > TimeSpan.Zero)
            Outcome.OutOfDateReads++;
        if (outOfDate > options.Bound)
            Outcome.ReadsBeyondBound++;
        return answer.Version;
    }
}
