using HybridTiered.Tiers;

namespace HybridTiered.Conformance;

/// <summary>What every tier does.</summary>
public abstract class CacheTierConformance : TierSuite<ICacheTier>
{
    private static readonly string[] OddKeys =
    [
        "", " ", "with space", " lead and trail ", "line\nfeed", "carriage\r\nreturn", "tab\tstop", "nul\0inside", "\0", "\u007f\u001f", "café",
        "日本語", "😀🚀", "../../etc", "a/b\\c", "con", "{tag}", "[a-z]*?", "%00%2f", "\"quoted\"", "\ufeffbom", new string('k', 250), new string('k', 251),
        new string('k', 1024), new string('k', 1025), string.Concat(Enumerable.Repeat("😀", 512)),
    ];

    [Test]
    public async Task A_written_value_is_read_back()
    {
        await WriteAsync("key", Bytes(1));

        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(1)));
    }

    [Test]
    public async Task A_key_that_was_never_written_is_missing([Values] TierRead read)
    {
        Assert.That(await ReadAsync("key", read), Is.Null);
    }

    [Test]
    public async Task An_empty_value_is_found_and_empty([Values] TierRead read)
    {
        await WriteAsync("key", []);

        Assert.That(await ReadAsync("key", read), Is.Not.Null.And.Empty);
    }

    [Test]
    public async Task A_second_write_replaces_value_and_lifetime()
    {
        await WriteAsync("key", Bytes(1), new TierLifetime(Unit));
        await WriteAsync("key", Bytes(2, 300), new TierLifetime(Unit * 10));
        await AdvancePastAsync(Unit);

        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(2, 300)));
    }

    [Test]
    public async Task Keys_are_case_sensitive()
    {
        await WriteAsync("key", Bytes(1));
        await WriteAsync("KEY", Bytes(2));

        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(1)));
        Assert.That(await ReadAsync("KEY"), Is.EqualTo(Bytes(2)));
    }

    [Test]
    public async Task Odd_keys_are_kept_apart_and_removed_one_by_one()
    {
        for (int i = 0; i < OddKeys.Length; i++)
            await WriteAsync(OddKeys[i], Bytes(i));
        for (int i = 0; i < OddKeys.Length; i++)
            Assert.That(await ReadAsync(OddKeys[i]), Is.EqualTo(Bytes(i)), $"key {i}");
        for (int i = 0; i < OddKeys.Length; i++)
        {
            await Tier.RemoveAsync(OddKeys[i], CancellationToken.None);
            Assert.That(await ReadAsync(OddKeys[i]), Is.Null, $"key {i}");
            if (i + 1 < OddKeys.Length)
                Assert.That(await ReadAsync(OddKeys[i + 1]), Is.EqualTo(Bytes(i + 1)), $"key {i + 1}");
        }
    }

    [TestCase(1)]
    [TestCase(4 * 1024)]
    [TestCase(64 * 1024 + 1)]
    [TestCase(1024 * 1024)]
    [TestCase(4 * 1024 * 1024)]
    public async Task A_value_of_any_allowed_size_is_read_back(int length)
    {
        Assume.That(length, Is.LessThanOrEqualTo(Harness.LargestValue));

        await WriteAsync("key", Bytes(length, length));

        Assert.That((await ReadAsync("key")).AsSpan().SequenceEqual(Bytes(length, length)), Is.True);
    }

    [Test]
    public async Task The_tier_copies_what_it_is_given()
    {
        byte[] buffer = Bytes(1);
        await WriteAsync("key", buffer);
        buffer.AsSpan().Clear();

        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(1)));
    }

    [Test]
    public async Task Bytes_that_are_being_read_do_not_change_when_the_key_is_overwritten_or_removed()
    {
        await WriteAsync("key", Bytes(1, 500));
        using TierEntry entry = await Tier.ReadAsync("key", TierRead.Data, CancellationToken.None);
        await WriteAsync("key", Bytes(2, 500));
        await Tier.RemoveAsync("key", CancellationToken.None);
        for (int i = 0; i < 20; i++)
        {
            await WriteAsync("other", Bytes(i, 500));
            await ReadAsync("other");
        }

        Assert.That(entry.Data.ToArray(), Is.EqualTo(Bytes(1, 500)));
    }

    [Test]
    public async Task A_removed_key_is_missing()
    {
        await WriteAsync("key", Bytes(1));
        await Tier.RemoveAsync("key", CancellationToken.None);

        Assert.That(await ReadAsync("key"), Is.Null);
    }

    [Test]
    public async Task Removing_what_is_not_there_is_no_fault()
    {
        await Tier.RemoveAsync("key", CancellationToken.None);
        await Tier.RemoveAsync("key", CancellationToken.None);

        Assert.That(await ReadAsync("key"), Is.Null);
    }

    [Test]
    public async Task A_removed_key_can_be_written_again()
    {
        await WriteAsync("key", Bytes(1));
        await Tier.RemoveAsync("key", CancellationToken.None);
        await WriteAsync("key", Bytes(2));

        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(2)));
    }

    [Test]
    public async Task An_entry_lives_as_long_as_it_was_told_to_and_no_longer()
    {
        await WriteAsync("key", Bytes(1), new TierLifetime(Unit * 2));
        await AdvanceAsync(Unit);
        byte[]? within = await ReadAsync("key");
        await AdvancePastAsync(Unit);

        Assert.That(within, Is.EqualTo(Bytes(1)));
        Assert.That(await ReadAsync("key"), Is.Null);
    }

    [Test]
    public async Task A_life_below_one_second_is_neither_none_nor_endless()
    {
        var life = TimeSpan.FromMilliseconds(700);
        await WriteAsync("key", Bytes(1), new TierLifetime(life));
        byte[]? within = await ReadAsync("key");
        await AdvancePastAsync(life);

        Assert.That(within, Is.EqualTo(Bytes(1)));
        Assert.That(await ReadAsync("key"), Is.Null);
    }

    [TestCase(29)]
    [TestCase(31)]
    [TestCase(1000)]
    [TestCase(100_000)]
    public async Task A_life_of_many_days_is_kept(int days)
    {
        var life = TimeSpan.FromDays(days);
        await WriteAsync("key", Bytes(1), new TierLifetime(life));
        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(1)));

        if (!Harness.AdvancesForFree)
            return;
        await AdvanceAsync(life - TimeSpan.FromHours(1));
        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(1)));
        await AdvancePastAsync(TimeSpan.FromHours(1));
        Assert.That(await ReadAsync("key"), Is.Null);
    }

    [Test]
    public async Task An_entry_without_an_end_stays()
    {
        await WriteAsync("key", Bytes(1), new TierLifetime(null));
        await AdvanceAsync(Unit * 2);

        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(1)));
    }

    [Test]
    public async Task The_longest_life_there_is_does_no_harm()
    {
        await WriteAsync("key", Bytes(1), new TierLifetime(TimeSpan.MaxValue, TimeSpan.MaxValue));

        Assert.That(await ReadAsync("key", TierRead.DataAndLifetime), Is.EqualTo(Bytes(1)));
    }

    [Test]
    public async Task The_lifetime_that_a_read_reports_is_what_is_left()
    {
        await WriteAsync("key", Bytes(1), new TierLifetime(Unit * 10));
        await AdvanceAsync(Unit);

        using TierEntry entry = await Tier.ReadAsync("key", TierRead.DataAndLifetime, CancellationToken.None);
        Assert.That(entry.Found, Is.True);
        if (entry.Lifetime is not { } left)
            return;
        Assert.That(left.Absolute, Is.Not.Null);
        Assert.That(left.Absolute!.Value, Is.LessThanOrEqualTo((Unit * 9) + Harness.Lateness).And.GreaterThan(Unit * 5));
        Assert.That(left.Sliding, Is.Null);
    }

    [Test]
    public async Task An_unread_sliding_entry_ends_with_its_window()
    {
        await WriteAsync("key", Bytes(1), new TierLifetime(null, Unit * 2));
        await AdvancePastAsync(Unit * 2);

        Assert.That(await ReadAsync("key"), Is.Null);
    }

    [Test]
    public async Task A_read_for_data_and_lifetime_starts_a_sliding_window_again()
    {
        await WriteAsync("key", Bytes(1), new TierLifetime(null, Unit * 3));
        for (int i = 0; i < 3; i++)
        {
            await AdvanceAsync(Unit * 2);
            Assert.That(await ReadAsync("key", TierRead.DataAndLifetime), Is.EqualTo(Bytes(1)), $"read {i}");
        }
        await AdvancePastAsync(Unit * 3);

        Assert.That(await ReadAsync("key"), Is.Null);
    }

    [Test]
    public async Task A_sliding_window_never_outlives_the_absolute_end()
    {
        await WriteAsync("key", Bytes(1), new TierLifetime(Unit * 4, Unit * 3));
        await AdvanceAsync(Unit * 2);
        Assert.That(await ReadAsync("key", TierRead.DataAndLifetime), Is.EqualTo(Bytes(1)));
        await AdvancePastAsync(Unit * 2);

        Assert.That(await ReadAsync("key"), Is.Null);
    }

    [Test]
    public async Task An_operation_whose_token_is_cancelled_already_does_no_damage()
    {
        await WriteAsync("key", Bytes(1));
        var cancelled = new CancellationToken(canceled: true);

        await AttemptAsync(async () => (await Tier.ReadAsync("key", TierRead.Data, cancelled)).Dispose());
        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(1)));
        await AttemptAsync(async () => await Tier.WriteAsync("key", Bytes(2), OneDay, cancelled));
        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(1)).Or.EqualTo(Bytes(2)));
        await AttemptAsync(async () => await Tier.RemoveAsync("key", cancelled));
        Assert.That(await ReadAsync("key"), Is.Null.Or.EqualTo(Bytes(1)).Or.EqualTo(Bytes(2)));
        await WriteAsync("key", Bytes(3));
        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(3)));

        static async Task AttemptAsync(Func<Task> operation)
        {
            try
            {
                await operation();
            }
            catch (OperationCanceledException)
            {
                // Either outcome is right; what counts is the state of the tier afterwards.
            }
        }
    }

    [Test]
    public async Task Concurrent_writers_of_one_key_leave_a_whole_value_of_one_of_them()
    {
        const int Writers = 8;
        byte[][] values = [.. Enumerable.Range(0, Writers).Select(i => Bytes(i, 500 + (i * 700)))];
        await WriteAsync("key", values[0]);

        await TogetherAsync(Writers, async i =>
        {
            for (int round = 0; round < 40; round++)
            {
                await WriteAsync("key", values[i]);
                byte[]? seen = await ReadAsync("key");
                Assert.That(values.Any(v => v.AsSpan().SequenceEqual(seen)), Is.True, "a value that nobody wrote");
            }
        });
    }

    [Test]
    public async Task Concurrent_callers_of_different_keys_do_not_mix_them_up()
    {
        await TogetherAsync(8, async i =>
        {
            for (int round = 0; round < 40; round++)
            {
                string key = $"{i}/{round % 7}";
                byte[] value = Bytes((i * 1000) + round, 100 + (round * 13));
                await WriteAsync(key, value);
                Assert.That(await ReadAsync(key), Is.EqualTo(value));
                if (round % 3 == 0)
                {
                    await Tier.RemoveAsync(key, CancellationToken.None);
                    Assert.That(await ReadAsync(key), Is.Null);
                }
            }
        });
    }

    [Test]
    public async Task A_tier_that_cannot_write_says_so_and_never_answers_wrongly()
    {
        if (!Harness.CanBreak)
            Assert.Ignore("The harness cannot break its tier.");
        await WriteAsync("key", Bytes(1));
        await Harness.BreakAsync();

        // Enough for a tier that gathers writes before it carries them out.
        Assert.That(
            async () =>
            {
                for (int i = 0; i < 256; i++)
                    await WriteAsync("other", Bytes(2, Math.Min(256 * 1024, Harness.LargestValue)));
            },
            Throws.Exception);

        // A tier that cannot read throws; an answer of "missing" would hide the outage.
        Task<byte[]?> read = ReadAsync("key");
        if (await Task.WhenAny(read) is { IsCompletedSuccessfully: true })
            Assert.That(await read, Is.EqualTo(Bytes(1)));

        await Harness.RepairAsync();
        await WriteAsync("key", Bytes(3));
        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(3)));
    }

    [Test]
    public async Task A_tier_can_be_disposed_twice_and_unused()
    {
        await Tier.DisposeAsync();
        await Tier.DisposeAsync();
    }

    [Test]
    public async Task A_used_tier_can_be_disposed_twice()
    {
        await WriteAsync("key", Bytes(1));
        await Tier.DisposeAsync();
        await Tier.DisposeAsync();
    }

    private static Task TogetherAsync(int callers, Func<int, Task> call)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task[] calls = [.. Enumerable.Range(0, callers).Select(i => Task.Run(async () =>
        {
            await start.Task;
            await call(i);
        }))];
        start.SetResult();
        return Task.WhenAll(calls);
    }
}
