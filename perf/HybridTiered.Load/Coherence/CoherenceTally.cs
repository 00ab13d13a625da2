namespace HybridTiered.Load.Coherence;

/// <summary>What was checked and what was found. For one thread; added up at the end, over processes as JSON.</summary>
internal sealed class CoherenceTally
{
    private const int MaximumExamples = 5;

    public long Reads { get; set; }

    /// <summary>Changes of a key in the source, each followed by an invalidation.</summary>
    public long Updates { get; set; }

    /// <summary>Updates whose caller was told that they are not complete, or that wrote a value while something was pending.</summary>
    public long IncompleteUpdates { get; set; }

    /// <summary>Rule a: on the invalidating instance, no read that starts after the invalidation returns sees an older version.</summary>
    public long RuleA { get; set; }

    /// <summary>Rule b: on every instance, no read that starts more than the bound after that does.</summary>
    public long RuleB { get; set; }

    /// <summary>Rule c: after quiet, every tier holds the newest version or nothing.</summary>
    public long RuleC { get; set; }

    /// <summary>Rule d: after a read that started when a version's invalidation was complete has seen it, no read sees an older one.</summary>
    public long RuleD { get; set; }

    /// <summary>Values of another key, or versions that the source has never had.</summary>
    public long WrongValues { get; set; }

    /// <summary>Reads that failed although the source never does.</summary>
    public long FailedReads { get; set; }

    /// <summary>Not a violation: reads against the rules a, b or d while Redis had lost acknowledged writes, or within the bound after.</summary>
    public long Undone { get; set; }

    /// <summary>Not a violation: versions that went back while the newer one's invalidation was still under way.</summary>
    public long WentBackEarly { get; set; }

    /// <summary>Reads that began after a newer version's invalidation was complete and did not show it.</summary>
    public long OutOfDateReads { get; set; }

    /// <summary>For how long the worst of them, on an instance that was connected, had been out of date when it began.</summary>
    public TimeSpan WorstOutOfDate { get; set; }

    public long UnobservedExceptions { get; set; }

    public List<string> Examples { get; set; } = [];

    public long Violations => RuleA + RuleB + RuleC + RuleD + WrongValues + FailedReads + UnobservedExceptions;

    public void AddExample(string example)
    {
        if (Examples.Count < MaximumExamples)
            Examples.Add(example);
    }

    public void Add(CoherenceTally other)
    {
        Reads += other.Reads;
        Updates += other.Updates;
        IncompleteUpdates += other.IncompleteUpdates;
        RuleA += other.RuleA;
        RuleB += other.RuleB;
        RuleC += other.RuleC;
        RuleD += other.RuleD;
        WrongValues += other.WrongValues;
        FailedReads += other.FailedReads;
        Undone += other.Undone;
        WentBackEarly += other.WentBackEarly;
        OutOfDateReads += other.OutOfDateReads;
        WorstOutOfDate = WorstOutOfDate > other.WorstOutOfDate ? WorstOutOfDate : other.WorstOutOfDate;
        UnobservedExceptions += other.UnobservedExceptions;
        foreach (string example in other.Examples)
            AddExample(example);
    }
}
