using System.Runtime.InteropServices;

namespace HybridTiered.TestServers.Processes;

/// <summary>Signals to processes of ours.</summary>
public static class ProcessSignal
{
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(5);

    /// <summary>SIGTERM: the process ends in its own way.</summary>
    public static void Terminate(int process) => Send(process, SigTerm);

    /// <summary>SIGSTOP: the process keeps its connections and does nothing. Returns when every thread of it has stopped, which on a busy machine is later than the signal.</summary>
    /// <exception cref="TimeoutException">A thread went on for 5 s.</exception>
    public static void Suspend(int process)
    {
        Send(process, SigStop);
        if (!SpinWait.SpinUntil(() => IsStopped(process), StopDeadline))
            throw new TimeoutException($"Process {process} was not stopped within {StopDeadline.TotalSeconds} s.");
    }

    /// <summary>SIGCONT: it goes on.</summary>
    public static void Resume(int process) => Send(process, SigCont);

    private static bool IsStopped(int process)
    {
        string threads = $"/proc/{process}/task";
        return !Directory.Exists(threads) || Directory.GetDirectories(threads).All(IsThreadStopped);
    }

    // The state is the letter behind the name, which is in parentheses and may hold some itself (proc_pid_stat(5)).
    private static bool IsThreadStopped(string thread)
    {
        try
        {
            string stat = File.ReadAllText(Path.Combine(thread, "stat"));
            return stat[stat.LastIndexOf(')') + 2] is 'T' or 't' or 'Z' or 'X';
        }
        catch (IOException)
        {
            return true; // It has ended meanwhile.
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int pid, int signal);

    private static void Send(int process, int signal)
    {
        if (SendSignal(process, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} was not delivered: error {Marshal.GetLastPInvokeError()}.");
    }
}
