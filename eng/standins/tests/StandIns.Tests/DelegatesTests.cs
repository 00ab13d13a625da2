using Pipelines.Sockets.Unofficial;

namespace StandIns.Tests;

[TestFixture]
[Category("Unit")]
public class DelegatesTests
{
    [Test]
    public void Enumeration_yields_each_target_in_order_and_is_disposable()
    {
        var calls = new List<int>();
        Action first = () => calls.Add(1);
        Action both = first + (() => calls.Add(2));

        foreach (Action target in both.AsEnumerable())
            target();

        Assert.That(calls, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(first.IsSingle(), Is.True);
        Assert.That(both.IsSingle(), Is.False);
        Assert.That(typeof(IDisposable).IsAssignableFrom(typeof(Delegates.DelegateEnumerator<Action>)), Is.True);
    }
}
