using System.Reflection;
using HybridTiered.Docs.Tests.Markdown;

namespace HybridTiered.Docs.Tests.Architecture;

/// <summary>Where a type stands on the map.</summary>
internal sealed class Layers(LayerMap map)
{
    private const string Product = "HybridTiered";

    /// <summary>The folder for what puts a cache together; registration methods stand in the namespace of what they extend.</summary>
    private const string Composition = "Composition";

    /// <summary>What lies in the folder of the core itself: the faces, by their names, and the words in which they speak, which everybody may use.</summary>
    private const string Faces = "Faces";
    private const string Words = "Words";

    private readonly HashSet<string> _faces = [.. map.LabelOf(Faces).Split(", ")];

    public static Assembly[] Packages { get; } =
    [
        .. Directory.GetDirectories(Repository.PathOf("src")).Select(folder => Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, Path.GetFileName(folder) + ".dll"))),
    ];

    /// <summary>Each use of one type by another that the map does not allow.</summary>
    public IEnumerable<string> Violations(Func<Type, IEnumerable<Type>> uses) =>
        from type in Packages.SelectMany(package => package.GetTypes())
        where IsWritten(type)
        from used in uses(type)
        where Packages.Contains(used.Assembly) && IsWritten(used)
        let here = NodeOf(type)
        let there = NodeOf(used)
        where !Allows(type, here, used, there)
        select $"{here} may not use {there}: {Outermost(type).Name} uses {Outermost(used).Name}";

    /// <summary>The node for a type: a folder of the core with all below it, a folder of another package, or what is named in place of a folder.</summary>
    public string NodeOf(Type type)
    {
        string package = type.Assembly.GetName().Name!;
        bool isCore = package == Product;
        string space = type.Namespace!;
        if (!space.StartsWith(Product, StringComparison.Ordinal))
            return isCore ? Composition : package[(Product.Length + 1)..];
        if (space == Product)
            return _faces.Contains(Outermost(type).Name) ? Faces : Words;
        string[] parts = space.Split('.')[1..];
        return string.Join('.', parts.Take(isCore ? 1 : 2));
    }

    // What a package may use of the core, all of its folders may; and each may use the package's own folder, where its public types are.
    private bool Allows(Type type, string from, Type used, string to) =>
        to == Words
        || map.Allows(from, to)
        || (from.Contains('.', StringComparison.Ordinal)
            && (type.Assembly == used.Assembly ? to == PackageOf(from) : map.Allows(PackageOf(from), to)));

    private static string PackageOf(string node) => node[..node.IndexOf('.', StringComparison.Ordinal)];

    private static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;
        return type;
    }

    // Types that the compiler and its generators have added are of no layer.
    private static bool IsWritten(Type type) =>
        Outermost(type) is var outer && outer.Namespace is not null && !outer.Name.Contains('<', StringComparison.Ordinal)
        && !outer.Namespace.EndsWith("SourceGeneration", StringComparison.Ordinal) && !outer.Namespace.StartsWith("System", StringComparison.Ordinal);
}
