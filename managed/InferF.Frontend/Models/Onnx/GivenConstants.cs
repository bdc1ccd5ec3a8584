using System.Collections.Immutable;
using InferF.Plan;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx;

/// <summary>The inputs of a file whose values were given when it is loaded.</summary>
internal static class GivenConstants
{
    /// <summary>Checks a given value against what the file declares and converts it to its type.</summary>
    /// <exception cref="InferFException">It does not fit.</exception>
    public static OnnxTensor Of(ValueInfoProto input, ModelConstant given)
    {
        string what = $"Input '{input.Name}'";
        DeclaredInput declared = DeclaredInput.Of(input);
        if (given.Shape.Length > ModelLimits.MaxRank || (declared.HasShape
            && (declared.Dims.Length != given.Shape.Length || declared.Dims.Where((dim, i) => dim > 0 && dim != given.Shape[i]).Any())))
        {
            throw Wrong($"{what} is declared as {ShapeText.Of(declared.Dims)}, the constant has the shape {ShapeText.Of(given.Shape)}");
        }
        Array data = (given.Data, declared.Type.Element) switch
        {
            (float[] or long[] or string[], _) when Fits(given.Data, declared.Type.Element) => given.Data,
            (double[], ElementType.Float64) => given.Data,
            (double[] values, ElementType.Float32) => Array.ConvertAll(values, value => (float)value),
            (long[] values, ElementType.Float32) => Array.ConvertAll(values, value => (float)value),
            (long[] values, ElementType.Float64) => Array.ConvertAll(values, value => (double)value),
            (float[] values, ElementType.Float64) => Array.ConvertAll(values, value => (double)value),
            _ => throw Wrong($"{what} has the type {declared.Type}, the constant is a {given.Data.GetType().Name}"),
        };
        if (data is long[] integers && declared.Type != OnnxType.Int64
            && integers.Any(value => declared.Type.IsBoolean ? value is not (0 or 1) : Operators.ConstantArithmetic.Wrap(value, declared.Type) != value))
        {
            throw Wrong($"an element of the constant for {what} does not fit {declared.Type}");
        }
        return new OnnxTensor(input.Name, declared.Type, given.Shape, data);
    }

    /// <summary>Fails for a name that is no input.</summary>
    public static void RequireInputs(ModelOptions options, IEnumerable<ValueInfoProto> inputs)
    {
        string[] names = [.. inputs.Select(input => input.Name)];
        foreach (string name in options.Constants.Keys)
        {
            if (!names.Contains(name, StringComparer.Ordinal))
            {
                throw Wrong($"the model has no input '{name}'{NearestName.Hint(name, names.Take(1000))}");
            }
        }
    }

    private static bool Fits(Array data, ElementType type) => (data, type) switch
    {
        (float[], ElementType.Float32) or (long[], ElementType.Int64) or (string[], ElementType.String) => true,
        _ => false,
    };

    private static InferFException Wrong(string reason) => new(InferFErrorCode.InvalidArgument, $"A constant for a model input does not fit: {reason}.");
}
