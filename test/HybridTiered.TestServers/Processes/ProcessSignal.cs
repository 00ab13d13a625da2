using System.Runtime.InteropServices;

namespace HybridTiered.TestServers.Processes;

/// <summary>Signals to processes of ours.</summary>
public static class ProcessSignal
{
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

    /// <summary>SIGTERM: the process ends in its own way.</summary>
    public static void Terminate(int process) => Send(process, SigTerm);

    /// <summary>SIGSTOP: the process keeps its connections and does nothing.</summary>
    public static void Suspend(int process) => Send(process, SigStop);

    /// <summary>SIGCONT: it goes on.</summary>
    public static void Resume(int process) => Send(process, SigCont);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int pid, int signal);

    private static void Send(int process, int signal)
    {
        if (SendSignal(process, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} was not delivered: error {Marshal.GetLastPInvokeError()}.");
    }
}
