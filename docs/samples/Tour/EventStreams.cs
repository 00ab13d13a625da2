using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Streams;
using Microsoft.Extensions.DependencyInjection;

namespace Tour;

/// <summary>Events in a Redis stream: for any number of readers, each at its own place, and for a group of workers that share them.</summary>
internal static class EventStreams
{
    public static async Task RunAsync(TextWriter output, string? redis)
    {
        if (redis is null)
        {
            await output.WriteLineAsync("This sample needs Redis: name one, such as localhost:6379, behind the name of the sample.");
            return;
        }
        await using ServiceProvider services = new ServiceCollection()
            .AddSingleton(_ => new RedisConnection(redis))
            .AddSingleton<IEventStream>(made => new RedisEventStream(made.GetRequiredService<RedisConnection>(), new RedisEventStreamOptions { MaximumLength = 1_000 }))
            .BuildServiceProvider();
        IEventStream streams = services.GetRequiredService<IEventStream>();
        string orders = "orders:" + Guid.NewGuid();

        for (int i = 1; i <= 5; i++)
            await streams.PublishAsync(orders, [new EventField("id", $"{i}"), new EventField("amount", $"{i * 10}")]);

        IReadOnlyList<StreamEvent> latest = await streams.ReadLatestAsync(orders, maximum: 2);
        await output.WriteLineAsync($"the latest two: {string.Join(", ", latest.Select(order => order["id"]))}");

        var seen = new List<string?>();
        await foreach (StreamEvent order in streams.ReadAfterAsync(orders, EventId.Beginning))
        {
            seen.Add(order["id"]);
            if (seen.Count == 5)
                break;
        }
        await output.WriteLineAsync($"a reader from the beginning: {string.Join(", ", seen)}");

        await streams.CreateGroupAsync(orders, "packers", EventId.Beginning);
        foreach (string packer in new[] { "ann", "bob" })
        {
            IReadOnlyList<StreamEvent> work = await streams.ReadGroupAsync(orders, "packers", packer, maximum: 3);
            long done = await streams.AcknowledgeAsync(orders, "packers", [.. work.Select(order => order.Id)]);
            await output.WriteLineAsync($"{packer} packs {string.Join(", ", work.Select(order => order["id"]))} and acknowledges {done}");
        }
    }
}
