using System.Reflection;
using HybridTiered.Serialization;
using ImmutableObjectAttribute = System.ComponentModel.ImmutableObjectAttribute;

namespace HybridTiered.Tests.Serialization;

[TestFixture, Category("Unit")]
public sealed class TypeTraitsTests
{
    [TestCase(typeof(string), true)]
    [TestCase(typeof(int), true)]
    [TestCase(typeof(int?), true)]
    [TestCase(typeof(DateTime), true)]
    [TestCase(typeof(Guid?), true)]
    [TestCase(typeof(DayOfWeek), true)]
    [TestCase(typeof((int, long)), true)]
    [TestCase(typeof((int, string)), false)]
    [TestCase(typeof((int, string)?), false)]
    [TestCase(typeof(byte[]), false)]
    [TestCase(typeof(object), false)]
    [TestCase(typeof(Uri), false)]
    [TestCase(typeof(SealedMarked), true)]
    [TestCase(typeof(SealedUnmarked), false)]
    [TestCase(typeof(SealedMarkedFalse), false)]
    [TestCase(typeof(OpenMarked), false)]
    [TestCase(typeof(HeirOfMarked), false)]
    [TestCase(typeof(StructMarked), true)]
    [TestCase(typeof(StructMarked?), true)]
    [TestCase(typeof(StructUnmarked), false)]
    [TestCase(typeof(StructUnmarked?), false)]
    public void An_instance_is_shared_only_if_nobody_can_change_it(Type type, bool isImmutable)
    {
        PropertyInfo property = typeof(TypeTraits<>).MakeGenericType(type).GetProperty(nameof(TypeTraits<int>.IsImmutable))!;

        Assert.That(property.GetValue(null), Is.EqualTo(isImmutable));
    }

    private sealed record SealedUnmarked(string Name);

    [ImmutableObject(true)]
    private sealed record SealedMarked(string Name);

    [ImmutableObject(false)]
    private sealed record SealedMarkedFalse(string Name);

    [ImmutableObject(true)]
    private record OpenMarked(string Name);

    private sealed record HeirOfMarked(string Name) : OpenMarked(Name);

    [ImmutableObject(true)]
    private readonly record struct StructMarked(string Name);

    private readonly record struct StructUnmarked(string Name);
}
