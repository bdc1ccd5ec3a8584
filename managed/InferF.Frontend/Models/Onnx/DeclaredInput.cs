using System.Collections.Immutable;

namespace InferF.Frontend.Models.Onnx;

/// <summary>What a graph input declares.</summary>
/// <param name="Name">Name of the input.</param>
/// <param name="Type">Element type.</param>
/// <param name="Dims">All dimensions; −1 where the file leaves one open.</param>
/// <param name="HasShape">False if the file declares no shape at all; then <paramref name="Dims"/> are a batch dimension and one more, both open.</param>
internal sealed record DeclaredInput(string Name, OnnxType Type, ImmutableArray<int> Dims, bool HasShape)
{
    /// <summary>Interprets a declaration.</summary>
    /// <exception cref="InferFException">It is contradictory, or InferF does not feed such an input.</exception>
    public static DeclaredInput Of(ValueInfoProto input)
    {
        string what = $"Input '{input.Name}'";
        if (input.Type?.ValueCase is not TypeProto.ValueOneofCase.TensorType)
        {
            throw input.Type is null || input.Type.ValueCase == TypeProto.ValueOneofCase.None
                ? ModelErrors.Invalid($"A graph input has no type. {what}.")
                : ModelErrors.Unsupported($"Unsupported input that is no tensor. {what}, {TypeName(input.Type)}.");
        }
        TypeProto.Types.Tensor tensor = input.Type.TensorType;
        OnnxType type = OnnxType.Find(tensor.ElemType) ?? throw (tensor.ElemType == 0
            ? ModelErrors.Invalid($"A graph input has no element type. {what}.")
            : ModelErrors.Unsupported($"Unsupported input type {OnnxType.NameOf(tensor.ElemType)}. {what}."));
        if (tensor.Shape is null)
        {
            return new DeclaredInput(input.Name, type, [-1, -1], HasShape: false);
        }
        if (tensor.Shape.Dim.Count > ModelLimits.MaxRank)
        {
            throw ModelErrors.Invalid($"A graph input has more than {ModelLimits.MaxRank} dimensions. {what}.");
        }
        long[] dims = [.. tensor.Shape.Dim.Select(dim => Value(dim, what))];
        long known = OnnxTensor.Product(dims.Skip(1).Select(dim => dim == -1 ? 1 : dim));
        if (known is < 0 or > ModelLimits.MaxWidth || dims.Any(dim => dim > int.MaxValue))
        {
            throw ModelErrors.Invalid($"A graph input has too many elements per row: at most {ModelLimits.MaxWidth} are possible. {what}, shape {ShapeOf(input.Type)}.");
        }
        return new DeclaredInput(input.Name, type, [.. dims.Select(dim => (int)dim)], HasShape: true);
    }

    /// <summary>The dimensions that follow the batch dimension, open ones as −1; exporters also write 0 for an open one.</summary>
    public ImmutableArray<int> RowShape => [.. Dims.Skip(1).Select(dim => dim == 0 ? -1 : dim)];

    /// <summary>The kind or element type of a declaration, for reports.</summary>
    public static string TypeName(TypeProto? type) => type?.ValueCase switch
    {
        TypeProto.ValueOneofCase.TensorType => OnnxType.NameOf(type.TensorType.ElemType),
        TypeProto.ValueOneofCase.SequenceType => "sequence",
        TypeProto.ValueOneofCase.MapType => "map",
        TypeProto.ValueOneofCase.OptionalType => "optional",
        _ => "unknown",
    };

    /// <summary>The shape of a declaration as the file spells it, for reports.</summary>
    public static string ShapeOf(TypeProto? type)
    {
        if (type?.ValueCase is not TypeProto.ValueOneofCase.TensorType || type.TensorType.Shape is null)
        {
            return "";
        }
        IEnumerable<string> dims = type.TensorType.Shape.Dim.Take(ModelLimits.MaxRank + 1).Select(dim => dim.ValueCase switch
        {
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue => $"{dim.DimValue}",
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam when dim.DimParam.Length > 0 => dim.DimParam,
            _ => "?",
        });
        return $"[{string.Join(", ", dims)}]";
    }

    /// <summary>The dimensions of a declaration, open ones as −1, or null if the file declares none that are all possible.</summary>
    public static ImmutableArray<int>? DimsOf(TypeProto? type) =>
        type?.ValueCase == TypeProto.ValueOneofCase.TensorType && type.TensorType.Shape is { } shape
        && shape.Dim.Count <= ModelLimits.MaxRank && shape.Dim.All(dim => dim.DimValue is >= -1 and <= int.MaxValue)
            ? [.. shape.Dim.Select(dim => dim.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue ? (int)dim.DimValue : -1)]
            : null;

    private static long Value(TensorShapeProto.Types.Dimension dim, string what)
    {
        if (dim.ValueCase != TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue || dim.DimValue == -1)
        {
            return -1;
        }
        return dim.DimValue >= 0
            ? dim.DimValue
            : throw ModelErrors.Invalid($"A dimension of a graph input is negative. {what}, dimension {dim.DimValue}.");
    }
}
