using Microsoft.Playwright;

namespace HybridTiered.AspNetCore.Tests.Dashboard;

/// <summary>The browser of the machine, driven from outside, with a profile of its own that nobody keeps.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    /// <summary>The environment variable that names the browser where it stands elsewhere.</summary>
    private const string ExecutableVariable = "HYBRIDTIERED_CHROMIUM";

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser)
    {
        _playwright = playwright;
        _browser = browser;
    }

    public static async Task<Chromium> StartAsync()
    {
        string executable = Environment.GetEnvironmentVariable(ExecutableVariable)
            ?? Names.SelectMany(name => SearchPath().Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"There is no Chromium; install it (test/run.sh does) or name it in {ExecutableVariable}.");
        IPlaywright playwright = await Playwright.CreateAsync();
        IBrowser browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = executable,
            Headless = true,
            // In containers there is no room for a sandbox; the browser sees nothing but the pages of these tests.
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        });
        return new Chromium(playwright, browser);
    }

    /// <summary>Opens a window of its own, with no memory of any other.</summary>
    /// <param name="user">Who sits before it; nobody if <see langword="null"/>.</param>
    /// <param name="width">Its width in pixels.</param>
    /// <param name="dark">Whether it prefers dark pages.</param>
    public async Task<IPage> OpenAsync(string? user = "operator", int width = 1280, bool dark = false)
    {
        IBrowserContext context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = width < 600 ? 1500 : 900 },
            DeviceScaleFactor = width < 600 ? 2 : 1,
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            ExtraHTTPHeaders = user is null ? null : new Dictionary<string, string> { [HeaderAuthentication.Header] = user },
        });
        context.SetDefaultTimeout(15_000);
        return await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private static string[] SearchPath() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
}
