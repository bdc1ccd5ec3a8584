using System.Collections.Immutable;

namespace InferF.Frontend.Models.Onnx;

/// <summary>What a graph input declares, reduced to what matters for scoring rows.</summary>
/// <param name="Name">Name of the input.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Dimensions after the batch dimension; −1 where the file leaves one open.</param>
/// <param name="HasShape">False if the file declares no shape at all; then <paramref name="Shape"/> is one open dimension.</param>
/// <param name="FixedBatch">The file fixes the batch dimension to 1.</param>
internal sealed record DeclaredInput(string Name, OnnxType Type, ImmutableArray<int> Shape, bool HasShape, bool FixedBatch)
{
    /// <summary>Product of the trailing dimensions, or −1 while one is open.</summary>
    public int Width => Shape.Contains(-1) ? -1 : Shape.Aggregate(1, (product, dim) => product * dim);

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
        OnnxType? type = OnnxType.Find(tensor.ElemType);
        if (type is null or { IsHalf: true })
        {
            throw tensor.ElemType == 0
                ? ModelErrors.Invalid($"A graph input has no element type. {what}.")
                : ModelErrors.Unsupported($"Unsupported input type {OnnxType.NameOf(tensor.ElemType)}. {what}.");
        }
        if (tensor.Shape is null)
        {
            return new DeclaredInput(input.Name, type, [-1], HasShape: false, FixedBatch: false);
        }
        if (tensor.Shape.Dim.Count == 0)
        {
            throw ModelErrors.Unsupported($"Unsupported scalar input: a batch dimension is expected. {what}.");
        }
        if (tensor.Shape.Dim.Count > ModelLimits.MaxRank)
        {
            throw ModelErrors.Invalid($"A graph input has more than {ModelLimits.MaxRank} dimensions. {what}.");
        }
        long batch = Value(tensor.Shape.Dim[0], what);
        if (batch > 1)
        {
            throw ModelErrors.Unsupported(
                $"Unsupported fixed batch size: the first dimension must be symbolic or 1, so that rows are scored independently. {what}, shape {ShapeOf(input.Type)}.");
        }
        long[] trailing = [.. tensor.Shape.Dim.Skip(1).Select(dim => Value(dim, what))];
        long known = OnnxTensor.Product(trailing.Select(dim => dim == -1 ? 1 : dim));
        if (known is < 0 or > ModelLimits.MaxWidth)
        {
            throw ModelErrors.Invalid($"A graph input has too many elements per row: at most {ModelLimits.MaxWidth} are possible. {what}, shape {ShapeOf(input.Type)}.");
        }
        return new DeclaredInput(input.Name, type, [.. trailing.Select(dim => (int)dim)], HasShape: true, FixedBatch: batch == 1);
    }

    /// <summary>The kind or element type of a declaration, for reports.</summary>
    public static string TypeName(TypeProto? type) => type?.ValueCase switch
    {
        TypeProto.ValueOneofCase.TensorType => OnnxType.NameOf(type.TensorType.ElemType),
        TypeProto.ValueOneofCase.SequenceType => "sequence",
        TypeProto.ValueOneofCase.MapType => "map",
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

    // 0 and −1 are how some exporters write "open".
    private static long Value(TensorShapeProto.Types.Dimension dim, string what)
    {
        if (dim.ValueCase != TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue || dim.DimValue is 0 or -1)
        {
            return -1;
        }
        return dim.DimValue > 0
            ? dim.DimValue
            : throw ModelErrors.Invalid($"A dimension of a graph input is negative. {what}, dimension {dim.DimValue}.");
    }
}
