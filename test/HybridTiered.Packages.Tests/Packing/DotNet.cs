using System.Diagnostics;

namespace HybridTiered.Packages.Tests.Packing;

/// <summary>Runs a program to its end, as a person would in a terminal.</summary>
internal static class DotNet
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Runs <c>dotnet</c>.</summary>
    /// <returns>What it wrote.</returns>
    public static Task<string> RunAsync(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        RunAsync("dotnet", folder, environment, arguments);

    /// <inheritdoc cref="RunAsync(string, IReadOnlyDictionary{string, string}, string[])"/>
    public static Task<string> RunAsync(string folder, params string[] arguments) => RunAsync("dotnet", folder, new Dictionary<string, string>(), arguments);

    /// <summary>Runs <c>git</c>.</summary>
    public static Task<string> GitAsync(string folder, params string[] arguments) => RunAsync("git", folder, new Dictionary<string, string>(), arguments);

    /// <summary>Runs a program that was built.</summary>
    public static Task<string> ProgramAsync(string program, string folder, params string[] arguments) =>
        RunAsync(program, folder, new Dictionary<string, string>(), arguments);

    private static async Task<string> RunAsync(string program, string folder, IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // Nobody's own: a build within a test run must not inherit what the outer one was told, nor leave processes behind.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || name == "CI").ToArray())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["MSBUILDTERMINALLOGGER"] = "off";
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;

        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(Patience);
        Task<string> output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        Task<string> errors = process.StandardError.ReadToEndAsync(deadline.Token);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {Patience}.");
        }
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await output}{await errors}");
    }
}
