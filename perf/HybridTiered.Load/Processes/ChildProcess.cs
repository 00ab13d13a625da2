using System.Diagnostics;
using System.Reflection;
using HybridTiered.TestServers.Processes;

namespace HybridTiered.Load.Processes;

/// <summary>
/// This program once more, in a process of its own that is talked to line by line. It ends when its input does, so it never outlives this one; it is killed when
/// disposed.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _verb;

    private ChildProcess(Process process, string verb)
    {
        _process = process;
        _verb = verb;
    }

    /// <summary>Starts one.</summary>
    /// <param name="verb">The verb that it runs.</param>
    /// <param name="options">Its options, as <c>--name value</c>.</param>
    public static ChildProcess Start(string verb, params IEnumerable<string> options)
    {
        var start = new ProcessStartInfo("dotnet", [Assembly.GetExecutingAssembly().Location, verb, .. options])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new ChildProcess(Process.Start(start)!, verb);
    }

    public void Send(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Waits for a line that begins with a word.</summary>
    /// <returns>What follows the word.</returns>
    /// <exception cref="InvalidOperationException">Another line came, or the process has ended.</exception>
    public async Task<string> ExpectAsync(string word, CancellationToken cancellationToken)
    {
        string? line = await _process.StandardOutput.ReadLineAsync(cancellationToken);
        return line?.StartsWith(word, StringComparison.Ordinal) == true
            ? line[word.Length..].Trim()
            : throw new InvalidOperationException(line is null ? $"The process '{_verb}' has ended." : $"The process '{_verb}' said '{line}' instead of '{word}'.");
    }

    /// <summary>SIGSTOP: the process keeps its connections and does nothing.</summary>
    public void Suspend() => ProcessSignal.Suspend(_process.Id);

    /// <summary>SIGCONT: it goes on.</summary>
    public void Resume() => ProcessSignal.Resume(_process.Id);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }
}
