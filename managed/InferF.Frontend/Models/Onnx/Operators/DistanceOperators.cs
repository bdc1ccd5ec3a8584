using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Distances of rows to constant points, in the forms in which exporters write them for nearest neighbours.</summary>
internal static class DistanceOperators
{
    /// <summary>
    /// A Scan over constant points whose body is the distance of all rows to one of them: Σ (x − c)² or Σ |x − c| (skl2onnx's <c>onnx_cdist</c>).
    /// </summary>
    public static ImmutableArray<OnnxValue?> Scan(OperatorContext context)
    {
        GraphProto[] bodies = [.. GraphIndex.Bodies(context.Node)];
        bool isPlain = bodies.Length == 1 && context.InputCount == 2 && context.Attributes.Integer("num_scan_inputs", 0) == 1
            && new[] { "scan_input_axes", "scan_input_directions", "scan_output_axes", "scan_output_directions" }.All(name => context.Attributes.Integers(name).All(value => value == 0));
        if (!isPlain
            || (context.Required(0), context.Required(1)) is not (RowValue { HasBatch: true, Shape: [var width] } row, ConstantValue { Tensor: { Dims: [> 0, var columns] } points })
            || width != columns || points.Type != row.Type || !row.Type.IsFloatingPoint)
        {
            throw OperatorContext.Unsupported("a Scan that is not over constant points of the rows' width and type");
        }
        DistanceMetric metric = new DistanceBody(bodies[0]).Metric() ?? throw OperatorContext.Unsupported("a Scan whose body is no distance of rows to a point");
        var distances = new DistanceExpr(row.Expression, context.Shared(points, points.Dims[0], columns), metric) { Origin = context.Origin };
        return [row, new TransposedRows(new RowValue(distances, [points.Dims[0]], row.Type))];
    }

    /// <summary>
    /// com.microsoft CDist. ONNX Runtime expands squares, x² − 2xc + c², cut off at 0, so this does too: the expansion rounds differently from Σ (x − c)².
    /// </summary>
    public static ImmutableArray<OnnxValue?> CDist(OperatorContext context)
    {
        RowValue row = context.FloatRow(0);
        OnnxTensor points = context.Constant(1);
        string metric = context.Attributes.Text("metric", "sqeuclidean");
        if (row.Shape is not [var width] || points.Dims is not [> 0, var columns] || width != columns || points.Type != row.Type)
        {
            throw context.Invalid($"rows and points of one width and type are expected, found {row} and {new ConstantValue(points)}");
        }
        if (metric is not ("sqeuclidean" or "euclidean"))
        {
            throw context.Invalid($"metric must be sqeuclidean or euclidean, found '{metric}'");
        }
        int count = points.Dims[0];
        OnnxTensor scaled = ConstantArithmetic.Scale(context, points, -2);
        ConstantTensor squares = SquaredLengths(context, points, count, columns);
        TensorExpr own = new ReduceExpr(ReduceFunction.SumOfSquares, row.Expression, width) { Origin = context.Origin };
        TensorExpr mixed = new LinearExpr(row.Expression, context.SharedTranspose(scaled, count, columns), squares) { Origin = context.Origin };
        TensorExpr distances = new BinaryExpr(BinaryFunction.Add, mixed, own) { Origin = context.Origin };
        distances = new UnaryExpr(UnaryFunction.Relu, distances) { Origin = context.Origin };
        if (metric == "euclidean")
        {
            distances = new UnaryExpr(UnaryFunction.Sqrt, distances) { Origin = context.Origin };
        }
        return [new RowValue(distances, [count], row.Type)];
    }

    private static ConstantTensor SquaredLengths(OperatorContext context, OnnxTensor points, int count, int columns)
    {
        context.Charge(count, points.Type);
        double[] squares = new double[count];
        for (int i = 0; i < points.Count; i++)
        {
            double value = points.Data is double[] doubles ? doubles[i] : ((float[])points.Data)[i];
            squares[i / columns] += value * value;
        }
        string name = context.ParameterName("squares");
        return points.Data is double[]
            ? ConstantTensor.Create(name, 1, count, squares)
            : ConstantTensor.Create(name, 1, count, Array.ConvertAll(squares, square => (float)square));
    }
}
