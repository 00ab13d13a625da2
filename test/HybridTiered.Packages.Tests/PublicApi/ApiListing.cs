using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace HybridTiered.Packages.Tests.PublicApi;

/// <summary>What others can see of an assembly: a line per type, a line per member below it, by name, with nullability and default values.</summary>
internal static class ApiListing
{
    private static readonly SymbolDisplayFormat TypeFormat = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints | SymbolDisplayGenericsOptions.IncludeVariance,
        delegateStyle: SymbolDisplayDelegateStyle.NameAndSignature,
        kindOptions: SymbolDisplayKindOptions.IncludeTypeKeyword,
        parameterOptions: ParameterOptions,
        miscellaneousOptions: Miscellaneous);

    private static readonly SymbolDisplayFormat MemberFormat = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints,
        memberOptions: SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeRef
            | SymbolDisplayMemberOptions.IncludeModifiers | SymbolDisplayMemberOptions.IncludeAccessibility | SymbolDisplayMemberOptions.IncludeExplicitInterface
            | SymbolDisplayMemberOptions.IncludeConstantValue,
        parameterOptions: ParameterOptions,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        miscellaneousOptions: Miscellaneous);

    private const SymbolDisplayParameterOptions ParameterOptions =
        SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeDefaultValue
        | SymbolDisplayParameterOptions.IncludeParamsRefOut | SymbolDisplayParameterOptions.IncludeExtensionThis;

    private const SymbolDisplayMiscellaneousOptions Miscellaneous =
        SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier
        | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers | SymbolDisplayMiscellaneousOptions.AllowDefaultLiteral;

    private static readonly Comparer<(string Name, string Text)> ByName = Comparer<(string Name, string Text)>.Create(
        static (one, other) => string.CompareOrdinal(one.Name, other.Name) is not 0 and var order ? order : string.CompareOrdinal(one.Text, other.Text));

    /// <summary>Lists an assembly.</summary>
    /// <param name="assembly">Its path.</param>
    /// <param name="references">The paths of all that it may refer to, itself included.</param>
    public static string Of(string assembly, IEnumerable<string> references)
    {
        PortableExecutableReference[] all = [.. references.Select(path => MetadataReference.CreateFromFile(path))];
        CSharpCompilation compilation = CSharpCompilation.Create("listing", references: all);
        var listed = (IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(all.Single(reference => reference.FilePath == assembly))!;

        var text = new StringBuilder();
        foreach (INamedTypeSymbol type in Types(listed.GlobalNamespace).OrderBy(type => type.ToDisplayString(TypeFormat), StringComparer.Ordinal))
        {
            text.Append(Header(type)).Append('\n');
            foreach ((_, string member) in type.GetMembers().Where(IsListed).Select(member => (member.Name, member.ToDisplayString(MemberFormat))).Order(ByName))
                text.Append("    ").Append(member).Append('\n');
        }
        return text.ToString();
    }

    private static IEnumerable<INamedTypeSymbol> Types(INamespaceOrTypeSymbol container)
    {
        foreach (INamespaceOrTypeSymbol member in container.GetMembers().OfType<INamespaceOrTypeSymbol>())
        {
            if (member is INamedTypeSymbol type)
            {
                if (!IsVisible(type))
                    continue;
                yield return type;
            }
            foreach (INamedTypeSymbol nested in Types(member))
                yield return nested;
        }
    }

    private static string Header(INamedTypeSymbol type)
    {
        string modifiers = type switch
        {
            { TypeKind: TypeKind.Class, IsStatic: true } => "static ",
            { TypeKind: TypeKind.Class, IsSealed: true } => "sealed ",
            { TypeKind: TypeKind.Class, IsAbstract: true } => "abstract ",
            { TypeKind: TypeKind.Struct, IsReadOnly: true } => "readonly ",
            _ => "",
        };
        string accessibility = type.DeclaredAccessibility == Accessibility.Public ? "public " : "protected ";
        ImmutableArray<INamedTypeSymbol> interfaces = type.TypeKind == TypeKind.Delegate ? [] : type.Interfaces;
        string[] bases =
        [
            .. new[] { type.TypeKind == TypeKind.Class && type.BaseType!.SpecialType != SpecialType.System_Object ? type.BaseType : null }.OfType<INamedTypeSymbol>()
                .Concat(interfaces.Where(implemented => implemented.DeclaredAccessibility == Accessibility.Public)).Select(based => based.ToDisplayString(MemberFormat)),
        ];
        return accessibility + modifiers + type.ToDisplayString(TypeFormat) + (bases.Length == 0 ? "" : " : " + string.Join(", ", bases));
    }

    private static bool IsVisible(ISymbol symbol) =>
        symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal && symbol.Name[0] != '<';

    // A property or event stands for its accessors; what the compiler adds to every record says nothing of this one.
    private static bool IsListed(ISymbol member) => IsVisible(member) && member switch
    {
        INamedTypeSymbol => false,
        IMethodSymbol { AssociatedSymbol: not null } => false,
        IMethodSymbol { MethodKind: MethodKind.Constructor, ContainingType.TypeKind: TypeKind.Struct, Parameters.IsEmpty: true } => false,
        IMethodSymbol { MethodKind: not MethodKind.Constructor } method => !IsGenerated(method),
        IPropertySymbol { Name: "EqualityContract" } => false,
        _ => true,
    };

    private static bool IsGenerated(IMethodSymbol method) => method.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == "CompilerGeneratedAttribute");
}
