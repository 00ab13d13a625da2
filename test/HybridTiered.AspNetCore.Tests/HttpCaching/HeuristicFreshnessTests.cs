using HybridTiered.AspNetCore.HttpCaching;

namespace HybridTiered.AspNetCore.Tests.HttpCaching;

/// <summary>RFC 9111, section 4.2.2: freshness that nobody has stated.</summary>
[TestFixture, Category("Web")]
public sealed class HeuristicFreshnessTests : HttpCachingFixture
{
    protected override void Configure(HttpCachingOptions options)
    {
        options.HeuristicFraction = 0.1;
        options.MaximumHeuristicFreshness = TimeSpan.FromHours(1);
    }

    [TestCase(95, "1")]
    [TestCase(101, "2")]
    public async Task It_is_a_part_of_the_time_since_the_last_change(int age, string body)
    {
        Answer("Last-Modified: " + HttpDate(Now.AddSeconds(-1000)));
        await GetAsync();
        Wait(age);
        Assert.That((await GetAsync()).Body, Is.EqualTo(body));
    }

    [TestCase(3590, "1")]
    [TestCase(3610, "2")]
    public async Task It_has_a_limit(int age, string body)
    {
        Answer("Last-Modified: " + HttpDate(Now.AddYears(-1)));
        await GetAsync();
        Wait(age);
        Assert.That((await GetAsync()).Body, Is.EqualTo(body));
    }

    [Test]
    public async Task What_is_stated_wins()
    {
        Answer("Cache-Control: max-age=10", "Last-Modified: " + HttpDate(Now.AddYears(-1)));
        await GetAsync();
        Wait(11);
        Assert.That((await GetAsync()).Body, Is.EqualTo("2"));
    }

    [TestCase(302)]
    [TestCase(307)]
    public async Task It_is_not_guessed_for_a_status_that_does_not_allow_it(int status)
    {
        Answer(status, "Last-Modified: " + HttpDate(Now.AddYears(-1)));
        Assert.That(await IsReusedAsync(), Is.False);
    }

    [Test]
    public async Task Nothing_is_guessed_from_a_change_in_the_future()
    {
        Answer("Last-Modified: " + HttpDate(Now.AddDays(1)));
        Assert.That(await IsReusedAsync(), Is.False);
    }

    [TestCase(-0.1)]
    [TestCase(1.1)]
    [TestCase(double.NaN)]
    public void A_fraction_that_is_none_is_refused(double fraction) =>
        Assert.That(() => new HttpCachingPolicy(new HttpCachingOptions { HeuristicFraction = fraction }), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
