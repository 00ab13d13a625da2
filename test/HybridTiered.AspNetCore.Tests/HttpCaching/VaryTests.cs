using HybridTiered.AspNetCore.HttpCaching;
using HybridTiered.AspNetCore.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace HybridTiered.AspNetCore.Tests.HttpCaching;

/// <summary>RFC 9111, section 4.1, and the keys of section 2: which stored response a request selects.</summary>
[TestFixture, Category("Web")]
public sealed class VaryTests : HttpCachingFixture
{
    [Test]
    public async Task Requests_that_differ_in_a_field_that_matters_get_responses_of_their_own()
    {
        Answer("Cache-Control: max-age=60", "Vary: Accept-Language");
        await LearnAsync();

        string german = (await GetAsync("Accept-Language: de")).Body;
        string french = (await GetAsync("Accept-Language: fr")).Body;
        string none = (await GetAsync()).Body;

        Assert.That(new[] { german, french, none }, Is.Unique);
        Assert.That((await GetAsync("Accept-Language: de")).Body, Is.EqualTo(german));
        Assert.That((await GetAsync("Accept-Language: fr")).Body, Is.EqualTo(french));
        Assert.That((await GetAsync()).Body, Is.EqualTo(none));
    }

    [Test]
    public async Task The_first_response_of_a_resource_never_reaches_a_request_that_differs()
    {
        Answer("Cache-Control: max-age=60", "Vary: Accept-Language");
        await GetAsync("Accept-Language: de");
        Assert.That((await GetAsync("Accept-Language: fr")).Body, Is.EqualTo("2"));
    }

    [Test]
    public async Task A_field_that_does_not_matter_selects_nothing()
    {
        Answer("Cache-Control: max-age=60", "Vary: Accept-Language");
        await LearnAsync();
        string first = (await GetAsync("Accept-Language: de", "X-Other: 1")).Body;
        Assert.That((await GetAsync("Accept-Language: de", "X-Other: 2")).Body, Is.EqualTo(first));
    }

    [TestCase("Vary: *")]
    [TestCase("Vary: Accept, *")]
    public async Task What_varies_by_everything_is_not_stored(string vary)
    {
        Answer("Cache-Control: max-age=60", vary);
        Assert.That(await IsReusedAsync(), Is.False);
        Assert.That(await IsReusedAsync(), Is.False);
    }

    [Test]
    public async Task Names_count_whatever_their_case_order_and_lines()
    {
        Answer("Cache-Control: max-age=60", "Vary: accept-language", "Vary: X-Plan, Accept-Language");
        await LearnAsync();
        string first = (await GetAsync("Accept-Language: de", "X-Plan: a")).Body;
        Answer("Cache-Control: max-age=60", "Vary: X-PLAN, ACCEPT-LANGUAGE");
        Assert.That((await GetAsync("X-Plan: a", "Accept-Language: de")).Body, Is.EqualTo(first));
        Assert.That((await GetAsync("X-Plan: b", "Accept-Language: de")).Body, Is.Not.EqualTo(first));
    }

    [Test]
    public void A_field_on_two_lines_is_that_field_with_a_comma()
    {
        var resource = HttpResource.Of(new DefaultHttpContext { Request = { Scheme = "http", Host = new HostString("host"), Path = Path } }.Request);

        string Key(params string[] lines) => resource.KeyOf(["x-plan"], new HeaderDictionary { ["X-Plan"] = lines });

        Assert.That(Key("a", "b"), Is.EqualTo(Key("a, b")));
        Assert.That(Key("ab"), Is.Not.EqualTo(Key("a, b")));
        Assert.That(Key(""), Is.Not.EqualTo(resource.KeyOf(["x-plan"], new HeaderDictionary())), "an empty field is not an absent one");
    }

    [Test]
    public async Task A_resource_that_begins_to_vary_by_more_is_told_apart_from_then_on()
    {
        Answer("Cache-Control: max-age=60", "Vary: X-Plan");
        await LearnAsync();
        await GetAsync("X-Plan: a", "X-User: 1");
        Answer("Cache-Control: max-age=60", "Vary: X-Plan, X-User");
        await GetAsync("X-Plan: b", "X-User: 1");

        string one = (await GetAsync("X-Plan: b", "X-User: 1")).Body;
        string two = (await GetAsync("X-Plan: b", "X-User: 2")).Body;

        Assert.That(one, Is.Not.EqualTo(two));
        Assert.That((await GetAsync("X-Plan: b", "X-User: 1")).Body, Is.EqualTo(one));
    }

    [Test]
    public async Task Waiting_requests_that_differ_do_not_get_each_others_response()
    {
        using var both = new Barrier(2);
        Origin.Answer = context =>
        {
            // The first two to come are in the application at once, or neither gets on.
            if (Origin.Requests <= 2)
                Assert.That(both.SignalAndWait(TimeSpan.FromSeconds(10)), Is.True, "the other request waits for this one");
            context.Response.Headers.CacheControl = "max-age=60";
            context.Response.Headers.Vary = "Accept-Language";
        };
        await VaryByLanguageIsKnownAsync();

        Reply[] replies = await Task.WhenAll(
            Task.Run(() => GetAsync("Accept-Language: de")), Task.Run(() => GetAsync("Accept-Language: fr")));

        Assert.That(replies.Select(r => r.Body), Is.Unique);
    }

    [Test]
    public async Task Requests_that_are_alike_share_one_rendering()
    {
        using var entered = new SemaphoreSlim(0);
        using var leave = new ManualResetEventSlim();
        Origin.Answer = context =>
        {
            entered.Release();
            leave.Wait(TimeSpan.FromSeconds(10));
            context.Response.Headers.CacheControl = "max-age=60";
        };
        Task<Reply> first = Task.Run(() => GetAsync());
        await entered.WaitAsync();
        Task<Reply>[] others = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(() => GetAsync()))];
        leave.Set();

        Reply[] replies = await Task.WhenAll(others.Append(first));

        Assert.That(Requests, Is.EqualTo(1));
        Assert.That(replies.Select(r => r.Body), Is.All.EqualTo("1"));
    }

    [TestCase("?a=1", "?a=2")]
    [TestCase("?a=1&b=2", "?b=2&a=1")]
    [TestCase("", "?")]
    [TestCase("", "/")]
    [TestCase("/x", "/X")]
    public async Task Another_uri_is_another_resource(string one, string other)
    {
        Answer("Cache-Control: max-age=60");
        await SendAsync("GET", Path + one);
        Assert.That((await SendAsync("GET", Path + other)).Body, Is.EqualTo("2"));
    }

    [Test]
    public async Task Another_host_is_another_resource_whatever_its_case()
    {
        Answer("Cache-Control: max-age=60");
        string one = (await GetAsync("Host: one.example")).Body;
        string two = (await GetAsync("Host: two.example")).Body;
        Assert.That(one, Is.Not.EqualTo(two));
        Assert.That((await GetAsync("Host: ONE.example")).Body, Is.EqualTo(one));
    }

    [Test]
    public async Task Uris_of_any_length_are_resources()
    {
        Answer("Cache-Control: max-age=60");
        string tail = new('x', 4000);
        string one = (await SendAsync("GET", $"{Path}?q={tail}1")).Body;
        string two = (await SendAsync("GET", $"{Path}?q={tail}2")).Body;
        Assert.That(one, Is.Not.EqualTo(two));
        Assert.That((await SendAsync("GET", $"{Path}?q={tail}1")).Body, Is.EqualTo(one));
    }

    // The application's first answer tells by what its resource varies; it is not stored itself.
    private Task<Reply> LearnAsync() => GetAsync("Accept-Language: none", "X-Plan: none");

    private async Task VaryByLanguageIsKnownAsync()
    {
        Action<HttpContext> answer = Origin.Answer;
        Answer("Cache-Control: max-age=60", "Vary: Accept-Language");
        await LearnAsync();
        Origin.Forget();
        Origin.Answer = answer;
    }
}
