using System.Reflection;
using HybridTiered.Configuration;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HybridTiered.Tests.Configuration;

[TestFixture, Category("Unit")]
public sealed class TierPresetTests
{
    private readonly ManualTimeProvider _time = new();

    [Test]
    public void L1_lives_as_long_as_it_is_told_and_has_nothing_above_it_to_promote_to() => Assert.That(new MemoryTierOptions().TtlScale, Is.EqualTo(1));

    [Test]
    public void Each_preset_says_where_how_long_and_how_often() => Assert.That(
        new[] { TierOptions.L2, TierOptions.L3, TierOptions.L4 }.Select(o => (o.Level, o.TtlScale, o.PromotionFrequency)),
        Is.EqualTo(new[] { ((int?)2, 1d, 1), (3, 2d, 10), (4, 8d, 10) }));

    [Test]
    public void A_preset_that_is_changed_does_not_change_the_next_one()
    {
        TierOptions.L3.TtlScale = 5;

        Assert.That(TierOptions.L3.TtlScale, Is.EqualTo(2));
    }

    [Test]
    public void Copying_takes_over_every_setting()
    {
        var source = new TierOptions();
        foreach (PropertyInfo option in Settings())
            option.SetValue(source, Other(option.GetValue(source), option.PropertyType));
        var copy = new TierOptions();

        copy.CopyFrom(source);

        foreach (PropertyInfo option in Settings())
            Assert.That(option.GetValue(copy), Is.EqualTo(option.GetValue(source)).And.Not.EqualTo(option.GetValue(new TierOptions())), option.Name);
    }

    [Test]
    public async Task A_chain_of_presets_gives_each_tier_its_level_and_its_multiple_of_the_duration()
    {
        InMemoryTier[] tiers = [new(_time), new(_time), new(_time)];
        TierOptions[] presets = [TierOptions.L2, TierOptions.L3, TierOptions.L4];
        await using TestCache cache = TestCache.Create(_time, builder => AddTiers(builder, tiers, presets));

        await cache.Hybrid.SetAsync("k", "v", new() { Expiration = TimeSpan.FromMinutes(1) });

        Assert.That(cache.Statistics.Tiers.Select(t => t.Level), Is.EqualTo(new[] { 1, 2, 3, 4 }));
        Assert.That(tiers.Select(t => t.Peek("k")!.Value.Absolute), Is.EqualTo(new[] { 1, 2, 8 }.Select(m => (TimeSpan?)TimeSpan.FromMinutes(m))));
    }

    [Test]
    public async Task A_chain_may_leave_levels_out()
    {
        InMemoryTier[] tiers = [new(_time), new(_time)];
        await using TestCache cache = TestCache.Create(_time, builder => AddTiers(builder, tiers, [TierOptions.L3, TierOptions.L4]));

        await cache.Hybrid.SetAsync("k", "v");

        Assert.That(cache.Statistics.Tiers.Select(t => t.Level), Is.EqualTo(new[] { 1, 3, 4 }));
    }

    [Test]
    public void Presets_in_the_wrong_order_twice_or_made_wrong_are_reported_together()
    {
        TierOptions wrong = TierOptions.L3;
        (wrong.TtlScale, wrong.PromotionFrequency) = (-1, -1);
        ICacheTier[] tiers = [new InMemoryTier(_time), new InMemoryTier(_time), new InMemoryTier(_time)];
        using ServiceProvider services = new ServiceCollection()
            .AddHybridTiered(builder => AddTiers(builder, tiers, [TierOptions.L4, wrong, TierOptions.L4]))
            .BuildServiceProvider();

        OptionsValidationException mistakes = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<TieredCache>())!;

        Assert.That(mistakes.Failures, Is.EqualTo(new[]
        {
            "HybridTiered: Tiers[1] ('t1').Level is 3; it must be greater than 4, the level of the tier above.",
            "HybridTiered: Tiers[1] ('t1').TtlScale is -1; it must be more than 0 and at most 1,000,000.",
            "HybridTiered: Tiers[1] ('t1').PromotionFrequency is -1; it must be at least 0.",
            "HybridTiered: Tiers[2] ('t2').Level is 4; it must be greater than 4, the level of the tier above.",
        }));
    }

    private static void AddTiers(HybridTieredBuilder builder, ICacheTier[] tiers, TierOptions[] presets)
    {
        for (int i = 0; i < tiers.Length; i++)
        {
            int index = i;
            builder.AddTier("t" + i, _ => tiers[index], o => o.CopyFrom(presets[index]));
        }
    }

    private static IEnumerable<PropertyInfo> Settings() => typeof(TierOptions).GetProperties().Where(p => p.CanWrite);

    private static object Other(object? value, Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var t when t == typeof(int) => (int)(value ?? 0) + 1,
        var t when t == typeof(long) => (long)(value ?? 0L) + 1,
        var t when t == typeof(double) => (double)(value ?? 0d) + 1,
        var t when t == typeof(TimeSpan) => (TimeSpan)(value ?? TimeSpan.Zero) + TimeSpan.FromSeconds(1),
        var t when t == typeof(bool) => !(bool)(value ?? false),
        var t when t == typeof(string) => value + "x",
        _ => throw new NotSupportedException($"A setting of type {type} is not known to this test."),
    };
}
