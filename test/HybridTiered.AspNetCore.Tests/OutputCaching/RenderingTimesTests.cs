using HybridTiered.AspNetCore.OutputCaching;

namespace HybridTiered.AspNetCore.Tests.OutputCaching;

[TestFixture, Category("Unit"), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RenderingTimesTests
{
    private readonly RenderingTimes _times = new();

    [Test]
    public void A_page_that_was_never_asked_for_has_no_time() => Assert.That(_times.Rendered("page"), Is.Null);

    [Test]
    public void A_page_was_begun_when_it_was_first_asked_for_in_vain()
    {
        _times.Missed("page", 10);
        _times.Missed("page", 20);
        Assert.That(_times.Rendered("page"), Is.EqualTo(10));
    }

    [Test]
    public void Once_it_was_handed_over_its_next_rendering_counts()
    {
        _times.Missed("page", 10);
        _times.Rendered("page");
        _times.Missed("page", 30);
        Assert.That(_times.Rendered("page"), Is.EqualTo(30));
    }

    [Test]
    public void What_was_rendered_beside_another_is_no_younger()
    {
        _times.Missed("page", 10);
        _times.Missed("page", 20);
        _times.Rendered("page");
        Assert.That(_times.Rendered("page"), Is.EqualTo(10));
    }
}
