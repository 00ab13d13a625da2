using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HybridTiered.AspNetCore.Tests.Dashboard;

/// <summary>Who gets an answer from the dashboard.</summary>
[Category("Web")]
public sealed class DashboardAccessTests
{
    private static readonly string[] Paths = ["/cache", "/cache/events"];

    [TestCaseSource(nameof(Paths))]
    public async Task An_anonymous_request_is_challenged(string path)
    {
        await using DashboardApp app = await DashboardApp.StartAsync();

        Assert.That(await StatusAsync(app, path), Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCaseSource(nameof(Paths))]
    public async Task A_user_who_is_no_operator_is_refused(string path)
    {
        await using DashboardApp app = await DashboardApp.StartAsync();

        Assert.That(await StatusAsync(app, path, "visitor"), Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [TestCase("/cache/find")]
    [TestCase("/cache/remove")]
    public async Task An_anonymous_request_for_a_change_is_challenged(string path)
    {
        await using DashboardApp app = await DashboardApp.StartAsync();
        using HttpClient client = new() { BaseAddress = app.Address };

        using HttpResponseMessage answer = await client.PostAsJsonAsync(path, new { cache = "default", kind = "key", key = "a", name = "a" });

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Without_authorization_it_is_closed_to_everybody_and_the_log_says_how_to_open_it()
    {
        await using DashboardApp app = await DashboardApp.StartAsync(authorized: false);

        HttpStatusCode status = await StatusAsync(app, "/cache", "operator");
        await StatusAsync(app, "/cache/events", "operator");

        (EventId Id, LogLevel Level, string Text)[] messages = [.. app.Log.Entries.Where(entry => entry.Id.Id == 5101)];
        Assert.Multiple(() =>
        {
            Assert.That(status, Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That(messages, Has.Length.EqualTo(1), "said once");
            Assert.That(messages[0].Text, Does.Contain("RequireAuthorization").And.Contain("AllowAnonymousInDevelopment"));
            Assert.That(messages[0].Level, Is.EqualTo(LogLevel.Warning));
        });
    }

    [TestCase("Development", true, HttpStatusCode.OK)]
    [TestCase("Development", false, HttpStatusCode.Forbidden)]
    [TestCase("Production", true, HttpStatusCode.Forbidden)]
    [TestCase("Staging", true, HttpStatusCode.Forbidden)]
    public async Task The_option_opens_it_in_development_alone(string environment, bool allow, HttpStatusCode expected)
    {
        await using DashboardApp app = await DashboardApp.StartAsync(
            authorized: false, environment: environment, dashboard: options => options.AllowAnonymousInDevelopment = allow);

        Assert.That(await StatusAsync(app, "/cache"), Is.EqualTo(expected));
    }

    [Test]
    public async Task Every_answer_has_a_policy_of_its_own_and_nothing_of_elsewhere()
    {
        await using DashboardApp app = await DashboardApp.StartAsync();
        using HttpClient client = new() { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Add(HeaderAuthentication.Header, "operator");

        using HttpResponseMessage first = await client.GetAsync("/cache");
        using HttpResponseMessage second = await client.GetAsync("/cache/");
        string markup = await first.Content.ReadAsStringAsync();
        string policy = first.Headers.GetValues("Content-Security-Policy").Single();

        Assert.Multiple(() =>
        {
            Assert.That(policy, Does.StartWith("default-src 'none'; script-src 'nonce-").And.Not.Contain("unsafe"));
            Assert.That(second.Headers.GetValues("Content-Security-Policy").Single(), Is.Not.EqualTo(policy));
            Assert.That(markup, Does.Not.Contain("{{").And.Not.Contain("/*script*/"));
            Assert.That(markup.Replace("http://www.w3.org", "", StringComparison.Ordinal), Does.Not.Contain("http://").And.Not.Contain("https://"));
        });
    }

    [TestCase("default", "file", "a", HttpStatusCode.BadRequest)]
    [TestCase("other", "key", "a", HttpStatusCode.BadRequest)]
    [TestCase("default", "key", " ", HttpStatusCode.BadRequest)]
    public async Task What_cannot_be_removed_is_told_so(string cache, string kind, string name, HttpStatusCode expected)
    {
        await using DashboardApp app = await DashboardApp.StartAsync();
        using HttpClient client = await ClientWithTokenAsync(app);

        using HttpResponseMessage answer = await client.PostAsJsonAsync("/cache/remove", new { cache, kind, name });

        Assert.That(answer.StatusCode, Is.EqualTo(expected));
    }

    [TestCase("{")]
    [TestCase("null")]
    [TestCase("[]")]
    public async Task What_is_no_request_is_told_so(string body)
    {
        await using DashboardApp app = await DashboardApp.StartAsync();
        using HttpClient client = await ClientWithTokenAsync(app);

        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await client.PostAsync("/cache/find", content);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task A_request_of_a_size_that_no_key_has_is_refused()
    {
        await using DashboardApp app = await DashboardApp.StartAsync();
        using HttpClient client = await ClientWithTokenAsync(app);

        using HttpResponseMessage answer = await client.PostAsJsonAsync("/cache/find", new { cache = "default", key = new string('a', 300_000) });

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
    }

    [Test]
    public async Task A_page_too_many_is_told_to_come_back()
    {
        await using DashboardApp app = await DashboardApp.StartAsync(dashboard: options => options.MaximumWatchers = 1);
        using HttpClient client = new() { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Add(HeaderAuthentication.Header, "operator");

        using HttpResponseMessage first = await client.GetAsync("/cache/events", HttpCompletionOption.ResponseHeadersRead);
        using HttpResponseMessage second = await client.GetAsync("/cache/events", HttpCompletionOption.ResponseHeadersRead);

        Assert.Multiple(() =>
        {
            Assert.That(first.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(first.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/event-stream"));
            Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        });
    }

    [Test]
    public void Without_its_services_it_says_what_to_call()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRouting();
        builder.Services.AddHybridTiered();
        WebApplication app = builder.Build();

        Assert.That(() => app.MapHybridTieredDashboard(), Throws.InvalidOperationException.With.Message.Contains("AddHybridTieredDashboard"));
    }

    [Test]
    public void Options_that_make_no_sense_keep_the_application_from_starting()
    {
        Assert.That(
            async () => await DashboardApp.StartAsync(dashboard: options => (options.RefreshInterval, options.MaximumWatchers) = (TimeSpan.Zero, 0)),
            Throws.TypeOf<OptionsValidationException>().With.Message.Contains("RefreshInterval").And.Message.Contains("MaximumWatchers"));
    }

    private static async Task<HttpStatusCode> StatusAsync(DashboardApp app, string path, string? user = null)
    {
        using HttpClient client = new() { BaseAddress = app.Address };
        if (user is not null)
            client.DefaultRequestHeaders.Add(HeaderAuthentication.Header, user);
        using HttpResponseMessage answer = await client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        return answer.StatusCode;
    }

    // The cookie of the page stays with the client, its token goes into a header.
    private static async Task<HttpClient> ClientWithTokenAsync(DashboardApp app)
    {
        var client = new HttpClient { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Add(HeaderAuthentication.Header, "operator");
        string markup = await client.GetStringAsync("/cache");
        string token = markup.Split("data-token=\"")[1].Split('"')[0];
        client.DefaultRequestHeaders.Add("RequestVerificationToken", token);
        return client;
    }
}
