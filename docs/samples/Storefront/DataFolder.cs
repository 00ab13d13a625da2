using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Storefront;

/// <summary>Where one shop keeps what is to survive a restart: its cache and the changes to its catalogue. It belongs to one process at a time.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(string path)
    {
        Directory.CreateDirectory(path);
        // The operating system lets go of the lock of a process that dies.
        _lock = new FileStream(Path.Combine(path, "storefront.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        Cache = Path.Combine(path, "cache");
        Changes = Path.Combine(path, "changes");
    }

    public string Cache { get; }

    public string Changes { get; }

    /// <summary>
    /// Opens the folder of <c>--data</c>; without it one for the address, below <paramref name="contentRoot"/>. No folder at all where neither says which: with <c>--redis</c>, which
    /// survives a restart too, and on whatever port is free, to which nobody returns.
    /// </summary>
    /// <param name="configuration">The command line among others.</param>
    /// <param name="urls">The addresses.</param>
    /// <param name="contentRoot">The folder of the application.</param>
    /// <param name="data">The folder, if there is to be one.</param>
    /// <param name="mistake">Why it cannot be used.</param>
    public static bool TryOpen(IConfiguration configuration, string urls, string contentRoot, out DataFolder? data, [NotNullWhen(false)] out string? mistake)
    {
        data = null;
        mistake = null;
        if ((configuration["data"] ?? (configuration["redis"] is null ? DefaultPath(urls, contentRoot) : null)) is not { } path)
            return true;
        try
        {
            data = new DataFolder(Path.GetFullPath(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            mistake = $"The folder '{path}' cannot be used, or another storefront uses it: {e.Message} Choose another with --data.";
        }
        return mistake is null;
    }

    public void Dispose() => _lock.Dispose();

    // Two shops on one machine differ in their ports, so each has a folder of its own and finds it again.
    private static string? DefaultPath(string urls, string contentRoot)
    {
        string first = urls.Split(';')[0].TrimEnd('/');
        return int.TryParse(first.AsSpan(first.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port > 0
            ? Path.Combine(contentRoot, "data", port.ToString(CultureInfo.InvariantCulture))
            : null;
    }
}
