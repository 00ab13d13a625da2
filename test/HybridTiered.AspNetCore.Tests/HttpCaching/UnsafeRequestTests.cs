namespace HybridTiered.AspNetCore.Tests.HttpCaching;

/// <summary>RFC 9111, section 4.4: requests that may change things.</summary>
[TestFixture, Category("Web")]
public sealed class UnsafeRequestTests : HttpCachingFixture
{
    [TestCase("PUT", 200)]
    [TestCase("POST", 201)]
    [TestCase("DELETE", 204)]
    [TestCase("PATCH", 303)]
    [TestCase("REPLACE", 200)]
    public async Task A_change_that_succeeds_invalidates_the_resource(string method, int status)
    {
        Answer("Cache-Control: max-age=60");
        await GetAsync();
        Answer(status);
        await SendAsync(method, Path);
        Answer("Cache-Control: max-age=60");
        Assert.That((await GetAsync()).Body, Is.EqualTo("3"));
    }

    [TestCase("PUT", 400)]
    [TestCase("DELETE", 500)]
    [TestCase("OPTIONS", 200)]
    [TestCase("TRACE", 200)]
    public async Task What_fails_or_changes_nothing_invalidates_nothing(string method, int status)
    {
        Answer("Cache-Control: max-age=60");
        await GetAsync();
        Answer(status);
        await SendAsync(method, Path);
        Assert.That((await GetAsync()).Body, Is.EqualTo("1"));
    }

    [Test]
    public async Task Every_variant_goes_and_other_resources_stay()
    {
        Answer("Cache-Control: max-age=60", "Vary: X-Plan");
        await GetAsync();
        await GetAsync("X-Plan: a");
        await GetAsync("X-Plan: b");
        await SendAsync("GET", Path + "?other");
        await SendAsync("GET", Path + "?other");
        int before = Requests;

        await SendAsync("POST", Path);

        await GetAsync("X-Plan: a");
        await GetAsync("X-Plan: b");
        Assert.That(Requests, Is.EqualTo(before + 3));
        await SendAsync("GET", Path + "?other");
        Assert.That(Requests, Is.EqualTo(before + 3));
    }

    [TestCase("Location")]
    [TestCase("Content-Location")]
    public async Task The_resource_that_the_answer_names_is_invalidated_too(string field)
    {
        Answer("Cache-Control: max-age=60");
        await GetAsync();
        Answer(201, $"{field}: {Path}");
        await SendAsync("POST", "/resource");
        Answer("Cache-Control: max-age=60");
        Assert.That((await GetAsync()).Body, Is.EqualTo("3"));
    }

    [Test]
    public async Task A_resource_of_another_origin_is_not_invalidated()
    {
        Answer("Cache-Control: max-age=60");
        await GetAsync();
        Answer(201, $"Location: http://elsewhere.example{Path}");
        await SendAsync("POST", "/resource");
        Assert.That((await GetAsync()).Body, Is.EqualTo("1"));
    }

    [Test]
    public async Task What_was_rendered_while_the_resource_changed_is_not_stored()
    {
        using var rendering = new SemaphoreSlim(0);
        using var changed = new ManualResetEventSlim();
        Origin.Answer = context =>
        {
            if (context.Request.Method == "GET")
            {
                rendering.Release();
                changed.Wait(TimeSpan.FromSeconds(10));
            }
            context.Response.Headers.CacheControl = "max-age=60";
        };
        Task<Support.Reply> old = Task.Run(() => GetAsync());
        await rendering.WaitAsync();
        await SendAsync("PUT", Path);
        changed.Set();

        Assert.That((await old).Body, Is.EqualTo("1"));
        Assert.That((await GetAsync()).Body, Is.EqualTo("3"));
    }
}
