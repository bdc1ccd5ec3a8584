using System.Collections.Immutable;

namespace InferF.Bindings.Generator;

/// <summary>A C type as C# spells it and as the header does.</summary>
/// <param name="Managed">E.g. <c>inferf_engine*</c>.</param>
/// <param name="Native">E.g. <c>const inferf_engine *</c>.</param>
/// <param name="ArrayLength">Elements of a fixed buffer, whose element <paramref name="Managed"/> is; 0 if it is none.</param>
public sealed record CType(string Managed, string Native, int ArrayLength = 0)
{
    /// <summary>C# code that uses it needs <c>unsafe</c>.</summary>
    public bool IsPointer => Managed.EndsWith('*') || Managed.StartsWith("delegate*", StringComparison.Ordinal);
}

/// <summary>A field with its offset in bytes.</summary>
public sealed record CField(string Name, CType Type, int Offset);

/// <summary>A struct; one without a definition (a handle) has no fields and size 0.</summary>
public sealed record CStruct(string Name, int Size, ImmutableArray<CField> Fields)
{
    /// <summary>Declared by Arrow: mapped to the structs of Apache.Arrow, not generated.</summary>
    public bool IsArrow => Name.StartsWith("Arrow", StringComparison.Ordinal);
}

/// <summary>A parameter.</summary>
public sealed record CParameter(string Name, CType Type);

/// <summary>An exported function.</summary>
public sealed record CFunction(string Name, CType Returns, ImmutableArray<CParameter> Parameters);

/// <summary>An enumerator of an anonymous enum, or a macro.</summary>
public sealed record CConstant(string Name, long Value);

/// <summary>Everything <c>inferf.h</c> declares, in order of declaration.</summary>
public sealed record CHeader(ImmutableArray<CConstant> Constants, ImmutableArray<CStruct> Structs, ImmutableArray<CFunction> Functions);
