using InferF.Plan.Model;
using InferF.Plan.Query;

namespace InferF.Optimizer.Tests.Support;

/// <summary>Evaluates a prediction's model on one joined row, expression by expression, as the model file says: the oracle of the placements.</summary>
public sealed class DirectModel(TinyDatabase database, Prediction prediction, NullHandling nulls, int[] row)
{
    private readonly Dictionary<TensorExpr, object[]> _results = new(ReferenceEqualityComparer.Instance);

    /// <summary>A label was chosen between scores too close to call.</summary>
    public bool IsAmbiguous { get; private set; }

    public object[] Output(int output) => Evaluate(prediction.Model.Outputs[output].Expression);

    private object[] Evaluate(TensorExpr expression)
    {
        if (!_results.TryGetValue(expression, out object[]? result))
        {
            result = Apply(expression, [.. expression.Arguments.Select(Evaluate)]);
            Assert.Equal(expression.Width, result.Length);
            _results.Add(expression, result);
        }
        return result;
    }

    private object[] Apply(TensorExpr expression, object[][] a) => expression switch
    {
        InputExpr input => [.. prediction.Inputs[input.Index].SelectMany(feature => Load(database, row, feature.Column, input.Type, Missing(input), feature.Width))],
        ConcatExpr => [.. a.SelectMany(part => part)],
        SliceExpr slice => a[0][slice.Start..(slice.Start + slice.Width)],
        LinearExpr linear => linear.Bias is null
            ? RowMath.Multiply(a[0], linear.Weight, 0)
            : RowMath.Binary(BinaryFunction.Add, RowMath.Multiply(a[0], linear.Weight, 0), RowMath.Row(linear.Bias)),
        UnaryExpr unary => RowMath.Unary(unary.Function, unary.Alpha, a[0]),
        BinaryExpr binary => RowMath.Binary(binary.Function, a[0], a[1]),
        ConstantBinaryExpr binary => binary.ConstantOnLeft
            ? RowMath.Binary(binary.Function, RowMath.Row(binary.Constant), a[0])
            : RowMath.Binary(binary.Function, a[0], RowMath.Row(binary.Constant)),
        CastExpr cast => RowMath.Cast(a[0], cast.Type, cast.Boolean),
        SoftmaxExpr softmax => RowMath.Softmax(a[0], softmax.Length),
        ConstantExpr constant => RowMath.Row(constant.Tensor),
        SelectColumnsExpr select => RowMath.SelectColumns(a[0], select.Indices),
        WhereExpr => RowMath.Where(a[0], a[1], a[2]),
        ReduceExpr reduce => RowMath.Reduce(reduce.Function, a[0], reduce.Length, reduce.Inner),
        TopKExpr topK => RowMath.TopK(a[0], topK.Length, topK.Count, topK.Largest),
        MatrixProductExpr product => RowMath.MatrixProduct(a[0], a[1], product.Batch, product.Rows, product.Inner, product.Columns),
        DistanceExpr distance => RowMath.Distance(distance.Metric, a[0], distance.Points, distance.FirstColumn),
        LabelEncodeExpr encode => RowMath.LabelEncode(a[0], encode.Keys, encode.Values, encode.DefaultValue),
        EmbeddingExpr embedding => RowMath.Embedding(a[0], embedding.Table),
        ImputeExpr impute => RowMath.Impute(a[0], impute.Imputed, impute.Replaced),
        OneHotExpr oneHot => RowMath.OneHot(a[0], oneHot.Categories),
        NormalizeExpr normalize => RowMath.Normalize(normalize.Norm, a[0]),
        SelectLabelExpr select => Select(select, a[0]),
        _ => throw new NotSupportedException(expression.GetType().Name),
    };

    private object[] Select(SelectLabelExpr select, object[] scores)
    {
        double[] sorted = [.. scores.Select(score => (double)score).OrderDescending()];
        IsAmbiguous |= select.Threshold is double t ? Math.Abs(sorted[0] - t) < 1e-4 : sorted.Length > 1 && sorted[0] - sorted[1] < 1e-4;
        return RowMath.SelectLabel(scores, select.Labels, select.Threshold is not null, select.Threshold ?? 0);
    }

    private double Missing(InputExpr input)
    {
        bool isFloat = input.Type is ElementType.Float32 or ElementType.Float64;
        return isFloat && prediction.Model.Inputs[input.Index].TakesMissing ? double.NaN
            : nulls.Mode == NullMode.Constant ? nulls.Constant
            : isFloat ? double.NaN : 0;
    }

    /// <summary>A column's elements; NULL becomes <paramref name="missing"/>. (What the policy ERROR reports is the engine's affair.)</summary>
    public static object[] Load(TinyDatabase database, int[] row, InferF.Plan.Query.ColumnRef column, ElementType type, double missing, int width)
    {
        object? cell = database.Cell(column.Table, row[column.Table], column.Column);
        object[] elements = cell switch
        {
            null => [.. Enumerable.Repeat((object)missing, width)],
            double[] list => [.. list.Select(v => (object)v)],
            _ => [cell],
        };
        return type switch
        {
            ElementType.String => [.. elements.Select(v => v as string ?? "")],
            ElementType.Int64 => [.. elements.Select(v => (object)(long)Convert.ToDouble(v))],
            _ => [.. elements.Select(v => (object)Convert.ToDouble(v))],
        };
    }
}
