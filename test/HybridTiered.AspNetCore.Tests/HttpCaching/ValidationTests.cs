using HybridTiered.AspNetCore.Tests.Support;

namespace HybridTiered.AspNetCore.Tests.HttpCaching;

/// <summary>RFC 9111, section 4.3.2, and HEAD: requests that ask whether what they have is still good.</summary>
[TestFixture, Category("Web")]
public sealed class ValidationTests : HttpCachingFixture
{
    [TestCase("\"v1\"", "\"v1\"")]
    [TestCase("\"v1\"", "W/\"v1\"")]
    [TestCase("W/\"v1\"", "\"v1\"")]
    [TestCase("\"v1\"", "\"v0\", \"v1\"")]
    [TestCase("\"v1\"", "*")]
    public async Task An_entity_tag_that_matches_gets_304(string stored, string asked)
    {
        Answer("Cache-Control: max-age=60", "ETag: " + stored, "X-Own: 1");
        await GetAsync();
        Wait(3);

        Reply reply = await GetAsync("If-None-Match: " + asked);

        Assert.That((reply.Status, reply.Body, reply.Age), Is.EqualTo((304, "", 3)));
        Assert.That(reply["ETag"], Is.EqualTo(stored));
        Assert.That(reply["Cache-Control"], Is.EqualTo("max-age=60"));
        Assert.That(Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task An_entity_tag_that_does_not_match_gets_the_stored_response()
    {
        Answer("Cache-Control: max-age=60", "ETag: \"v1\"");
        await GetAsync();
        Reply reply = await GetAsync("If-None-Match: \"v0\"");
        Assert.That((reply.Status, reply.Body), Is.EqualTo((200, "1")));
    }

    [TestCase(0, 304)]
    [TestCase(10, 304)]
    [TestCase(-10, 200)]
    public async Task What_was_not_modified_since_gets_304(int seconds, int status)
    {
        DateTimeOffset modified = Now.AddHours(-1);
        Answer("Cache-Control: max-age=60", "Last-Modified: " + HttpDate(modified));
        await GetAsync();

        Reply reply = await GetAsync("If-Modified-Since: " + HttpDate(modified.AddSeconds(seconds)));

        Assert.That(reply.Status, Is.EqualTo(status));
        Assert.That(Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task Without_a_time_of_modification_the_date_counts()
    {
        Answer("Cache-Control: max-age=60");
        await GetAsync();
        Assert.That((await GetAsync("If-Modified-Since: " + HttpDate(Now.AddSeconds(1)))).Status, Is.EqualTo(304));
        Assert.That((await GetAsync("If-Modified-Since: " + HttpDate(Now.AddSeconds(-10)))).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task The_entity_tag_wins_over_the_time()
    {
        Answer("Cache-Control: max-age=60", "ETag: \"v2\"", "Last-Modified: " + HttpDate(Now.AddHours(-1)));
        await GetAsync();
        Assert.That((await GetAsync("If-None-Match: \"v1\"", "If-Modified-Since: " + HttpDate(Now))).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Conditions_do_not_count_where_the_stored_answer_is_no_success()
    {
        Answer(404, "Cache-Control: max-age=60", "ETag: \"v1\"");
        await GetAsync();
        Assert.That((await GetAsync("If-None-Match: \"v1\"")).Status, Is.EqualTo(404));
        Assert.That(Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task What_is_stale_is_for_the_application_to_validate()
    {
        Answer("Cache-Control: max-age=60", "ETag: \"v1\"");
        await GetAsync();
        Wait(61);
        Answer(304, "Cache-Control: max-age=60", "ETag: \"v1\"");
        Assert.That((await GetAsync("If-None-Match: \"v1\"")).Status, Is.EqualTo(304));
        Answer("Cache-Control: max-age=60", "ETag: \"v1\"");
        Assert.That((await GetAsync()).Body, Is.EqualTo("3"), "the application's 304 is not stored in place of a response");
    }

    [Test]
    public async Task Head_is_answered_from_the_response_to_get()
    {
        Answer("Cache-Control: max-age=60", "ETag: \"v1\"");
        await GetAsync();
        Wait(4);

        Reply reply = await SendAsync("HEAD", Path);

        Assert.That((reply.Status, reply.Body, reply.Age), Is.EqualTo((200, "", 4)));
        Assert.That(reply["Content-Length"], Is.EqualTo("1"));
        Assert.That(Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task The_answer_to_head_is_not_served_to_get()
    {
        Answer("Cache-Control: max-age=60");
        await SendAsync("HEAD", Path);
        Assert.That((await GetAsync()).Body, Is.EqualTo("2"));
    }
}
