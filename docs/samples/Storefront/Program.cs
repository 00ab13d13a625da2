using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Storefront;

WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions
{
    Args = args,
    ContentRootPath = AppContext.BaseDirectory,
});
builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
// The keys of the sample's cookies lie in a folder of its own, unencrypted, as a warning would say each time.
builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
// What keeps the application from starting is printed below, without its stack.
builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
string urls = builder.Configuration[WebHostDefaults.ServerUrlsKey] ?? "http://localhost:5080";
builder.WebHost.UseUrls(urls);

bool isUsable = DataFolder.TryOpen(builder.Configuration, urls, builder.Environment.ContentRootPath, out DataFolder? data, out string? mistake);
using DataFolder? held = data;
if (!isUsable || !CacheSetup.TryAddCache(builder.Services, builder.Configuration, data, out mistake))
{
    Console.Error.WriteLine(mistake);
    return 2;
}
builder.Services.AddWebCaching(CatalogueSetup.FindKeys(builder.Configuration, data));
// Where a person develops, that person may see the dashboard; elsewhere it stays closed, because this application knows no users.
builder.Services.AddHybridTieredDashboard(options => options.AllowAnonymousInDevelopment = true);
builder.Services.AddSingleton<Catalogue>();
builder.Services.AddSingleton(CatalogueSetup.FindChanges(builder.Configuration, data));
builder.Services.AddProblemDetails(Problems.Describe);
builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.Converters.Add(new JsonStringEnumConverter()));

// Disposed before the folder is given up: the cache then writes what still waits to be written.
await using WebApplication app = builder.Build();
app.UseExceptionHandler(Problems.OfExceptions);
app.UseStatusCodePages();
app.UseWebCaching();
app.MapStartPage();
app.MapShop();
app.MapCart();
app.MapProducts();
app.MapCategories();
app.MapCache();
app.MapStatistics();
app.MapHybridTieredDashboard("/cache");
app.MapHybridTieredMetrics("/metrics");

try
{
    await app.StartAsync();
}
catch (Exception e) when (e is IOException or FormatException or ArgumentException or InvalidOperationException or OptionsValidationException)
{
    Console.Error.WriteLine($"The storefront could not start: {e.Message}");
    return 1;
}
Console.WriteLine($"The storefront is open at {string.Join(", ", app.Urls)} (Ctrl+C closes it)");
await app.WaitForShutdownAsync();
return 0;
