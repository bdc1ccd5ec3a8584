using InferF.Plan.Model;
using InferF.Testing;
using static InferF.Plan.Tests.Model.Interpreted;

namespace InferF.Plan.Tests.Model;

/// <summary>What element-wise expressions mean, against values computed by hand.</summary>
public sealed class ElementExpressionTests
{
    [Theory]
    [InlineData(UnaryFunction.Exp, 1, 2.718281828459045)]
    [InlineData(UnaryFunction.Log, 10, 2.302585092994046)]
    [InlineData(UnaryFunction.Sqrt, 2, 1.4142135623730951)]
    [InlineData(UnaryFunction.Abs, -3, 3)]
    [InlineData(UnaryFunction.Negate, 3, -3)]
    [InlineData(UnaryFunction.Reciprocal, 8, 0.125)]
    [InlineData(UnaryFunction.Floor, -1.5, -2)]
    [InlineData(UnaryFunction.Ceil, -1.5, -1)]
    [InlineData(UnaryFunction.Round, 2.5, 2)]
    [InlineData(UnaryFunction.Round, -1.5, -2)]
    [InlineData(UnaryFunction.Sign, -7, -1)]
    [InlineData(UnaryFunction.Erf, 0.5, 0.5204998778130465)]
    [InlineData(UnaryFunction.Erf, -2, -0.9953222650189527)]
    [InlineData(UnaryFunction.Gelu, 1, 0.8413447460685429)]
    [InlineData(UnaryFunction.GeluTanh, 1, 0.8411919906082768)]
    [InlineData(UnaryFunction.Elu, -1, -0.6321205588285577, 1)]
    [InlineData(UnaryFunction.Selu, -1, -1.2642411176571153, 1, 2)]
    [InlineData(UnaryFunction.Celu, -2, -1.2642411176571153, 2)]
    [InlineData(UnaryFunction.Celu, 3, 3, 2)]
    [InlineData(UnaryFunction.Softplus, 0, 0.6931471805599453)]
    [InlineData(UnaryFunction.Softplus, 1000, 1000)]
    [InlineData(UnaryFunction.Softsign, -3, -0.75)]
    [InlineData(UnaryFunction.HardSigmoid, 1, 0.75, 0.25, 0.5)]
    [InlineData(UnaryFunction.HardSigmoid, 9, 1, 0.25, 0.5)]
    [InlineData(UnaryFunction.HardSwish, 1.5, 1.125)]
    [InlineData(UnaryFunction.ThresholdedRelu, 2, 0, 2)]
    [InlineData(UnaryFunction.ThresholdedRelu, 2.5, 2.5, 2)]
    [InlineData(UnaryFunction.Swish, 2, 1.7615941559557649, 1)]
    [InlineData(UnaryFunction.Mish, 1, 0.8650983882673103)]
    [InlineData(UnaryFunction.Sin, 1, 0.8414709848078965)]
    [InlineData(UnaryFunction.Cos, 1, 0.5403023058681398)]
    [InlineData(UnaryFunction.Tan, 1, 1.5574077246549023)]
    [InlineData(UnaryFunction.Atan, 1, 0.7853981633974483)]
    public void FunctionsOfOneNumber(UnaryFunction function, double x, double expected, float alpha = 0, float beta = 0)
    {
        double[] y = (double[])Of(1, [x], input => new UnaryExpr(function, input, alpha, beta));
        Assert.Equal(expected, y[0], 1e-14);
    }

    [Theory]
    [InlineData(UnaryFunction.Relu, -2, 0)]
    [InlineData(UnaryFunction.Abs, -2, 2)]
    [InlineData(UnaryFunction.Abs, long.MinValue, long.MinValue)]
    [InlineData(UnaryFunction.Negate, 5, -5)]
    [InlineData(UnaryFunction.Sign, -9, -1)]
    [InlineData(UnaryFunction.Not, 0, 1)]
    [InlineData(UnaryFunction.Not, 7, 0)]
    public void FunctionsOfOneInteger(UnaryFunction function, long x, long expected) =>
        Assert.Equal([expected], (long[])Of(1, [x], input => new UnaryExpr(function, input)));

    [Fact]
    public void TestsOnFloatsAreIntegers()
    {
        float[] x = [1, float.NaN, float.PositiveInfinity, float.NegativeInfinity];
        Assert.Equal([0L, 1, 0, 0], (long[])Of(1, x, input => new UnaryExpr(UnaryFunction.IsNaN, input)));
        Assert.Equal([0L, 0, 1, 1], (long[])Of(1, x, input => new UnaryExpr(UnaryFunction.IsInfinity, input, 1, 1)));
        Assert.Equal([0L, 0, 0, 1], (long[])Of(1, x, input => new UnaryExpr(UnaryFunction.IsInfinity, input, 1, 0)));
    }

    [Theory]
    [InlineData(BinaryFunction.Max, 2, double.NaN, double.NaN)]
    [InlineData(BinaryFunction.Min, double.NaN, 2, double.NaN)]
    [InlineData(BinaryFunction.Min, -1, 2, -1)]
    [InlineData(BinaryFunction.Power, 2, 0.5, 1.4142135623730951)]
    [InlineData(BinaryFunction.Modulo, -5.5, 2, 0.5)]
    [InlineData(BinaryFunction.Modulo, 5.5, -2, -0.5)]
    [InlineData(BinaryFunction.Remainder, -5.5, 2, -1.5)]
    public void FunctionsOfTwoNumbers(BinaryFunction function, double a, double b, double expected) =>
        Assert.Equal([expected], (double[])Of(1, [a], 1, [b], (left, right) => new BinaryExpr(function, left, right)));

    [Theory]
    [InlineData(BinaryFunction.Divide, -7, 2, false, -3)]
    [InlineData(BinaryFunction.Divide, -1, 2, true, long.MaxValue)]
    [InlineData(BinaryFunction.Modulo, -7, 2, false, 1)]
    [InlineData(BinaryFunction.Modulo, -7, -2, false, -1)]
    [InlineData(BinaryFunction.Remainder, -7, 2, false, -1)]
    [InlineData(BinaryFunction.Max, -1, 2, false, 2)]
    [InlineData(BinaryFunction.Max, -1, 2, true, -1)]
    [InlineData(BinaryFunction.Less, -1, 2, false, 1)]
    [InlineData(BinaryFunction.Less, -1, 2, true, 0)]
    [InlineData(BinaryFunction.Add, long.MaxValue, 1, false, long.MinValue)]
    [InlineData(BinaryFunction.And, 2, 4, false, 1)]
    [InlineData(BinaryFunction.Or, 0, 0, false, 0)]
    [InlineData(BinaryFunction.Xor, 2, 4, false, 0)]
    public void FunctionsOfTwoIntegers(BinaryFunction function, long a, long b, bool isUnsigned, long expected) =>
        Assert.Equal([expected], (long[])Of(1, [a], 1, [b], (left, right) => new BinaryExpr(function, left, right, isUnsigned)));

    [Fact]
    public void ComparisonsAreFalseForNaN()
    {
        float[] a = [1, 2, float.NaN];
        float[] b = [2, 2, float.NaN];
        long[] Results(BinaryFunction function) => (long[])Of(1, a, 1, b, (left, right) => new BinaryExpr(function, left, right));
        Assert.Equal([0L, 1, 0], Results(BinaryFunction.Equal));
        Assert.Equal([1L, 0, 0], Results(BinaryFunction.Less));
        Assert.Equal([1L, 1, 0], Results(BinaryFunction.LessOrEqual));
        Assert.Equal([0L, 0, 0], Results(BinaryFunction.Greater));
        Assert.Equal([0L, 1, 0], Results(BinaryFunction.GreaterOrEqual));
    }

    [Fact]
    public void TextsAreCompared() =>
        Assert.Equal([1L, 0, 0, 1], (long[])Of(2, ["a", "b", "c", "a"], input => new ConstantBinaryExpr(BinaryFunction.Equal, input, Constant("a", "a"))));

    [Fact]
    public void ANarrowSideIsBroadcast()
    {
        Array sums = Of(1, [10f, 20f], 3, [1f, 2f, 3f, 4f, 5f, 6f], (left, right) => new BinaryExpr(BinaryFunction.Add, left, right));
        Assert.Equal([11f, 12f, 13f, 24f, 25f, 26f], (float[])sums);
        Assert.Equal([0f, -1f, 8f, 7f], (float[])Of(1, [1f, 9f], input => new ConstantBinaryExpr(BinaryFunction.Subtract, input, Constant(1f, 2f))));
        Assert.Equal([1f, 5f], (float[])Of(1, [0f, -4f], input => new ConstantBinaryExpr(BinaryFunction.Subtract, input, Constant(1f), constantOnLeft: true)));
    }

    [Fact]
    public void WhereChoosesElementByElement()
    {
        Array chosen = Of(1, [1L, 0L], 2, ["a", "b", "c", "d"], (condition, left) => new WhereExpr(condition, left, new ConstantExpr(Constant("z"))));
        Assert.Equal(["a", "b", "z", "z"], (string[])chosen);
    }

    [Theory]
    [InlineData(200, 8, false, -56)]
    [InlineData(-1, 8, true, 255)]
    [InlineData(9, 4, false, -7)]
    [InlineData(9, 4, true, 9)]
    [InlineData(17, 4, true, 1)]
    [InlineData(2, 2, false, -2)]
    [InlineData(7, 2, true, 3)]
    [InlineData(1L << 33 | 5, 32, false, 5)]
    [InlineData(-5, 0, false, -5)]
    public void IntegersWrap(long x, int bits, bool isUnsigned, long expected) =>
        Assert.Equal([expected], (long[])Of(1, [x], input => new CastExpr(input, ElementType.Int64, bits, isUnsigned)));

    [Fact]
    public void NumbersConvert()
    {
        Assert.Equal([2L, -2, 0], (long[])Of(1, [2.9, -2.9, 0.5], input => new CastExpr(input, ElementType.Int64)));
        Assert.Equal([1L, 0, 1], (long[])Of(1, [0.1f, 0, float.NaN], input => new CastExpr(input, ElementType.Int64, boolean: true)));
        Assert.Equal([-1L], (long[])Of(1, [18446744073709549568.0], input => new CastExpr(input, ElementType.Int64, integerUnsigned: true)).Cast<long>().Select(v => v | 2047).ToArray());
        Assert.Equal([18446744073709551616f], (float[])Of(1, [-1L], input => new CastExpr(input, ElementType.Float32) { ArgumentUnsigned = true }));
        Assert.Equal([1.5f, float.NegativeInfinity, 1e8f], (float[])Of(1, ["1.5", "-INF", "1E8"], input => new CastExpr(input, ElementType.Float32)));
        Assert.Equal([42L, -7], (long[])Of(1, ["42", "-7"], input => new CastExpr(input, ElementType.Int64)));
        Assert.Throws<FormatException>(() => Of(1, ["many"], input => new CastExpr(input, ElementType.Float64)));
    }

    [Theory]
    [InlineData(FloatFormat.Float16, 1.0009765f, 1.0009766f)]
    [InlineData(FloatFormat.Float16, 70000f, float.PositiveInfinity)]
    [InlineData(FloatFormat.BFloat16, 1.00390625f, 1f)]
    [InlineData(FloatFormat.BFloat16, 1.01171875f, 1.015625f)]
    [InlineData(FloatFormat.Float8E4M3FN, 17f, 16f)]
    [InlineData(FloatFormat.Float8E4M3FN, 19f, 20f)]
    [InlineData(FloatFormat.Float8E4M3FN, 1000f, 448f)]
    [InlineData(FloatFormat.Float8E4M3FN, 0.001f, 0.001953125f)]
    [InlineData(FloatFormat.Float8E4M3FNUZ, -1000f, -240f)]
    [InlineData(FloatFormat.Float8E5M2, 5f, 5f)]
    [InlineData(FloatFormat.Float8E5M2, 4.5f, 4f)]
    [InlineData(FloatFormat.Float8E5M2FNUZ, 1e6f, 57344f)]
    [InlineData(FloatFormat.Float4E2M1, 2.4f, 2f)]
    [InlineData(FloatFormat.Float4E2M1, -9f, -6f)]
    [InlineData(FloatFormat.Float4E2M1, 0.3f, 0.5f)]
    [InlineData(FloatFormat.Float8E8M0, 5f, 8f)]
    public void NarrowFormatsRoundToNearestEven(FloatFormat format, float x, float expected) =>
        Assert.Equal([expected], (float[])Of(1, [x], input => new CastExpr(input, ElementType.Float32) { FloatFormat = format }));

    [Fact]
    public void BeyondTheRangeOfAFormat()
    {
        float Cast(FloatFormat format, float x, bool saturate, ScaleRounding rounding = ScaleRounding.Up) => NumberConversion.ToFormat(x, format, saturate, rounding);
        Assert.Equal(float.NaN, Cast(FloatFormat.Float8E4M3FN, 1000, false));
        Assert.Equal(float.NegativeInfinity, Cast(FloatFormat.Float8E5M2, -1e6f, false));
        Assert.Equal(4f, Cast(FloatFormat.Float8E8M0, 5, true, ScaleRounding.Down));
        Assert.Equal(8f, Cast(FloatFormat.Float8E8M0, 6, true, ScaleRounding.Nearest));
    }
}
