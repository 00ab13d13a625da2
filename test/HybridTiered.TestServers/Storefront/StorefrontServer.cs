using System.Reflection;
using System.Text.RegularExpressions;
using HybridTiered.TestServers.Processes;

namespace HybridTiered.TestServers.Storefront;

/// <summary>One storefront: the sample application, as built, in a process of its own on a free port. Killed when disposed.</summary>
public sealed partial class StorefrontServer : IDisposable
{
    private StorefrontServer(ServerProcess process, Uri address)
    {
        Process = process;
        Address = address;
    }

    public ServerProcess Process { get; }

    /// <summary>Where it answers.</summary>
    public Uri Address { get; }

    /// <summary>The folder of the application.</summary>
    public static string Folder => Path.GetDirectoryName(FindApplication())!;

    /// <summary>Starts one and waits until it takes requests.</summary>
    /// <param name="arguments">Further arguments of its command line.</param>
    /// <exception cref="InvalidOperationException">It ended; the message has what it printed.</exception>
    public static async Task<StorefrontServer> StartAsync(params IEnumerable<string> arguments)
    {
        // Port 0 is whatever port is free; the greeting tells which.
        ServerProcess process = Run(["--urls", "http://127.0.0.1:0", .. arguments]);
        try
        {
            await Eventually.TrueAsync(
                () => process.HasExited ? throw new InvalidOperationException($"The storefront ended:\n{process.Output}") : Greeting.IsMatch(process.Output),
                "the storefront greets").ConfigureAwait(false);
            return new StorefrontServer(process, new Uri(Greeting.Match(process.Output).Groups[1].Value));
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>Runs the storefront's command line as it is given.</summary>
    public static ServerProcess Run(params IEnumerable<string> arguments) => new("dotnet", [FindApplication(), .. arguments]);

    public void Dispose() => Process.Dispose();

    [GeneratedRegex(@"open at (http://127\.0\.0\.1:\d+)")]
    private static partial Regex Greeting { get; }

    private static string FindApplication()
    {
        string relative = typeof(StorefrontServer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "StorefrontPath").Value!;
        string path = Path.GetFullPath(relative, AppContext.BaseDirectory);
        return File.Exists(path) ? path : throw new InvalidOperationException($"The storefront is not built: there is no {path}.");
    }
}
