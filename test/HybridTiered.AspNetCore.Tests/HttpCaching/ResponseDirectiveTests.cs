using HybridTiered.AspNetCore.Tests.Support;

namespace HybridTiered.AspNetCore.Tests.HttpCaching;

/// <summary>RFC 9111, sections 3 and 5.2.2: what of a response decides whether it is stored.</summary>
[TestFixture, Category("Web")]
public sealed class ResponseDirectiveTests : HttpCachingFixture
{
    [TestCase("max-age=60")]
    [TestCase("public, max-age=60")]
    [TestCase("Max-Age=60")]
    [TestCase("max-age=\"60\"")]
    [TestCase("unknown, max-age=60, other=\"no-store, private\"")]
    [TestCase("s-maxage=60")]
    [TestCase("max-age=99999999999999999999")]
    public async Task A_response_that_says_how_long_it_is_fresh_is_stored(string directives)
    {
        Answer("Cache-Control: " + directives);
        Assert.That(await IsReusedAsync(), Is.True);
    }

    [Test]
    public async Task A_response_that_does_not_say_so_is_not_stored()
    {
        Answer();
        Assert.That(await IsReusedAsync(), Is.False);
    }

    [TestCase("public")]
    [TestCase("no-store, max-age=60")]
    [TestCase("no-cache, max-age=60")]
    [TestCase("no-cache=\"Set-Cookie\", max-age=60")]
    [TestCase("private, max-age=60")]
    [TestCase("private=\"X-User\", max-age=60")]
    [TestCase("max-age=0")]
    [TestCase("max-age=0, s-maxage=0, public")]
    [TestCase("s-maxage=0, max-age=60")]
    [TestCase("max-age=soon")]
    [TestCase("max-age=-1")]
    [TestCase("max-age=60, max-age=90")]
    public async Task A_response_that_must_not_be_stored_or_is_stale_at_once_is_not_stored(string directives)
    {
        Answer("Cache-Control: " + directives);
        Assert.That(await IsReusedAsync(), Is.False);
    }

    [Test]
    public async Task Directives_on_several_lines_count_together()
    {
        Answer("Cache-Control: max-age=60", "Cache-Control: private");
        Assert.That(await IsReusedAsync(), Is.False);
    }

    [Test]
    public async Task The_shared_max_age_wins_over_the_other()
    {
        Answer("Cache-Control: max-age=10, s-maxage=60");
        await GetAsync();
        Wait(30);
        Assert.That((await GetAsync()).Body, Is.EqualTo("1"));
    }

    [TestCase(200, true)]
    [TestCase(203, true)]
    [TestCase(204, true)]
    [TestCase(301, true)]
    [TestCase(302, true)]
    [TestCase(307, true)]
    [TestCase(308, true)]
    [TestCase(404, true)]
    [TestCase(410, true)]
    [TestCase(501, true)]
    [TestCase(206, false)]
    [TestCase(304, false)]
    [TestCase(400, false)]
    [TestCase(500, false)]
    [TestCase(503, false)]
    [TestCase(599, false)]
    public async Task A_response_is_stored_if_its_status_is_understood(int status, bool isStored)
    {
        Answer(status, "Cache-Control: max-age=60");
        Assert.That(await IsReusedAsync(), Is.EqualTo(isStored));
        Assert.That((await GetAsync()).Status, Is.EqualTo(status));
    }

    [TestCase(200, true)]
    [TestCase(599, false)]
    public async Task Must_understand_sets_no_store_aside_where_the_status_is_understood(int status, bool isStored)
    {
        Answer(status, "Cache-Control: must-understand, no-store, max-age=60");
        Assert.That(await IsReusedAsync(), Is.EqualTo(isStored));
    }

    [TestCase("Authorization: Bearer secret", "max-age=60", false)]
    [TestCase("Authorization: Bearer secret", "max-age=60, public", true)]
    [TestCase("Authorization: Bearer secret", "max-age=60, must-revalidate", true)]
    [TestCase("Authorization: Bearer secret", "s-maxage=60", true)]
    [TestCase("Authorization: Bearer secret", "max-age=60, proxy-revalidate", false)]
    public async Task The_answer_to_an_authorized_request_is_stored_only_if_it_says_so(string credentials, string directives, bool isStored)
    {
        Answer("Cache-Control: " + directives);
        await GetAsync(credentials);
        await GetAsync("Authorization: Bearer another");
        Assert.That(Requests, Is.EqualTo(isStored ? 1 : 2));
    }

    [Test]
    public async Task An_authorized_request_is_not_answered_with_what_was_stored_for_anybody()
    {
        Answer("Cache-Control: max-age=60");
        Assert.That(await IsReusedAsync("Authorization: Bearer secret"), Is.False);
        Assert.That(await IsReusedAsync(), Is.True, "and what it was answered has not taken the place of the other");
    }

    [Test]
    public async Task A_response_with_a_cookie_is_not_stored()
    {
        Answer("Cache-Control: public, max-age=60", "Set-Cookie: a=b");
        Assert.That(await IsReusedAsync(), Is.False);
    }

    [Test]
    public async Task A_response_with_fields_of_its_connection_is_not_stored()
    {
        Answer("Cache-Control: max-age=60", "Proxy-Authenticate: Basic");
        Assert.That(await IsReusedAsync(), Is.False);
    }

    [Test]
    public async Task The_answer_to_another_method_is_not_stored()
    {
        Answer("Cache-Control: max-age=60");
        await SendAsync("OPTIONS", Path);
        await SendAsync("OPTIONS", Path);
        Assert.That(Requests, Is.EqualTo(2));
    }

    [Test]
    public async Task Fields_and_body_are_served_as_they_were_stored()
    {
        Answer("Cache-Control: max-age=60", "Content-Type: text/plain; charset=utf-8", "X-Own: one", "X-Own: two", "ETag: \"v1\"");
        await GetAsync();
        Wait(5);

        Reply reply = await GetAsync();

        Assert.That(reply.Status, Is.EqualTo(200));
        Assert.That(reply.Body, Is.EqualTo("1"));
        Assert.That(reply["X-Own"], Is.EqualTo("one, two"));
        Assert.That(reply["ETag"], Is.EqualTo("\"v1\""));
        Assert.That(reply["Content-Type"], Is.EqualTo("text/plain; charset=utf-8"));
        Assert.That(reply["Cache-Control"], Is.EqualTo("max-age=60"));
    }
}
