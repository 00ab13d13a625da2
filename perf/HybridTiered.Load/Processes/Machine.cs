using System.Runtime.InteropServices;

namespace HybridTiered.Load.Processes;

/// <summary>What a reader of figures has to know about where they come from.</summary>
internal static class Machine
{
    private const string LoadFile = "/proc/loadavg";

    /// <summary>The command line, and what it runs on.</summary>
    public static string Describe(string[] args)
    {
        string load = File.Exists(LoadFile) ? $", load {string.Join(' ', File.ReadAllText(LoadFile).Split(' ')[..3])}" : "";
        return $"{string.Join(' ', args)}\n{Environment.ProcessorCount} cores{load}, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";
    }
}
