using System.Reflection;
using System.Reflection.Emit;

namespace HybridTiered.Docs.Tests.Architecture;

/// <summary>Which types a type uses: in its base types, attributes, signatures and locals, and in the code of its methods.</summary>
/// <remarks>
/// Read from what was compiled, so what the source leaves to the eye (an enclosing namespace, an alias, a type that is only inferred) is seen too. What the compiler
/// has replaced by a number is not: constants, and members of enumerations that nothing declares.
/// </remarks>
internal static class TypeReferences
{
    private const BindingFlags All = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Instructions = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    public static HashSet<Type> Of(Type type)
    {
        HashSet<Type> found = [];
        Add(type.BaseType);
        AddAll(type.GetInterfaces());
        AddAll(type.GetCustomAttributesData().Select(attribute => attribute.AttributeType));
        AddAll(type.GetGenericArguments().SelectMany(parameter => parameter.GetGenericParameterConstraints()));
        foreach (FieldInfo field in type.GetFields(All))
            Add(field.FieldType);
        foreach (MethodBase method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
        {
            Add((method as MethodInfo)?.ReturnType);
            AddAll(method.GetParameters().Select(parameter => parameter.ParameterType));
            AddAll(method.GetCustomAttributesData().Select(attribute => attribute.AttributeType));
            if (method is MethodInfo { IsGenericMethod: true })
                AddAll(method.GetGenericArguments().SelectMany(parameter => parameter.GetGenericParameterConstraints()));
            if (method.GetMethodBody() is not { } body)
                continue;
            AddAll(body.LocalVariables.Select(local => local.LocalType));
            AddAll(body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(clause => clause.CatchType));
            foreach (MemberInfo member in MembersIn(method, body.GetILAsByteArray()!))
                AddMember(member);
        }
        return found;

        void AddMember(MemberInfo member)
        {
            Add(member as Type ?? member.DeclaringType);
            switch (member)
            {
                case FieldInfo field:
                    Add(field.FieldType);
                    break;
                case MethodBase called:
                    Add((called as MethodInfo)?.ReturnType);
                    AddAll(called.GetParameters().Select(parameter => parameter.ParameterType));
                    if (called.IsGenericMethod)
                        AddAll(called.GetGenericArguments());
                    break;
            }
        }

        void AddAll(IEnumerable<Type?> types)
        {
            foreach (Type? each in types)
                Add(each);
        }

        void Add(Type? used)
        {
            while (used is { HasElementType: true })
                used = used.GetElementType();
            if (used is null or { IsGenericParameter: true })
                return;
            if (used.IsConstructedGenericType)
                AddAll(used.GetGenericArguments());
            found.Add(used.IsGenericType ? used.GetGenericTypeDefinition() : used);
        }
    }

    private static IEnumerable<MemberInfo> MembersIn(MethodBase method, byte[] code)
    {
        Type[]? ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        Type[]? ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (int at = 0; at < code.Length;)
        {
            short value = code[at++];
            if (value == 0xFE)
                value = (short)(0xFE00 | code[at++]);
            OpCode instruction = Instructions[value];
            if (instruction.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
                yield return method.Module.ResolveMember(BitConverter.ToInt32(code, at), ofType, ofMethod)!;
            at += instruction.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
                _ => 4,
            };
        }
    }
}
