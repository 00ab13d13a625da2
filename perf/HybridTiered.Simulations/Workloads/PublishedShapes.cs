using System.Globalization;
using System.Runtime.InteropServices;

namespace HybridTiered.Simulations.Workloads;

/// <summary>The shapes of requests that policies are compared on in the literature, generated with a fixed seed.</summary>
/// <param name="keySpace">How many keys are asked for again and again.</param>
/// <param name="requests">How many requests each workload has.</param>
internal sealed class PublishedShapes(int keySpace, int requests)
{
    private const int Seed = 20_170_501;
    private const int Shifts = 20;
    private const int KeysPerHotKey = 50;

    /// <summary>Large enough for the hash codes of strings, which differ from run to run, not to matter, and done with in seconds.</summary>
    public static PublishedShapes Standard { get; } = new(keySpace: 50_000, requests: 1_000_000);

    /// <summary>All of them, each made when it is its turn.</summary>
    public IEnumerable<Workload> All
    {
        get
        {
            yield return Zipf(0.7);
            yield return Zipf(0.9);
            yield return Zipf(1.1);
            yield return ScanOverZipf();
            yield return Loop();
            yield return ShiftingHotSet();
            yield return Sprite();
            yield return LruStackModel();
            yield return ShiftingEvenHotSet();
        }
    }

    /// <summary>
    /// Independent requests whose popularity follows Zipf's law, as those of web pages do: Breslau, Cao, Fan, Phillips, Shenker, "Web caching and
    /// Zipf-like distributions", INFOCOM 1999 (exponents of 0.64 to 0.83); Yang, Yue, Rashmi, "A large scale analysis of hundreds of
    /// in-memory cache clusters at Twitter", OSDI 2020 (mostly above 1).
    /// </summary>
    public Workload Zipf(double exponent)
    {
        var random = new Random(Seed);
        var zipf = ZipfDistribution.Shuffled(keySpace, exponent, random);
        return new Workload(string.Create(CultureInfo.InvariantCulture, $"Zipf {exponent:F1}"), keySpace, keySpace, Make(_ => zipf.Next(random)));
    }

    /// <summary>
    /// Zipf 0.9, ten times interrupted by a scan of as many keys as half the key space, none of which is asked for again: what scan resistance
    /// means in Megiddo, Modha, "ARC: a self-tuning, low overhead replacement cache", FAST 2003.
    /// </summary>
    public Workload ScanOverZipf()
    {
        const int Scans = 10;
        var random = new Random(Seed);
        var zipf = ZipfDistribution.Shuffled(keySpace, 0.9, random);
        int period = requests / Scans;
        int scanLength = Math.Min(keySpace, period) / 2;
        int nextScanned = keySpace;
        int[] trace = Make(i => i % period >= period - scanLength ? nextScanned++ : zipf.Next(random));
        return new Workload("Scan over Zipf 0.9", nextScanned, keySpace, trace);
    }

    /// <summary>
    /// Every key in turn, again and again: <c>glimpse</c> in Jiang, Zhang, "LIRS: an efficient low inter-reference recency set replacement policy to improve buffer
    /// cache performance", SIGMETRICS 2002. LRU never hits unless everything fits.
    /// </summary>
    public Workload Loop() => new("Loop", keySpace, keySpace, Make(i => i % keySpace));

    /// <summary>
    /// Zipf 0.9, in which twenty times the least popular fiftieth of the keys becomes the most popular: "hot-in" of Li, Sethi, Kaminsky, Andersen,
    /// Freedman, "Be fast, cheap and in control with SwitchKV", NSDI 2016.
    /// </summary>
    public Workload ShiftingHotSet()
    {
        var random = new Random(Seed);
        var ranks = ZipfDistribution.Ordered(keySpace, 0.9);
        int[] keys = ShuffledKeys(random);
        int hotCount = keySpace / KeysPerHotKey;
        return new Workload("Shifting hot set", keySpace, keySpace, Make(i => keys[(ranks.Next(random) + ((keySpace - hotCount) * ShiftsBefore(i))) % keySpace]));
    }

    /// <summary>
    /// Blocks of files, each file read from its first block to its last. Half of the files are chosen as recently used ones are, the other half by
    /// their popularity. Modelled on <c>sprite</c> in Jiang and Zhang (2002), the blocks of a network file system.
    /// </summary>
    public Workload Sprite() => Files("Sprite", 0.5);

    /// <summary>
    /// The same, but all files are chosen by how many others were read since: the LRU stack model, for which no policy that does not know the future is better than LRU
    /// (Coffman, Denning, "Operating systems theory", 1973).
    /// </summary>
    public Workload LruStackModel() => Files("LRU stack model", 1.0) with { FavoursLru = true };

    /// <summary>
    /// Four requests of five go to a fiftieth of the keys, and twenty times to another fiftieth; no key of either part is more popular than another.
    /// What was asked for last is all that there is to know.
    /// </summary>
    public Workload ShiftingEvenHotSet()
    {
        var random = new Random(Seed);
        int[] keys = ShuffledKeys(random);
        int hotCount = keySpace / KeysPerHotKey;
        int[] trace = Make(i => random.Next(5) > 0 ? keys[((ShiftsBefore(i) * hotCount) + random.Next(hotCount)) % keySpace] : random.Next(keySpace));
        return new Workload("Shifting even hot set", keySpace, keySpace, trace) { FavoursLru = true };
    }

    private Workload Files(string name, double shareByRecency)
    {
        var random = new Random(Seed);
        List<FileBlocks> byRecency = FileBlocks.Divide(keySpace, random);
        FileBlocks[] byPopularity = [.. byRecency];
        random.Shuffle(byPopularity);
        random.Shuffle(CollectionsMarshal.AsSpan(byRecency));
        var depths = ZipfDistribution.Ordered(byRecency.Count, 1.2);
        var ranks = ZipfDistribution.Ordered(byRecency.Count, 0.9);
        FileBlocks file = byRecency[0];
        int block = file.Count;
        return new Workload(name, keySpace, keySpace, Make(_ =>
        {
            if (block == file.Count)
            {
                file = random.NextDouble() < shareByRecency ? byRecency[depths.Next(random)] : byPopularity[ranks.Next(random)];
                byRecency.Remove(file);
                byRecency.Insert(0, file);
                block = 0;
            }
            return file.First + block++;
        }));
    }

    private int ShiftsBefore(int request) => (int)((long)request * Shifts / requests);

    private int[] ShuffledKeys(Random random)
    {
        int[] keys = [.. Enumerable.Range(0, keySpace)];
        random.Shuffle(keys);
        return keys;
    }

    private int[] Make(Func<int, int> keyOfRequest)
    {
        var trace = new int[requests];
        for (int i = 0; i < requests; i++)
            trace[i] = keyOfRequest(i);
        return trace;
    }
}
