using System.Diagnostics;
using System.Text.Json;
using HybridTiered.Load.Processes;

namespace HybridTiered.Load.Coherence;

/// <summary>The processes of a run and their board. Started, let loose, stopped and asked in this order.</summary>
internal sealed class CoherenceRun : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hybridtiered-coherence-");
    private readonly CoherenceSettings _settings;
    private readonly List<ChildProcess> _workers = [];

    private CoherenceRun(CoherenceSettings settings)
    {
        _settings = settings;
        BoardFile = Path.Combine(_directory.FullName, "board");
        Board = new SharedBoard(BoardFile, settings.Processes, settings.Keys);
    }

    public SharedBoard Board { get; }

    public IReadOnlyList<ChildProcess> Workers => _workers;

    private string BoardFile { get; }

    /// <summary>Starts the processes, and returns when all are connected.</summary>
    /// <param name="settings">What they do.</param>
    /// <param name="redis">Where Redis is.</param>
    /// <param name="prefix">What keeps the run apart from others on that Redis.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public static async Task<CoherenceRun> StartAsync(CoherenceSettings settings, string redis, string prefix, CancellationToken cancellationToken)
    {
        var run = new CoherenceRun(settings);
        try
        {
            for (int i = 0; i < settings.Processes; i++)
            {
                run._workers.Add(ChildProcess.Start(
                    CoherenceWorker.VerbName,
                    ["--redis", redis, "--prefix", prefix, "--board", run.BoardFile, "--number", $"{i}", .. settings.ToArguments()]));
            }
            foreach (ChildProcess worker in run._workers)
                await worker.ExpectAsync(CoherenceWorker.Ready, cancellationToken);
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    public void LetLoose()
    {
        foreach (ChildProcess worker in _workers)
            worker.Send(CoherenceWorker.Run);
    }

    /// <summary>Waits until all together have made so many reads.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> WhenReadAsync(long reads, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (Board.Reads() < reads)
            await Task.Delay(50, cancellationToken);
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Ends all changes, waits until everything is told and the journal was read once more, and has every tier checked.</summary>
    public async Task<IReadOnlyList<CoherenceReport>> FinishAsync(CancellationToken cancellationToken)
    {
        await TellAsync(CoherenceWorker.Stop, CoherenceWorker.Stopped, cancellationToken);
        await Task.Delay(_settings.Bound, cancellationToken);
        IReadOnlyList<string> reports = await TellAsync(CoherenceWorker.Check, CoherenceWorker.Report, cancellationToken);
        return [.. reports.Select(json => JsonSerializer.Deserialize<CoherenceReport>(json)!)];
    }

    public void Dispose()
    {
        foreach (ChildProcess worker in _workers)
            worker.Dispose();
        Board.Dispose();
        _directory.Delete(recursive: true);
    }

    private async Task<IReadOnlyList<string>> TellAsync(string line, string answer, CancellationToken cancellationToken)
    {
        foreach (ChildProcess worker in _workers)
            worker.Send(line);
        var answers = new List<string>();
        foreach (ChildProcess worker in _workers)
            answers.Add(await worker.ExpectAsync(answer, cancellationToken));
        return answers;
    }
}
