using System.Diagnostics;
using System.Text;

namespace HybridTiered.TestServers.Processes;

/// <summary>One server process of ours: its life, its signals and what it printed. Ends with SIGKILL when disposed.</summary>
public sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private bool _suspended;

    public ServerProcess(string file, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += Collect;
        _process.ErrorDataReceived += Collect;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>How it ended, once it has.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Waits until it has ended by itself and everything that it printed is known.</summary>
    public void WaitForExit() => _process.WaitForExit();

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Why the server has ended although it was to run.</summary>
    public InvalidOperationException DidNotStart(string name, int port)
    {
        WaitForExit();
        return Output.Contains("Address already in use", StringComparison.OrdinalIgnoreCase)
            ? new PortTakenException($"{name}: port {port} is taken.")
            : new InvalidOperationException($"{name} ended:\n{Output}");
    }

    /// <summary>SIGTERM: the server ends in its own way.</summary>
    public void Stop()
    {
        Resume();
        ProcessSignal.Terminate(_process.Id);
        _process.WaitForExit();
    }

    /// <summary>SIGKILL: the server is gone at once.</summary>
    public void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    /// <summary>SIGSTOP: the server keeps its connections and answers nobody.</summary>
    public void Suspend()
    {
        ProcessSignal.Suspend(_process.Id);
        _suspended = true;
    }

    /// <summary>SIGCONT.</summary>
    public void Resume()
    {
        if (_suspended)
            ProcessSignal.Resume(_process.Id);
        _suspended = false;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private void Collect(object sender, DataReceivedEventArgs e)
    {
        lock (_output)
            _output.AppendLine(e.Data);
    }
}
