using InferF.Plan.Model;
using InferF.Testing;
using static InferF.Plan.Tests.Model.Interpreted;

namespace InferF.Plan.Tests.Model;

/// <summary>What expressions over rows, segments, categories and submodels mean, against values computed by hand.</summary>
public sealed class RowExpressionTests
{
    [Fact]
    public void ColumnsAreSelectedAndConstantsRepeated()
    {
        Array columns = Of(3, [1L, 2, 3, 4, 5, 6], input => new SelectColumnsExpr(input, Constant(2L, 0, 2)));
        Assert.Equal([3L, 1, 3, 6, 4, 6], (long[])columns);
        Array joined = Of(1, [7f, 8f], input => new ConcatExpr([input, new ConstantExpr(Constant(1f, 2f))]));
        Assert.Equal([7f, 1, 2, 8, 1, 2], (float[])joined);
    }

    [Theory]
    [InlineData(ReduceFunction.Sum, 6)]
    [InlineData(ReduceFunction.Mean, 2)]
    [InlineData(ReduceFunction.Max, 3)]
    [InlineData(ReduceFunction.Min, 1)]
    [InlineData(ReduceFunction.Product, 6)]
    [InlineData(ReduceFunction.SumOfSquares, 14)]
    [InlineData(ReduceFunction.L1, 6)]
    [InlineData(ReduceFunction.L2, 3.7416573867739413)]
    [InlineData(ReduceFunction.LogSum, 1.791759469228055)]
    [InlineData(ReduceFunction.LogSumExp, 3.4076059644443806)]
    public void ReductionsOfFloats(ReduceFunction function, double expected) =>
        Assert.Equal(expected, ((double[])Of(3, [1.0, 2, 3], input => new ReduceExpr(function, input, 3)))[0], 1e-14);

    [Fact]
    public void ReductionsKeepTheOuterAndInnerDimensions()
    {
        // [2, 3, 2]: sums over the middle.
        Array sums = Of(12, [1L, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60], input => new ReduceExpr(ReduceFunction.Sum, input, 3, 2));
        Assert.Equal([9L, 12, 90, 120], (long[])sums);
        Assert.Equal([-3L], (long[])Of(2, [-3L, -4], input => new ReduceExpr(ReduceFunction.Mean, input, 2)));
    }

    [Fact]
    public void PositionsOfEqualElements()
    {
        float[] x = [1, 3, 3, 2];
        Assert.Equal([1L], (long[])Of(4, x, input => new ReduceExpr(ReduceFunction.ArgMax, input, 4)));
        Assert.Equal([2L], (long[])Of(4, x, input => new ReduceExpr(ReduceFunction.ArgMax, input, 4, selectLast: true)));
        Assert.Equal([0L], (long[])Of(4, x, input => new ReduceExpr(ReduceFunction.ArgMin, input, 4)));
    }

    [Fact]
    public void TheSoftmaxFamilyWorksBySegment()
    {
        double[] x = [0, Math.Log(3), 5, 5];
        Assert.Equal([0.25, 0.75, 0.5, 0.5], ((double[])Of(4, x, input => new SoftmaxExpr(input, 2))).Select(v => Math.Round(v, 14)));
        Assert.Equal([Math.Log(0.25), Math.Log(0.75), Math.Log(0.5), Math.Log(0.5)], (double[])Of(4, x, input => new SoftmaxExpr(input, 2, SoftmaxFunction.LogSoftmax)), (a, b) => Math.Abs(a - b) < 1e-14);
        Assert.Equal([0.0, 1, 1, 0], (double[])Of(4, x, input => new SoftmaxExpr(input, 2, SoftmaxFunction.Hardmax)));
    }

    [Fact]
    public void TopKSortsAndKeepsTheFirstOfEquals()
    {
        float[] x = [2, 5, 5, 1, 7, 0];
        Assert.Equal([5f, 5, 7, 1], (float[])Of(6, x, input => new TopKExpr(input, 3, 2, largest: true, positions: false)));
        Assert.Equal([1L, 2, 1, 0], (long[])Of(6, x, input => new TopKExpr(input, 3, 2, largest: true, positions: true)));
        Assert.Equal([0L, 1, 2, 0], (long[])Of(6, x, input => new TopKExpr(input, 3, 2, largest: false, positions: true)));
        Assert.Equal([-1L], (long[])Of(2, [5L, -1], input => new TopKExpr(input, 2, 1, largest: true, positions: false) { IsUnsigned = true }));
    }

    [Fact]
    public void MatricesThatVaryByRow()
    {
        // Two rows of one [2 × 2] times [2 × 1].
        Array products = Of(4, [1f, 2, 3, 4, 0, 1, 1, 0], 2, [5f, 6, 7, 8], (left, right) => new MatrixProductExpr(left, right, 1, 2, 2, 1));
        Assert.Equal([17f, 39, 8, 7], (float[])products);
        // Two products of [1 × 1] in a row.
        Assert.Equal([3f, 8], (float[])Of(2, [1f, 2], 2, [3f, 4], (left, right) => new MatrixProductExpr(left, right, 2, 1, 1, 1)));
    }

    [Fact]
    public void DistancesToPoints()
    {
        ConstantTensor points = ConstantTensor.Create("p", 2, 3, [9f, 0, 0, 9, 1, -1]);
        Assert.Equal([25f, 29], (float[])Of(2, [3f, 4], input => new DistanceExpr(input, points, DistanceMetric.SquaredEuclidean, firstColumn: 1)));
        Assert.Equal([7f, 7], (float[])Of(2, [3f, 4], input => new DistanceExpr(input, points, DistanceMetric.Manhattan, firstColumn: 1)));
    }

    [Fact]
    public void LabelsAreLookedUp()
    {
        LabelEncodeExpr Encode(TensorExpr input) => new(input, Constant("a", "b", "a"), Constant(1L, 2, 3), Constant(-1L));
        Assert.Equal([1L, 2, -1], (long[])Of(1, ["a", "b", "c"], Encode));
        LabelEncodeExpr Floats(TensorExpr input) => new(input, Constant(float.NaN, 1), Constant("missing", "one"), Constant("other"));
        Assert.Equal(["missing", "one", "other"], (string[])Of(1, [float.NaN, 1, 2], Floats));
    }

    [Fact]
    public void EmbeddingsCountFromBothEnds()
    {
        ConstantTensor table = ConstantTensor.Create("t", 3, 2, [1f, 2, 3, 4, 5, 6]);
        Assert.Equal([3f, 4, 5, 6], (float[])Of(2, [1L, -1], input => new EmbeddingExpr(input, table)));
        Assert.Throws<InvalidOperationException>(() => Of(1, [3L], input => new EmbeddingExpr(input, table)));
    }

    [Fact]
    public void SubmodelsRunInOnnxRuntime()
    {
        OnnxBuilder model = new OnnxBuilder()
            .Input("a", "float", OnnxBuilder.Open, 2).Input("b", "int64", OnnxBuilder.Open, 1)
            .Node("Neg", ["a"], ["negative"]).Node("Add", ["b", "b"], ["twice"])
            .Output("negative", "float", OnnxBuilder.Open, 2).Output("twice", "int64", OnnxBuilder.Open, 1);
        foreach (bool batched in new[] { true, false })
        {
            int[] one = batched ? [1] : [1, 1];
            int[] two = batched ? [2] : [1, 2];
            OnnxSubmodel submodel = new(
                ConstantTensor.Create("m", model.Build()),
                [new OnnxSubmodelInput("a", ElementType.Float32, [.. two]), new OnnxSubmodelInput("b", ElementType.Int64, [.. one])],
                [("negative", ElementType.Float32, [.. two]), ("twice", ElementType.Int64, [.. one])],
                batched);
            Array floats = Of(2, [1f, 2, 3, 4], 1, [5L, 6], (a, b) => new OnnxOutputExpr(new OnnxRunExpr(submodel, [a, b]), 0));
            Array integers = Of(2, [1f, 2, 3, 4], 1, [5L, 6], (a, b) => new OnnxOutputExpr(new OnnxRunExpr(submodel, [a, b]), 1));
            Assert.Equal([-1f, -2, -3, -4], (float[])floats);
            Assert.Equal([10L, 12], (long[])integers);
        }
    }
}
