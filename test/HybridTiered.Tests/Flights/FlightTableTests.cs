using HybridTiered.Entries;
using HybridTiered.Flights;
using HybridTiered.Tags;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Flights;

[TestFixture, FixtureLifeCycle(LifeCycle.InstancePerTestCase), Category("Unit")]
public sealed class FlightTableTests
{
    private readonly FlightTable _table = new(new ClusterClock(new ManualTimeProvider()), new TagRegistry());

    [Test]
    public void A_flight_that_ends_removes_itself_only()
    {
        Flight<int> first = Start();
        _table.Close(first);
        Flight<int> second = Start();
        _table.Close(second);
        Flight<int> third = Start();
        Assert.That(new[] { first, second, third }, Is.Unique);

        _table.End(second);
        Assert.That(_table.Count().Flights, Is.EqualTo(2));
        _table.End(second);
        _table.End(first);

        Assert.That(Join(out Flight<int> joined), Is.False);
        Assert.That(joined, Is.SameAs(third));
    }

    [Test]
    public void A_flight_that_starts_while_its_key_is_invalidated_is_tainted_and_joined_by_nobody_afterwards()
    {
        _table.BeginInvalidation("k");
        Flight<int> flight = Start();
        _table.EndInvalidation("k");

        Assert.That((_table.Commit(flight, 0, _ => Assert.Fail("stored")), Join(out _)), Is.EqualTo((false, true)));
    }

    [Test]
    public void Invalidations_of_one_key_that_overlap_all_have_to_end()
    {
        _table.BeginInvalidation("k");
        _table.BeginInvalidation("k");
        _table.EndInvalidation("k");
        Assert.That(Start().Tainted, Is.True);
        _table.EndInvalidation("k");

        Assert.That(Start().Tainted, Is.False);
    }

    [Test]
    public void An_invalidation_taints_every_flight_of_its_key_and_no_other()
    {
        Flight<int> first = Start();
        _table.Close(first);
        Flight<int> second = Start();
        _table.JoinOrStart("other", default, false, out Flight<int> other, out _);

        _table.BeginInvalidation("k");

        Assert.That((first.Tainted, second.Tainted, other.Tainted), Is.EqualTo((true, true, false)));
    }

    [Test]
    public void What_is_stored_is_stored_in_one_step_with_the_end_of_joining()
    {
        Flight<int> flight = Start();

        bool joinedWhileStoring = true;
        bool stored = _table.Commit(flight, 0, _ => joinedWhileStoring = !Join(out Flight<int> _));

        Assert.That((stored, joinedWhileStoring), Is.EqualTo((true, false)));
    }

    [Test]
    public void A_value_being_set_is_joined_by_nobody_and_tainted_by_messages()
    {
        Mutation mutation = _table.Enter("k");
        Assert.That(Join(out _), Is.True);

        _table.Taint("k", 0, (_, underWay) => Assert.That(underWay, Is.True));

        Assert.That(_table.Commit(mutation, 0, _ => Assert.Fail("stored")), Is.False);
    }

    [Test]
    public void The_oldest_creation_time_is_that_of_the_oldest_flight_under_way()
    {
        Assert.That(_table.OldestCreated(), Is.EqualTo(long.MaxValue));
        Flight<int> first = Start();
        _table.JoinOrStart("other", default, false, out Flight<int> second, out _);
        Assert.That(_table.OldestCreated(), Is.EqualTo(first.Created));
        _table.End(first);

        Assert.That(_table.OldestCreated(), Is.EqualTo(second.Created));
    }

    [Test]
    public void A_flight_that_only_its_leader_has_seen_is_used_again_as_if_it_were_new()
    {
        Flight<int> first = Start();
        _table.BeginInvalidation("k");
        _table.EndInvalidation("k");
        (long created, bool tainted) = (first.Created, first.Tainted);
        _table.CloseAndEnd(first);
        first.Recycle();

        Flight<int> second = Start();

        Assert.That(second, Is.SameAs(first));
        Assert.That((tainted, second.Tainted, second.Closed, second.Ended, second.Created > created, _table.Count()), Is.EqualTo((true, false, false, false, true, (1, 1))));
    }

    [Test]
    public void A_flight_that_somebody_else_may_still_hold_is_not_used_again([Values("joined", "looked at", "under way", "its leader can leave")] string why)
    {
        _table.JoinOrStart("k", default, why == "its leader can leave", out Flight<int> first, out _);
        if (why == "joined")
            Join(out _);
        if (why == "looked at")
            Assert.That(_table.UnderWay, Has.Count.EqualTo(1));
        if (why == "under way")
            _table.Close(first);
        else
            _table.CloseAndEnd(first);
        first.Recycle();

        Assert.That(Start(), Is.Not.SameAs(first));
    }

    // A write behind ends its flight on a thread of its own, while the leader may be about to let the flight go.
    [Test]
    public void A_flight_that_somebody_takes_out_of_the_table_is_not_used_again_before_it_is_out()
    {
        Flight<int> first = Start();
        _table.Close(first);
        first.End = new TaskCompletionSource();
        Task recycled = first.End.Task.ContinueWith(_ => first.Recycle(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        _table.End(first);

        Assert.That((recycled.IsCompletedSuccessfully, _table.Count()), Is.EqualTo((true, (0, 0))));
    }

    private bool Join(out Flight<int> flight) => _table.JoinOrStart("k", default, false, out flight, out _);

    private Flight<int> Start()
    {
        Assert.That(Join(out Flight<int> flight), Is.True);
        return flight;
    }
}
