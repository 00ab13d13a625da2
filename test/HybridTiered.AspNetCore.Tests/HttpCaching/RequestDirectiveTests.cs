using HybridTiered.AspNetCore.Tests.Support;

namespace HybridTiered.AspNetCore.Tests.HttpCaching;

/// <summary>RFC 9111, sections 5.2.1 and 5.4: what a request accepts.</summary>
[TestFixture, Category("Web")]
public sealed class RequestDirectiveTests : HttpCachingFixture
{
    [Test]
    public async Task No_store_keeps_the_answer_from_being_stored()
    {
        Answer("Cache-Control: max-age=60");
        await GetAsync("Cache-Control: no-store");
        await GetAsync();
        Assert.That(Requests, Is.EqualTo(2));
    }

    [Test]
    public async Task No_store_may_be_answered_from_what_is_stored()
    {
        Answer("Cache-Control: max-age=60");
        Assert.That(await IsReusedAsync("Cache-Control: no-store"), Is.True);
    }

    [TestCase("Cache-Control: no-cache")]
    [TestCase("Cache-Control: max-age=0, no-cache")]
    [TestCase("Pragma: no-cache")]
    public async Task No_cache_reaches_the_application_and_its_answer_is_stored(string field)
    {
        Answer("Cache-Control: max-age=60");
        Assert.That(await IsReusedAsync(field), Is.False);
        Assert.That((await GetAsync()).Body, Is.EqualTo("2"));
    }

    [Test]
    public async Task Pragma_does_not_count_beside_cache_control()
    {
        Answer("Cache-Control: max-age=60");
        Assert.That(await IsReusedAsync("Pragma: no-cache", "Cache-Control: max-age=30"), Is.True);
    }

    [TestCase(10, true)]
    [TestCase(11, false)]
    public async Task Max_age_is_the_greatest_age_that_is_accepted(int age, bool isReused)
    {
        Answer("Cache-Control: max-age=60");
        await GetAsync();
        Wait(age - 0.5);
        Assert.That((await GetAsync("Cache-Control: max-age=10")).Body, Is.EqualTo(isReused ? "1" : "2"));
    }

    [TestCase("max-age=0")]
    [TestCase("max-age=nonsense")]
    public async Task Max_age_of_zero_accepts_nothing_that_is_stored(string directive)
    {
        Answer("Cache-Control: max-age=60");
        Assert.That(await IsReusedAsync("Cache-Control: " + directive), Is.False);
    }

    [TestCase(29, true)]
    [TestCase(31, false)]
    public async Task Min_fresh_asks_for_freshness_to_spare(int age, bool isReused)
    {
        Answer("Cache-Control: max-age=60");
        await GetAsync();
        Wait(age);
        Assert.That((await GetAsync("Cache-Control: min-fresh=30")).Body, Is.EqualTo(isReused ? "1" : "2"));
    }

    [TestCase("max-stale", 50, true)]
    [TestCase("max-stale=20", 15, true)]
    [TestCase("max-stale=20", 25, false)]
    [TestCase("max-stale=20, max-age=65", 15, false)]
    [TestCase("max-stale=20, max-age=100", 15, true)]
    [TestCase("max-stale, min-fresh=1", 15, false)]
    public async Task Max_stale_accepts_what_is_stale_by_so_much(string directives, int staleness, bool isReused)
    {
        Answer("Cache-Control: max-age=60");
        await GetAsync();
        Wait(60 + staleness);
        Reply reply = await GetAsync("Cache-Control: " + directives);
        Assert.That(reply.Body, Is.EqualTo(isReused ? "1" : "2"));
    }

    [TestCase("must-revalidate, max-age=60")]
    [TestCase("proxy-revalidate, max-age=60")]
    [TestCase("s-maxage=60")]
    public async Task Max_stale_gets_nothing_stale_that_must_be_validated(string directives)
    {
        Answer("Cache-Control: " + directives);
        await GetAsync();
        Wait(61);
        Assert.That((await GetAsync("Cache-Control: max-stale")).Body, Is.EqualTo("2"));
    }

    [Test]
    public async Task Without_max_stale_nothing_stale_is_served()
    {
        Answer("Cache-Control: max-age=60");
        await GetAsync();
        Wait(60);
        Assert.That((await GetAsync()).Body, Is.EqualTo("2"));
    }

    [Test]
    public async Task Only_if_cached_is_answered_from_what_is_stored()
    {
        Answer("Cache-Control: max-age=60");
        Assert.That(await IsReusedAsync("Cache-Control: only-if-cached"), Is.True);
    }

    [TestCase("only-if-cached", 0)]
    [TestCase("only-if-cached", 61)]
    [TestCase("only-if-cached, no-cache", 1)]
    [TestCase("only-if-cached, max-age=5", 10)]
    public async Task Only_if_cached_gets_504_where_nothing_stored_will_do(string directives, int age)
    {
        Answer("Cache-Control: max-age=60");
        if (age > 0)
            await GetAsync();
        int before = Requests;
        Wait(age);

        Reply reply = await GetAsync("Cache-Control: " + directives);

        Assert.That(reply.Status, Is.EqualTo(504));
        Assert.That(Requests, Is.EqualTo(before));
    }

    [TestCase("Range: bytes=0-0")]
    [TestCase("If-Match: \"v1\"")]
    [TestCase("If-Unmodified-Since: Thu, 01 Jan 2026 00:00:00 GMT")]
    public async Task Ranges_and_conditions_on_the_origin_reach_it(string field)
    {
        Answer("Cache-Control: max-age=60", "ETag: \"v1\"");
        Assert.That(await IsReusedAsync(field), Is.False);
    }
}
