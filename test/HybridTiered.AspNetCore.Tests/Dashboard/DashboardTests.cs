using HybridTiered.AspNetCore.Tests.Telemetry;
using HybridTiered.Invalidation;
using HybridTiered.TestServers.Processes;
using Microsoft.Playwright;

namespace HybridTiered.AspNetCore.Tests.Dashboard;

/// <summary>The dashboard in a real browser, on two instances that hear each other.</summary>
[Category("Web")]
public sealed class DashboardTests
{
    private const string Script = "<script>window.hit = 1</script><img src=x onerror=\"window.hit = 1\">";

    private Chromium _chromium = null!;
    private DashboardApp _app = null!;
    private DashboardApp _other = null!;
    private IPage _page = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        var backplane = new InProcessBackplane();
        _app = await DashboardApp.StartAsync(backplane: backplane, dashboard: options => options.ShowValues = true);
        _other = await DashboardApp.StartAsync(backplane: backplane);
        _chromium = await Chromium.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _chromium.DisposeAsync();
        await _app.DisposeAsync();
        await _other.DisposeAsync();
    }

    [SetUp]
    public async Task OpenAsync()
    {
        await _app.Cache.ClearAsync();
        _page = await _chromium.OpenAsync();
    }

    [TearDown]
    public Task CloseAsync() => _page.Context.CloseAsync();

    [Test]
    public async Task Numbers_move_while_requests_come_and_come_to_rest_afterwards()
    {
        await GoAsync();
        await _app.Cache.SetAsync("busy", "value");
        await using (new Traffic(_app.Cache, callers: 1))
        {
            await Eventually.TrueAsync(async () => await TextAsync("#tile-requests .big") != "0", "requests are seen");
            string first = await TextAsync("#tile-requests .note");
            await Eventually.TrueAsync(async () => await TextAsync("#tile-requests .note") != first, "the total moves on");
            await Eventually.TrueAsync(async () => (await TextAsync("[data-tier=memory] [data-f=hits]")).Contains("hits", StringComparison.Ordinal), "L1 has hits");
        }
        await Eventually.TrueAsync(async () => await TextAsync("#tile-requests .big") == "0", "nothing moves any more");

        Assert.That(await TextAsync("#link"), Is.EqualTo("live"));
    }

    [Test]
    public async Task A_key_that_is_removed_on_the_page_is_gone_on_both_instances()
    {
        await _app.Cache.SetAsync("product:1", "here");
        await _other.Cache.SetAsync("product:2", "there");
        await _other.Cache.SetAsync("product:3", "there too");
        await GoAsync();

        await RemoveAsync("key", "product:2");
        await Eventually.TrueAsync(async () => !(await _other.Cache.TryGetAsync<string>("product:2")).Found, "the key is gone elsewhere");
        bool others = (await _other.Cache.TryGetAsync<string>("product:3")).Found;
        await RemoveAsync("key", "product:1");
        await Eventually.TrueAsync(async () => !(await _app.Cache.TryGetAsync<string>("product:1")).Found, "the key is gone here");

        Assert.Multiple(() =>
        {
            Assert.That(others, Is.True, "another key stays");
            Assert.That(_app.Log.Entries.Select(entry => entry.Id.Id), Does.Contain(5103));
        });
    }

    [TestCase("tag", "products")]
    [TestCase("pattern", "product:*")]
    public async Task What_a_tag_or_a_pattern_names_is_gone_on_both_instances(string kind, string name)
    {
        await _other.Cache.SetAsync("product:1", "a", tags: ["products"]);
        await _other.Cache.SetAsync("user:1", "b");
        await GoAsync();

        await RemoveAsync(kind, name);

        await Eventually.TrueAsync(async () => !(await _other.Cache.TryGetAsync<string>("product:1")).Found, "the entry is gone elsewhere");
        Assert.That((await _other.Cache.TryGetAsync<string>("user:1")).Found, Is.True);
    }

    [Test]
    public async Task A_removal_that_is_not_confirmed_removes_nothing()
    {
        await _app.Cache.SetAsync("product:1", "here");
        await GoAsync();

        await _page.FillAsync("#remove-name", "product:1");
        await _page.PressAsync("#remove-name", "Enter");
        await _page.Keyboard.PressAsync("Escape");

        Assert.Multiple(async () =>
        {
            Assert.That(await _page.Locator("#confirm").IsVisibleAsync(), Is.False);
            Assert.That((await _app.Cache.TryGetAsync<string>("product:1")).Found, Is.True);
        });
    }

    [Test]
    public async Task A_script_in_a_key_a_tag_or_a_value_stays_text()
    {
        await GoAsync();
        await _app.Cache.SetAsync(Script, Script, tags: [Script]);
        for (int i = 0; i < 3; i++)
            await _app.Cache.TryGetAsync<string>(Script);
        await _app.Cache.RemoveByTagAsync(Script + "other");
        await _app.Cache.RemoveByPatternAsync("<b>*");

        await LookUpAsync(Script);

        await Eventually.TrueAsync(async () => (await TextAsync("#hot")).Contains(Script, StringComparison.Ordinal), "the key is among the hot ones");
        await Eventually.TrueAsync(async () => (await TextAsync("#feed")).Contains("<b>*", StringComparison.Ordinal), "the pattern is among the invalidations");
        Assert.Multiple(async () =>
        {
            Assert.That(await TextAsync(".entry pre"), Is.EqualTo(Script));
            Assert.That(await TextAsync("#feed"), Does.Contain(Script));
            Assert.That(await _page.EvaluateAsync<bool>("'hit' in window"), Is.False);
            Assert.That(await _page.Locator("main script, main img, main b:has-text('*')").CountAsync(), Is.Zero);
        });
    }

    [Test]
    public async Task The_policy_of_the_page_keeps_a_script_from_running_even_where_markup_gets_in()
    {
        await GoAsync();

        await _page.EvaluateAsync("markup => { document.body.insertAdjacentHTML('beforeend', markup); const s = document.createElement('script'); s.text = 'window.hit = 1'; document.body.append(s); }", Script);

        Assert.That(await _page.EvaluateAsync<bool>("'hit' in window"), Is.False);
    }

    [Test]
    public async Task Invalidations_are_shown_as_they_happen_made_here_and_received()
    {
        await GoAsync();

        await _app.Cache.RemoveAsync("made-here");
        await _other.Cache.RemoveAsync("made-there");

        await Eventually.TrueAsync(async () => await _page.Locator("#feed tr:has(.sent)", new() { HasText = "made-here" }).CountAsync() == 1, "the one made here is shown");
        await Eventually.TrueAsync(async () => await _page.Locator("#feed tr:has(.received)", new() { HasText = "made-there" }).CountAsync() == 1, "the received one is shown");
        Assert.That(await TextAsync("#feed-totals"), Does.Contain("received"));
    }

    [Test]
    public async Task Flights_under_way_are_shown_with_their_callers()
    {
        await GoAsync();
        var source = new TaskCompletionSource<string>();
        Task<string>[] callers =
        [
            .. Enumerable.Range(0, 3).Select(_ => _app.Cache.GetOrCreateAsync("slow", source.Task, static async (task, _) => await task, cancellationToken: CancellationToken.None).AsTask()),
        ];

        await Eventually.TrueAsync(async () => (await TextAsync("#flights")).Contains("3 callers", StringComparison.Ordinal), "the flight is shown");
        source.SetResult("done");
        await Task.WhenAll(callers);
        await Eventually.TrueAsync(async () => (await TextAsync("#flights")).Contains("Nobody waits", StringComparison.Ordinal), "the flight has left");

        Assert.That(await TextAsync("#tile-flights .big"), Is.EqualTo("0"));
    }

    [Test]
    public async Task A_tier_that_is_away_is_shown_with_its_circuit_open()
    {
        await using DashboardApp app = await DashboardApp.StartAsync(cache => cache.AddTier("away", _ => new FaultyTier()));
        for (int i = 0; i < 100; i++)
            await app.Cache.GetOrCreateAsync($"key:{i}", _ => ValueTask.FromResult("value"));

        await _page.GotoAsync(app.Dashboard.ToString());

        await _page.Locator("[data-tier=away] .pill.bad").WaitForAsync();
        Assert.Multiple(async () =>
        {
            Assert.That(await TextAsync("[data-tier=away] .pill"), Is.EqualTo("circuit open"));
            Assert.That(await TextAsync("[data-tier=away] .alarm [data-f=faults]"), Is.Not.EqualTo("0"));
        });
    }

    [Test]
    public async Task A_key_is_looked_up_and_removed_with_the_keyboard_alone()
    {
        await _app.Cache.SetAsync("product:1", "here");
        await GoAsync();

        await _page.Keyboard.PressAsync("/");
        await _page.Keyboard.TypeAsync("product:1");
        await _page.Keyboard.PressAsync("Enter");
        await Eventually.TrueAsync(async () => (await TextAsync("#lookup-status")).Contains("Alive in 1", StringComparison.Ordinal), "the key is found");
        // Past the button, the value that is shown and the choice of what to remove by, to the name, which the look-up has filled in.
        for (int i = 0; i < 12 && await _page.EvaluateAsync<string>("document.activeElement.id") != "remove-name"; i++)
            await _page.Keyboard.PressAsync("Tab");
        await _page.Keyboard.PressAsync("Enter");
        await _page.Keyboard.PressAsync("Tab");
        await _page.Keyboard.PressAsync("Enter");

        await Eventually.TrueAsync(async () => (await TextAsync("#remove-status")).StartsWith("Removed", StringComparison.Ordinal), "it is removed");
        Assert.That((await _app.Cache.TryGetAsync<string>("product:1")).Found, Is.False);
    }

    [Test]
    public async Task Looking_a_key_up_tells_what_the_entry_says_of_itself_and_its_value_only_where_that_is_allowed()
    {
        await _other.Cache.SetAsync("product:1", "secret", new() { Expiration = TimeSpan.FromMinutes(30) }, ["products", "toys"]);
        await _page.GotoAsync(_other.Dashboard.ToString());
        await LookUpAsync("product:1");
        await _page.Locator(".entry").WaitForAsync();

        string text = await TextAsync(".entry");
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("memory").And.Contain("live").And.Contain("products, toys").And.Contain("30 min"));
            Assert.That(text, Does.Not.Contain("secret"));
        });
    }

    [Test]
    public async Task A_page_of_another_origin_or_without_token_changes_nothing()
    {
        await _app.Cache.SetAsync("product:1", "here");
        await GoAsync();

        int status = await _page.EvaluateAsync<int>(
            "async url => (await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ cache: 'default', kind: 'key', name: 'product:1' }) })).status",
            _app.Dashboard + "/remove");

        Assert.Multiple(async () =>
        {
            Assert.That(status, Is.EqualTo(400));
            Assert.That((await _app.Cache.TryGetAsync<string>("product:1")).Found, Is.True);
        });
    }

    private async Task GoAsync()
    {
        await _page.GotoAsync(_app.Dashboard.ToString());
        await _page.Locator("#link.good").WaitForAsync();
    }

    private Task<string> TextAsync(string selector) => _page.Locator(selector).First.InnerTextAsync();

    private async Task LookUpAsync(string key)
    {
        await _page.FillAsync("#lookup-key", key);
        await _page.ClickAsync("#lookup button");
        await _page.Locator("#lookup-status:not(:has-text('Looking'))").WaitForAsync();
    }

    private async Task RemoveAsync(string kind, string name)
    {
        await _page.CheckAsync($"#remove input[value={kind}]");
        await _page.FillAsync("#remove-name", name);
        await _page.ClickAsync("#remove button");
        await _page.ClickAsync("#confirm-yes");
        await _page.Locator("#remove-status.good").WaitForAsync();
    }
}
