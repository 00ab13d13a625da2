using HybridTiered.Diagnostics;

namespace HybridTiered.Tests.Diagnostics;

[TestFixture, Category("Unit")]
public sealed class HitCounterTests
{
    [Test]
    public void The_sum_is_exact_over_threads_that_run_and_threads_that_have_ended()
    {
        using var counter = new HitCounter();
        for (int round = 0; round < 10; round++)
        {
            Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
            {
                for (int i = 0; i < 10_000; i++)
                    counter.Increment();
            }))];
            foreach (Thread thread in threads)
                thread.Start();
            foreach (Thread thread in threads)
                thread.Join();
            counter.Increment();
        }

        Assert.That(counter.Value, Is.EqualTo(400_010));
    }

    [Test]
    public void A_counter_that_takes_over_the_number_of_a_disposed_one_counts_for_itself_on_every_thread()
    {
        var first = new HitCounter();
        first.Increment();
        first.Dispose();
        first.Dispose();
        using var second = new HitCounter();
        using var third = new HitCounter();
        second.Increment();
        third.Increment();
        third.Increment();
        first.Increment();

        Assert.That((first.Value, second.Value, third.Value), Is.EqualTo((2, 1, 2)));
    }
}
