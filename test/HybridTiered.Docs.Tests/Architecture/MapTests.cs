namespace HybridTiered.Docs.Tests.Architecture;

/// <summary>The map in docs/architecture.md and the code agree: what one folder uses of another is what the arrows allow.</summary>
[TestFixture, Category("Unit")]
public sealed class MapTests
{
    private static readonly LayerMap Map = LayerMap.OfThePage;

    [Test]
    public void A_folder_uses_only_what_the_map_allows() =>
        Assert.That(new Layers(Map).Violations(TypeReferences.Of).Distinct(), Is.Empty);

    [Test]
    public void Every_folder_is_on_the_map_and_every_node_of_the_map_is_there()
    {
        var layers = new Layers(Map);

        Assert.That(Layers.Packages.SelectMany(package => package.GetExportedTypes().Concat(package.GetTypes().Where(type => type.Namespace?.StartsWith("HybridTiered", StringComparison.Ordinal) == true)))
            .Select(layers.NodeOf).Distinct(), Is.EquivalentTo(Map.Nodes));
    }

    [Test]
    public void No_arrows_go_in_a_circle() =>
        Assert.That(Map.Circles, Is.Empty);

    [Test]
    public void An_arrow_that_is_turned_round_is_a_violation()
    {
        var turned = new LayerMap(["  Entries --> Tags"]);

        Assert.That(new Layers(turned).Violations(TypeReferences.Of), Has.Some.Contains("Tags may not use Entries").And.None.Contains("Entries may not use"));
    }

    [Test]
    public void A_use_is_seen_wherever_it_stands()
    {
        HashSet<Type> used = TypeReferences.Of(typeof(User<>)), inClosure = TypeReferences.Of(typeof(User<>).GetNestedTypes(System.Reflection.BindingFlags.NonPublic).Single());

        Assert.That(used, Is.SupersetOf(new[]
        {
            typeof(UsedAsBase), typeof(IUsedAsInterface), typeof(UsedInField), typeof(UsedInSignature), typeof(UsedInCode), typeof(UsedAsArgument), typeof(UsedAsConstraint),
            typeof(UsedInCatchException), typeof(UsedAsResult),
        }));
        Assert.That(inClosure, Does.Contain(typeof(UsedInClosure)));
    }

    private interface IUsedAsInterface;

    private class UsedAsBase;

    private sealed class UsedInField;

    private sealed class UsedInSignature;

    private sealed class UsedAsArgument;

    private abstract class UsedAsConstraint;

    private sealed class UsedAsResult;

    private sealed class UsedInCatchException : Exception;

    private static class UsedInClosure
    {
        public static void Call()
        {
        }
    }

    private static class UsedInCode
    {
        public static UsedAsResult Call<T>() => throw new InvalidOperationException(typeof(T).Name);
    }

    private sealed class User<T> : UsedAsBase, IUsedAsInterface
        where T : UsedAsConstraint
    {
        public UsedInField? Field { get; set; }

        public static Action Use(List<UsedInSignature[]> list)
        {
            try
            {
                UsedInCode.Call<UsedAsArgument>();
            }
            catch (UsedInCatchException)
            {
                list.Clear();
            }
            return () => UsedInClosure.Call();
        }
    }
}
