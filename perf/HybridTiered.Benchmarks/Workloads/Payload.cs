namespace HybridTiered.Benchmarks.Workloads;

/// <summary>What the workloads store: a value that callers could change, so that every hit deserialises one.</summary>
public sealed class Payload
{
    /// <summary>Sizes as JSON of a session, a product, a page of a catalogue and a report.</summary>
    public static IEnumerable<int> Sizes => [157, 1_082, 10_299, 102_460];

    public int Id { get; set; }

    public string Text { get; set; } = "";

    /// <summary>Makes one that has a size as JSON.</summary>
    public static Payload OfSize(int bytes)
    {
        // {"Id":1234,"Text":""}
        const int Empty = 21;
        return new Payload { Id = 1_234, Text = new string('x', bytes - Empty) };
    }
}
