using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Plan.Tests.Model;

/// <summary>Short ways to build an expression over given rows and interpret it.</summary>
internal static class Interpreted
{
    /// <summary>Interprets a function of one input.</summary>
    public static Array Of<T>(int width, T[] data, Func<TensorExpr, TensorExpr> build)
    {
        InputExpr input = new(0, TypeOf(data), width);
        return Evaluate(build(input), [data], [input]);
    }

    /// <summary>Interprets a function of two inputs.</summary>
    public static Array Of<TLeft, TRight>(int leftWidth, TLeft[] left, int rightWidth, TRight[] right, Func<TensorExpr, TensorExpr, TensorExpr> build)
    {
        InputExpr first = new(0, TypeOf(left), leftWidth);
        InputExpr second = new(1, TypeOf(right), rightWidth);
        return Evaluate(build(first, second), [left, right], [first, second]);
    }

    /// <summary>A constant row.</summary>
    public static ConstantTensor Constant(params float[] data) => ConstantTensor.Create("c", 1, data.Length, data);

    /// <summary>A constant row.</summary>
    public static ConstantTensor Constant(params long[] data) => ConstantTensor.Create("c", 1, data.Length, data);

    /// <summary>A constant row.</summary>
    public static ConstantTensor Constant(params string[] data) => ConstantTensor.Create("c", 1, data.Length, data);

    private static Array Evaluate(TensorExpr expression, Array[] data, InputExpr[] inputs)
    {
        ModelGraph graph = new("test", [.. inputs.Select(i => new ModelInput($"x{i.Index}", i.Type, i.Width, ""))], [new ModelOutput("y", expression)]);
        return TensorExprInterpreter.Evaluate(graph, data, data[0].Length / inputs[0].Width)[0];
    }

    private static ElementType TypeOf(Array data) => data switch
    {
        float[] => ElementType.Float32,
        double[] => ElementType.Float64,
        long[] => ElementType.Int64,
        _ => ElementType.String,
    };
}
