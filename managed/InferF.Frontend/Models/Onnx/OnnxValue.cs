using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx;

/// <summary>What a name in the graph stands for while it is imported.</summary>
internal abstract record OnnxValue(OnnxType Type);

/// <summary>A value with one row per scored row: shape <c>[N, Shape…]</c>.</summary>
/// <param name="Expression">The elements of a row in row-major order.</param>
/// <param name="Shape">The dimensions after the batch dimension; empty for shape <c>[N]</c>.</param>
/// <param name="Type">Element type in the file.</param>
internal sealed record RowValue(TensorExpr Expression, ImmutableArray<int> Shape, OnnxType Type) : OnnxValue(Type)
{
    /// <summary>Number of dimensions, the batch dimension included.</summary>
    public int Rank => Shape.Length + 1;

    public int Width => Expression.Width;

    public override string ToString() => $"{Type}{ShapeText.OfRows(Shape)}";
}

/// <summary>A constant: an initializer, a Constant node, or computed from those.</summary>
internal sealed record ConstantValue(OnnxTensor Tensor) : OnnxValue(Tensor.Type)
{
    public override string ToString() => $"constant {Type}{ShapeText.Of(Tensor.Dims)}";
}

/// <summary>Spells shapes for messages.</summary>
internal static class ShapeText
{
    public static string Of(IEnumerable<int> dims) => $"[{string.Join(", ", dims)}]";

    public static string OfRows(IEnumerable<int> trailing) => $"[{string.Join(", ", trailing.Select(d => $"{d}").Prepend("N"))}]";
}
