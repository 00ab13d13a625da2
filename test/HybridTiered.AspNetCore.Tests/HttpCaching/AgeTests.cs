using HybridTiered.AspNetCore.Tests.Support;

namespace HybridTiered.AspNetCore.Tests.HttpCaching;

/// <summary>RFC 9111, sections 4.2, 5.1, 5.3: freshness and age.</summary>
[TestFixture, Category("Web")]
public sealed class AgeTests : HttpCachingFixture
{
    [Test]
    public async Task What_the_application_answers_has_no_age()
    {
        Answer("Cache-Control: max-age=60");
        Assert.That((await GetAsync()).Age, Is.Null);
    }

    [Test]
    public async Task What_is_served_from_the_cache_says_its_age()
    {
        Answer("Cache-Control: max-age=60");
        await GetAsync();
        Wait(17);
        Assert.That((await GetAsync()).Age, Is.EqualTo(17));
    }

    [Test]
    public async Task The_age_that_a_response_came_with_counts()
    {
        Answer("Cache-Control: max-age=60", "Age: 40");
        await GetAsync();
        Wait(15);
        Reply fresh = await GetAsync();
        Assert.That((fresh.Body, fresh.Age), Is.EqualTo(("1", 55)));
        Wait(6);
        Assert.That((await GetAsync()).Body, Is.EqualTo("2"));
    }

    [Test]
    public async Task The_time_a_response_took_counts_where_it_came_from_further_away()
    {
        Origin.Answer = context =>
        {
            Time.Advance(TimeSpan.FromSeconds(10));
            context.Response.Headers.CacheControl = "max-age=60";
            context.Response.Headers.Age = "40";
        };
        await GetAsync();
        Wait(5);
        Assert.That((await GetAsync()).Age, Is.EqualTo(55));
        Wait(6);
        Assert.That((await GetAsync()).Body, Is.EqualTo("2"));
    }

    [Test]
    public async Task What_was_stale_when_it_came_is_not_stored()
    {
        Answer("Cache-Control: max-age=60", "Age: 60");
        Assert.That(await IsReusedAsync(), Is.False);
    }

    [Test]
    public async Task An_age_that_is_no_number_is_ignored()
    {
        Answer("Cache-Control: max-age=60", "Age: old");
        Assert.That(await IsReusedAsync(), Is.True);
    }

    [Test]
    public async Task Expires_says_when_a_response_becomes_stale()
    {
        Answer("Expires: " + HttpDate(Now.AddSeconds(60)));
        await GetAsync();
        Wait(50);
        Assert.That((await GetAsync()).Body, Is.EqualTo("1"));
        Wait(10);
        Assert.That((await GetAsync()).Body, Is.EqualTo("2"));
    }

    [Test]
    public async Task A_max_age_wins_over_expires()
    {
        Answer("Cache-Control: max-age=60", "Expires: 0");
        Assert.That(await IsReusedAsync(), Is.True);
    }

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("tomorrow")]
    [TestCase("Thu, 01 Jan 2015 00:00:00 GMT")]
    public async Task Expires_in_the_past_or_without_a_date_is_stale_at_once(string expires)
    {
        Answer("Expires: " + expires);
        Assert.That(await IsReusedAsync(), Is.False);
    }

    [Test]
    public async Task Of_two_expires_none_counts()
    {
        Answer("Expires: " + HttpDate(Now.AddSeconds(60)), "Expires: " + HttpDate(Now.AddSeconds(90)));
        Assert.That(await IsReusedAsync(), Is.False);
    }

    [Test]
    public async Task Each_response_says_when_it_was_made()
    {
        Answer("Cache-Control: max-age=60");
        string? date = (await GetAsync())["Date"];
        Wait(20);
        Assert.That((await GetAsync())["Date"], Is.EqualTo(date));
    }

    [Test]
    public async Task Freshness_is_not_guessed_unless_it_is_asked_for()
    {
        Answer("Last-Modified: " + HttpDate(Now.AddDays(-10)));
        Assert.That(await IsReusedAsync(), Is.False);
    }
}
