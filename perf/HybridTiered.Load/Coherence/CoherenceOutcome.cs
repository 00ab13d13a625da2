namespace HybridTiered.Load.Coherence;

/// <summary>What the processes of a run found together, and how it is printed.</summary>
internal sealed class CoherenceOutcome
{
    public CoherenceOutcome(IReadOnlyList<CoherenceReport> reports)
    {
        Reports = reports;
        foreach (CoherenceReport report in reports)
            Tally.Add(report.Tally);
    }

    public IReadOnlyList<CoherenceReport> Reports { get; }

    public CoherenceTally Tally { get; } = new();

    /// <summary>By how much the live heap of the process that grew most has grown.</summary>
    public long HeapGrowth => Reports.Max(report => report.HeapAfter - report.HeapBefore);

    public void Print()
    {
        CoherenceTally tally = Tally;
        Line($"reads checked   {tally.Reads,12:N0}  {Reports.Sum(r => r.MemoryHits):N0} from L1, {Reports.Sum(r => r.LowerHits):N0} from Redis");
        Line($"changes         {tally.Updates,12:N0}  {tally.IncompleteUpdates:N0} of them not complete when their call returned");
        Line($"rule a          {tally.RuleA,12:N0}  older than what was invalidated on the same instance");
        Line($"rule b          {tally.RuleB,12:N0}  out of date for longer than the bound");
        Line($"rule c          {tally.RuleC,12:N0}  tiers that hold an old version after quiet");
        Line($"rule d          {tally.RuleD,12:N0}  went back behind an invalidated version that the instance has shown");
        Line($"wrong values    {tally.WrongValues,12:N0}");
        Line($"failed reads    {tally.FailedReads,12:N0}");
        Line($"unobserved      {tally.UnobservedExceptions,12:N0}  task exceptions");
        Line($"out of date     {tally.OutOfDateReads,12:N0}  reads on instances that had yet to hear of a complete invalidation; worst while connected {tally.WorstOutOfDate.TotalMilliseconds:N1} ms");
        Line($"not yet told    {tally.WentBackEarly,12:N0}  went back before the invalidation of what was shown was complete (no violation)");
 if (tally.Undone > 0)
            Line($"undone          {tally.Undone,12:N0}  older, within the bound after Redis had lost acknowledged writes (no violation)");
        Line($"instances       {Reports.Count,12:N0}  {Reports.Sum(r => r.CatchUps):N0} catch-ups, {Reports.Sum(r => r.JournalGaps):N0} gaps, {Reports.Sum(r => r.Malformed):N0} malformed, {Reports.Sum(r => r.ProcessingErrors):N0} processing errors, {Reports.Sum(r => r.CircuitBreaks):N0} breaks");
        Line($"heap            {Reports.Max(r => r.HeapAfter) / 1024.0,12:N0}  KiB live at the end at most; grown by {HeapGrowth / 1024.0:N0} KiB at most");
        foreach (string example in tally.Examples)
            Line($"  {example}");
    }

    private static void Line(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
