using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx;

/// <summary>What a name in the graph stands for while it is imported.</summary>
internal abstract record OnnxValue(OnnxType Type);

/// <summary>A value with one row per scored row.</summary>
/// <param name="Expression">The elements of a row in row-major order.</param>
/// <param name="Shape">The dimensions of a row: without the batch dimension, if there is one.</param>
/// <param name="Type">Element type in the file.</param>
/// <param name="HasBatch">The file has a batch dimension in front of <paramref name="Shape"/>; otherwise one row is the file's whole tensor.</param>
internal sealed record RowValue(TensorExpr Expression, ImmutableArray<int> Shape, OnnxType Type, bool HasBatch = true) : OnnxValue(Type)
{
    /// <summary>Number of dimensions in the file, the batch dimension included.</summary>
    public int Rank => Shape.Length + BatchRank;

    /// <summary>Number of dimensions in front of <see cref="Shape"/>: 1 or 0.</summary>
    public int BatchRank => HasBatch ? 1 : 0;

    public int Width => Expression.Width;

    public override string ToString() => $"{Type}{(HasBatch ? ShapeText.OfRows(Shape) : ShapeText.Of(Shape))}";
}

/// <summary>A constant: an initializer, a Constant node, a given input, or computed from those.</summary>
internal sealed record ConstantValue(OnnxTensor Tensor) : OnnxValue(Tensor.Type)
{
    public override string ToString() => $"constant {Type}{ShapeText.Of(Tensor.Dims)}";
}

/// <summary>A list of dimensions, or one, of which some are the number of rows: what exporters compute to keep the batch dimension open.</summary>
/// <param name="Entries">Dimensions; <see cref="Batch"/> stands for the number of rows.</param>
/// <param name="IsScalar">One dimension without a list around it.</param>
/// <param name="Type">An integer type.</param>
internal sealed record ShapeValue(ImmutableArray<long> Entries, bool IsScalar, OnnxType Type) : OnnxValue(Type)
{
    /// <summary>The entry that stands for the number of rows.</summary>
    public const long Batch = long.MinValue;

    public override string ToString() => $"shape {ShapeText.OfTarget([.. Entries])}";
}

/// <summary>Spells shapes for messages.</summary>
internal static class ShapeText
{
    public static string Of(IEnumerable<int> dims) => $"[{string.Join(", ", dims)}]";

    public static string OfRows(IEnumerable<int> trailing) => $"[{string.Join(", ", trailing.Select(d => $"{d}").Prepend("N"))}]";

    /// <summary>A shape that a model asks for, with N for the number of rows.</summary>
    public static string OfTarget(IEnumerable<long> dims) => $"[{string.Join(", ", dims.Select(dim => dim == ShapeValue.Batch ? "N" : $"{dim}"))}]";
}
