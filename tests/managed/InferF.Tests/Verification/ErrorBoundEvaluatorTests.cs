using InferF.Plan.Model;
using InferF.Testing;
using InferF.Verification;
using InferF.Verification.Bounds;

namespace InferF.Tests.Verification;

/// <summary>Values equal a direct evaluation; bounds cover what single precision loses against double precision and are not absurdly wide.</summary>
public sealed class ErrorBoundEvaluatorTests
{
    private const int Rows = 200;
    private const int Width = 6;

    /// <summary>One graph per kind of expression, over float inputs, with the largest acceptable bound on values of magnitude about 1.</summary>
    public static TheoryData<string> Kinds => [.. s_kinds.Keys];

    private static readonly BoundCache s_cache = new();

    private static readonly InputExpr s_input = new(0, ElementType.Float32, Width);

    private static readonly Dictionary<string, TensorExpr> s_kinds = new()
    {
        ["concat"] = new ConcatExpr([Layer(s_input, 3, 1), s_input]),
        ["slice"] = new SliceExpr(Layer(s_input, 5, 2), 1, 3),
        ["linear"] = Layer(s_input, 5, 3),
        ["two layers"] = Layer(new UnaryExpr(UnaryFunction.Relu, Layer(s_input, 32, 4)), 3, 5),
        ["relu"] = new UnaryExpr(UnaryFunction.Relu, Layer(s_input, 4, 6)),
        ["leaky relu"] = new UnaryExpr(UnaryFunction.LeakyRelu, Layer(s_input, 4, 7), 0.1f),
        ["sigmoid"] = new UnaryExpr(UnaryFunction.Sigmoid, Layer(s_input, 4, 8)),
        ["tanh"] = new UnaryExpr(UnaryFunction.Tanh, Layer(s_input, 4, 9)),
        ["probit"] = new UnaryExpr(UnaryFunction.Probit, new UnaryExpr(UnaryFunction.Sigmoid, Layer(s_input, 4, 10))),
        ["softmax zero"] = new UnaryExpr(UnaryFunction.SoftmaxZero, new UnaryExpr(UnaryFunction.Relu, s_input)),
        ["add"] = new BinaryExpr(BinaryFunction.Add, Layer(s_input, 4, 11), Layer(s_input, 1, 12)),
        ["subtract"] = new BinaryExpr(BinaryFunction.Subtract, Layer(s_input, 1, 13), Layer(s_input, 4, 14)),
        ["multiply"] = new BinaryExpr(BinaryFunction.Multiply, Layer(s_input, 4, 15), Layer(s_input, 4, 16)),
        ["divide"] = new BinaryExpr(BinaryFunction.Divide, Layer(s_input, 4, 17), new ConstantBinaryExpr(BinaryFunction.Add, new UnaryExpr(UnaryFunction.Relu, Layer(s_input, 4, 18)), Constant(1, 1f))),
        ["add constant"] = new ConstantBinaryExpr(BinaryFunction.Add, Layer(s_input, 3, 19), Constant(3, 0.5f)),
        ["constant minus"] = new ConstantBinaryExpr(BinaryFunction.Subtract, Layer(s_input, 1, 20), Constant(3, 0.5f), constantOnLeft: true),
        ["scale"] = new ConstantBinaryExpr(BinaryFunction.Multiply, s_input, Constant(1, 0.37f)),
        ["divide by constant"] = new ConstantBinaryExpr(BinaryFunction.Divide, Layer(s_input, 3, 21), Constant(3, 3f)),
        ["softmax"] = new SoftmaxExpr(Layer(s_input, 4, 22)),
        ["normalize max"] = new NormalizeExpr(new UnaryExpr(UnaryFunction.Sigmoid, Layer(s_input, 4, 23)), Norm.Max),
        ["normalize l1"] = new NormalizeExpr(Layer(s_input, 4, 24), Norm.L1),
        ["normalize l2"] = new NormalizeExpr(Layer(s_input, 4, 25), Norm.L2),
        ["impute"] = new ImputeExpr(s_input, Constant(Width, 2f), 0.5),
        ["one hot"] = new OneHotExpr(new CastExpr(new ConstantBinaryExpr(BinaryFunction.Multiply, s_input, Constant(1, 2f)), ElementType.Int64), ConstantTensor.Create("c", 1, 3, [-1L, 0, 2]), unknownIsError: false),
        ["cast up"] = new CastExpr(Layer(s_input, 3, 26), ElementType.Float64),
        ["cast down"] = new CastExpr(new CastExpr(Layer(s_input, 3, 27), ElementType.Float64), ElementType.Float32),
        ["label"] = new SelectLabelExpr(Layer(s_input, 3, 28), ConstantTensor.Create("l", 1, 3, ["a", "b", "c"]), null),
        ["threshold"] = new SelectLabelExpr(Layer(s_input, 1, 29), ConstantTensor.Create("l", 1, 2, [10L, 20]), 0.25),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ValuesEqualADirectEvaluation(string kind)
    {
        float[] x = Inputs();
        Block block = Evaluate(s_kinds[kind], x);
        Array expected = Direct(s_kinds[kind], x);
        Assert.Equal(expected.Length, block.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            if (block.Errors is null)
            {
                Assert.True(Equals(expected.GetValue(i), block.Values.GetValue(i)) || block.MayDiffer(i), $"{kind}[{i}]");
                continue;
            }
            (double e, double a, double bound) = (Number(expected, i), block.Number(i), block.Errors[i]);
            Assert.True(e.Equals(a) || Math.Abs(e - a) <= bound, $"{kind}[{i}]: {a}, expected {e} ± {bound}");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void BoundsAreNotAbsurdlyWide(string kind)
    {
        Block block = Evaluate(s_kinds[kind], Inputs());
        int loose = 0;
        for (int i = 0; i < block.Values.Length; i++)
        {
            if (block.Errors is null)
            {
                loose += block.MayDiffer(i) ? 1 : 0;
                continue;
            }
            double bound = block.Errors[i];
            Assert.True(bound >= 0 || double.IsNaN(block.Number(i)), $"{kind}[{i}]: {bound}");
            loose += bound > 2e-4 * (1 + Math.Abs(block.Number(i))) ? 1 : 0;
        }
        // Probit has no derivative bound at one half, where its two roots meet: there a wide bound is right.
        Assert.True(loose <= block.Values.Length / (kind == "probit" ? 8 : 50), $"{kind}: {loose} of {block.Values.Length} elements have a bound that hides errors.");
    }

    [Fact]
    public void DoubleBoundsAreAsSmallAsDoubles()
    {
        InputExpr input = new(0, ElementType.Float64, 3);
        TensorExpr layer = new UnaryExpr(UnaryFunction.Tanh, new LinearExpr(input, ConstantTensor.Create("w", 3, 2, [0.1, 0.2, 0.3, -0.4, 0.5, 0.6]), null));
        Block block = new ErrorBoundEvaluator([new double[] { 0.5, -1, 2 }], 1, s_cache).Evaluate(layer);
        Assert.All(block.Errors!, e => Assert.InRange(e, 1e-16, 1e-13));
    }

    [Fact]
    public void IntegersWrapAndAreExact()
    {
        InputExpr input = new(0, ElementType.Int64, 1);
        TensorExpr sum = new BinaryExpr(BinaryFunction.Add, input, input);
        Block block = new ErrorBoundEvaluator([new[] { long.MaxValue, 3L, -4L }], 3, s_cache).Evaluate(sum);
        Assert.Equal([-2L, 6, -8], (long[])block.Values);
        Assert.Equal([0.0, 0, 0], block.Errors!);
        TensorExpr quotient = new ConstantBinaryExpr(BinaryFunction.Divide, input, ConstantTensor.Create("c", 1, 1, [-1L]));
        Assert.Equal([long.MinValue, -7L], (long[])new ErrorBoundEvaluator([new[] { long.MinValue, 7L }], 2, s_cache).Evaluate(quotient).Values);
        TensorExpr narrow = new CastExpr(input, ElementType.Int64, integerBits: 8);
        Assert.Equal([-128L, 1], (long[])new ErrorBoundEvaluator([new[] { 128L, 257L }], 2, s_cache).Evaluate(narrow).Values);
    }

    [Fact]
    public void LabelsAreUncertainOnlyWhereScoresMeet()
    {
        InputExpr input = new(0, ElementType.Float32, 2);
        TensorExpr label = new SelectLabelExpr(new LinearExpr(input, ConstantTensor.Create("w", 2, 2, [1f, 1f, 1f, 1f]), null), ConstantTensor.Create("l", 1, 2, [1L, 2]), null);
        TensorExpr exact = new SelectLabelExpr(input, ConstantTensor.Create("l", 1, 2, [1L, 2]), null);
        float[] x = [0.3f, 0.7f];
        Assert.True(new ErrorBoundEvaluator([x], 1, s_cache).Evaluate(label).MayDiffer(0));
        Assert.False(new ErrorBoundEvaluator([x], 1, s_cache).Evaluate(exact).MayDiffer(0));
    }

    [Fact]
    public void OverflowHasNoBound()
    {
        InputExpr input = new(0, ElementType.Float32, 2);
        TensorExpr linear = new LinearExpr(input, ConstantTensor.Create("w", 2, 1, [1e20f, -1e20f]), null);
        Block block = new ErrorBoundEvaluator([new[] { 3e38f, 3e38f }], 1, s_cache).Evaluate(linear);
        Assert.False(double.IsFinite(block.Errors![0]));
    }

    // The same graph over single-precision weights, but every sum and function in double precision.
    private static Array Direct(TensorExpr expression, float[] x) =>
        TensorExprInterpreter.Evaluate(new ModelGraph("m", [new ModelInput("x", ElementType.Float32, Width, "float")], [new ModelOutput("y", expression)]), [x], Rows)[0];

    private static Block Evaluate(TensorExpr expression, float[] x) =>
        new ErrorBoundEvaluator([x], Rows, s_cache).Evaluate(expression);

    private static float[] Inputs()
    {
        Random random = new(42);
        float[] x = [.. Enumerable.Range(0, Rows * Width).Select(_ => random.NextSingle() * 4 - 2)];
        (x[0], x[7]) = (0.5f, 0.5f);
        return x;
    }

    private static LinearExpr Layer(TensorExpr argument, int width, int seed)
    {
        Random random = new(seed);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        return new LinearExpr(argument, ConstantTensor.Create("w", argument.Width, width, Values(argument.Width * width)), ConstantTensor.Create("b", 1, width, Values(width)));
    }

    private static ConstantTensor Constant(int width, float value) => ConstantTensor.Create("c", 1, width, [.. Enumerable.Range(0, width).Select(i => value + 0.25f * i)]);

    private static double Number(Array values, int index) => Convert.ToDouble(values.GetValue(index));
}
