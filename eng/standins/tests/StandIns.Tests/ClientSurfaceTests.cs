using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security;
using StackExchange.Redis;

namespace StandIns.Tests;

/// <summary>Compiles the whole client against the stand-ins: what they lack or hide shows here and not at a user's first unusual command.</summary>
[TestFixture]
[Category("Unit")]
public class ClientSurfaceTests
{
    private const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
    private const int FirstMemberReference = 0x0A000001;

    private static readonly Assembly Client = typeof(ConnectionMultiplexer).Assembly;

    [Test]
    public void Every_method_of_the_client_compiles()
    {
        var faults = new List<string>();
        int compiled = 0;
        foreach (MethodBase method in Client.GetTypes().SelectMany(type => type.GetMembers(Declared)).OfType<MethodBase>())
        {
            if (method.GetMethodBody() is null)
                continue;
            try
            {
                RuntimeHelpers.PrepareMethod(method.MethodHandle, TypeArguments(method));
                compiled++;
            }
            catch (Exception ex)
            {
                if (!IsOnlyAWrongGuessOfTypeArguments(ex))
                    faults.Add($"{method.DeclaringType}.{method.Name}: {ex.Message}");
            }
        }

        Assert.That(faults, Is.Empty);
        Assert.That(compiled, Is.GreaterThan(5000));
    }

    [Test]
    public void Every_member_that_the_client_references_exists_and_is_public()
    {
        var faults = new List<string>();
        int references = 0;
        foreach (MemberInfo member in MemberReferences(faults))
        {
            if (member.DeclaringType!.Assembly.GetName().Name is not ("Pipelines.Sockets.Unofficial" or "System.IO.Hashing"))
                continue;
            references++;
            Type owner = member.DeclaringType.IsGenericType ? member.DeclaringType.GetGenericTypeDefinition() : member.DeclaringType;
            if (!owner.IsVisible || member is MethodBase { IsPublic: false })
                faults.Add($"not public: {member.DeclaringType}.{member.Name}");
        }

        Assert.That(faults, Is.Empty);
        Assert.That(references, Is.GreaterThan(60));
    }

    private static IEnumerable<MemberInfo> MemberReferences(List<string> faults)
    {
        Type[] anyArguments = [.. Enumerable.Repeat(typeof(string), 8)];
        for (int token = FirstMemberReference; ; token++)
        {
            MemberInfo? member = null;
            try
            {
                member = Client.ManifestModule.ResolveMember(token, anyArguments, anyArguments);
            }
            catch (ArgumentOutOfRangeException)
            {
                yield break; // Past the last reference.
            }
            catch (Exception ex)
            {
                if (!IsOnlyAWrongGuessOfTypeArguments(ex))
                    faults.Add($"{token:x8}: {ex.Message}");
            }
            if (member is not null)
                yield return member;
        }
    }

    private static RuntimeTypeHandle[] TypeArguments(MethodBase method) =>
    [
        .. Fill(method.DeclaringType!.GetGenericArguments()),
        .. Fill(method.IsGenericMethod ? method.GetGenericArguments() : []),
    ];

    private static IEnumerable<RuntimeTypeHandle> Fill(Type[] parameters) =>
        parameters.Select(p => (p.GenericParameterAttributes & GenericParameterAttributes.NotNullableValueTypeConstraint) != 0
            ? typeof(byte).TypeHandle
            : typeof(string).TypeHandle);

    private static bool IsOnlyAWrongGuessOfTypeArguments(Exception ex) =>
        ex is ArgumentException or VerificationException
        || (ex is TypeLoadException && ex.Message.Contains("violates the constraint", StringComparison.Ordinal));
}
