using InferF.Plan.Model;

namespace InferF.Testing;

/// <summary>
/// The plainest possible evaluation of a model graph, one loop per operator: the specification that faster ones are compared with. Sums
/// are accumulated in double, so that its own rounding does not count.
/// </summary>
/// <remarks>Values are row-major arrays: float[], double[], long[], string[] by type, and byte[] for the rows of a submodel.</remarks>
public sealed class TensorExprInterpreter
{
    private readonly ModelGraph _graph;
    private readonly IReadOnlyList<Array> _inputs;
    private readonly int _rows;
    private readonly Dictionary<TensorExpr, Array> _values = new(ReferenceEqualityComparer.Instance);

    private TensorExprInterpreter(ModelGraph graph, IReadOnlyList<Array> inputs, int rows)
    {
        (_graph, _inputs, _rows) = (graph, inputs, rows);
    }

    /// <summary>Evaluates all outputs.</summary>
    /// <param name="graph">The model.</param>
    /// <param name="inputs">One array of rows × width elements per model input: float[], double[], long[] or string[] by its type.</param>
    /// <param name="rows">Number of rows.</param>
    /// <returns>One array of rows × width elements per output.</returns>
    public static Array[] Evaluate(ModelGraph graph, IReadOnlyList<Array> inputs, int rows)
    {
        var interpreter = new TensorExprInterpreter(graph, inputs, rows);
        return [.. graph.Outputs.Select(output => interpreter.Value(output.Expression))];
    }

    private Array Value(TensorExpr expression)
    {
        if (!_values.TryGetValue(expression, out Array? value))
        {
            value = Compute(expression);
            if (value.Length != _rows * expression.Width)
            {
                throw new InvalidOperationException($"{expression.Origin}: {value.Length} elements, expected {_rows} x {expression.Width}.");
            }
            _values.Add(expression, value);
        }
        return value;
    }

    private Array Compute(TensorExpr expression)
    {
        Array[] arguments = [.. expression.Arguments.Select(Value)];
        return expression switch
        {
            InputExpr input => CheckInput(input),
            ConstantExpr constant => Repeat(constant.Tensor.Data),
            ConcatExpr or SliceExpr or SelectColumnsExpr => Rearrange(expression, arguments),
            WhereExpr where => Where(where, arguments),
            CastExpr cast => NumberConversion.Cast(cast, arguments[0]),
            OneHotExpr oneHot => Categories.OneHot(oneHot, arguments[0]),
            LabelEncodeExpr encode => Categories.LabelEncode(encode, arguments[0]),
            EmbeddingExpr embedding => Categories.Embedding(embedding, (long[])arguments[0]),
            SelectLabelExpr select => Categories.SelectLabel(select, Doubles(arguments[0]), _rows),
            BinaryExpr b => Combine(b, b.Function, b.IsUnsigned, arguments[0], arguments[1]),
            ConstantBinaryExpr b => CombineConstant(b, arguments[0]),
            UnaryExpr unary when unary.Arguments[0].Type == ElementType.Int64 => Array.ConvertAll((long[])arguments[0], v => ElementFunctions.Unary(unary.Function, v)),
            UnaryExpr { Type: ElementType.Int64 } unary => Array.ConvertAll(Doubles(arguments[0]), v => ElementFunctions.Test(unary, v)),
            ImputeExpr { Type: ElementType.Int64 } impute => ImputeIntegers(impute, (long[])arguments[0]),
            ReduceExpr reduce => RowFunctions.Reduce(reduce, arguments[0]),
            TopKExpr topK => RowFunctions.TopK(topK, arguments[0]),
            OnnxRunExpr run => OnnxRunner.Run(run, arguments, _rows),
            OnnxOutputExpr output => OnnxRunner.Output(output, (byte[])arguments[0], _rows),
            TreeEnsembleExpr trees => Round(trees.Type, TreeWalk.Scores(trees.Ensemble, Doubles(arguments[0]), _rows)),
            _ => Round(expression.Type, Floating(expression, [.. arguments.Select(Doubles)])),
        };
    }

    private Array CheckInput(InputExpr input)
    {
        ModelInput declared = _graph.Inputs[input.Index];
        return (declared.Type, declared.Width) == (input.Type, input.Width)
            ? _inputs[input.Index]
            : throw new InvalidOperationException($"Input '{declared.Name}' is used with another type or width.");
    }

    private Array Repeat(Array row)
    {
        Array result = Array.CreateInstanceFromArrayType(row.GetType(), _rows * row.Length);
        for (int i = 0; i < _rows; i++)
        {
            row.CopyTo(result, i * row.Length);
        }
        return result;
    }

    private Array Rearrange(TensorExpr expression, Array[] arguments)
    {
        Array result = Array.CreateInstanceFromArrayType(arguments[0].GetType(), _rows * expression.Width);
        for (int row = 0; row < _rows; row++)
        {
            int position = row * expression.Width;
            for (int i = 0; i < arguments.Length; i++)
            {
                int width = expression.Arguments[i].Width;
                if (expression is SelectColumnsExpr select)
                {
                    foreach (long column in select.Indices.Int64)
                    {
                        Array.Copy(arguments[i], (row * width) + column, result, position++, 1);
                    }
                    continue;
                }
                (int start, int count) = expression is SliceExpr slice ? (slice.Start, slice.Width) : (0, width);
                Array.Copy(arguments[i], (row * width) + start, result, position, count);
                position += count;
            }
        }
        return result;
    }

    private Array Where(WhereExpr where, Array[] arguments)
    {
        Array result = Array.CreateInstanceFromArrayType(arguments[1].GetType(), _rows * where.Width);
        long[] condition = (long[])arguments[0];
        for (int i = 0; i < result.Length; i++)
        {
            int chosen = condition[Broadcast(i, where.Width, where.Arguments[0].Width)] != 0 ? 1 : 2;
            Array.Copy(arguments[chosen], Broadcast(i, where.Width, where.Arguments[chosen].Width), result, i, 1);
        }
        return result;
    }

    private double[] Floating(TensorExpr expression, double[][] arguments)
    {
        double[] x = arguments[0];
        return expression switch
        {
            LinearExpr linear => Linear(linear, x),
            UnaryExpr { Function: UnaryFunction.SoftmaxZero } => PerSegment(x, expression.Width, RowFunctions.SoftmaxZero),
            UnaryExpr unary => Array.ConvertAll(x, v => ElementFunctions.Unary(unary, v)),
            SoftmaxExpr softmax => PerSegment(x, softmax.Length, row => RowFunctions.Softmax(softmax.Function, row)),
            NormalizeExpr normalize => PerSegment(x, expression.Width, row => RowFunctions.Normalize(normalize.Norm, row)),
            ImputeExpr impute => MapWith(x, expression.Width, Doubles(impute.Imputed.Data),
                (v, imputed) => v.Equals(impute.Replaced) || v == impute.Replaced ? imputed : v),
            MatrixProductExpr product => RowFunctions.MatrixProduct(product, x, arguments[1], _rows),
            DistanceExpr distance => RowFunctions.Distance(distance, x, _rows),
            _ => throw new NotSupportedException($"The interpreter does not know {expression.GetType().Name}."),
        };
    }

    private double[] Linear(LinearExpr linear, double[] x)
    {
        (int inputs, int outputs) = (linear.Weight.Rows, linear.Weight.Columns);
        if (inputs != linear.Arguments[0].Width)
        {
            throw new InvalidOperationException($"{linear.Origin}: {inputs} weight rows for {linear.Arguments[0].Width} columns.");
        }
        double[] weight = Doubles(linear.Weight.Data);
        double[]? bias = linear.Bias is null ? null : Doubles(linear.Bias.Data);
        double[] result = new double[_rows * outputs];
        for (int row = 0; row < _rows; row++)
        {
            for (int output = 0; output < outputs; output++)
            {
                double sum = bias?[output] ?? 0;
                for (int input = 0; input < inputs; input++)
                {
                    sum += x[(row * inputs) + input] * weight[(input * outputs) + output];
                }
                result[(row * outputs) + output] = sum;
            }
        }
        return result;
    }

    private Array Combine(TensorExpr expression, BinaryFunction function, bool isUnsigned, Array left, Array right)
    {
        (int leftWidth, int rightWidth) = (left.Length / Math.Max(1, _rows), right.Length / Math.Max(1, _rows));
        int count = _rows * expression.Width;
        IEnumerable<(int Left, int Right)> pairs = Enumerable.Range(0, count).Select(i => (Broadcast(i, expression.Width, leftWidth), Broadcast(i, expression.Width, rightWidth)));
        switch (left)
        {
            case string[] texts:
                string[] others = (string[])right;
                return pairs.Select(p => texts[p.Left] == others[p.Right] ? 1L : 0L).ToArray();
            case long[] integers:
                long[] divisors = (long[])right;
                return pairs.Select(p => ElementFunctions.Binary(function, integers[p.Left], divisors[p.Right], isUnsigned)).ToArray();
            default:
                (double[] a, double[] b) = (Doubles(left), Doubles(right));
                return BinaryExpr.IsPredicate(function)
                    ? pairs.Select(p => ElementFunctions.Compare(function, a[p.Left], b[p.Right])).ToArray()
                    : Round(expression.Type, [.. pairs.Select(p => ElementFunctions.Binary(function, a[p.Left], b[p.Right]))]);
        }
    }

    private Array CombineConstant(ConstantBinaryExpr binary, Array x)
    {
        Array constant = binary.Constant.Data;
        if (binary.Constant.Rows != 1 || (constant.Length != 1 && constant.Length != binary.Width))
        {
            throw new InvalidOperationException($"{binary.Origin}: a constant of one row and 1 or {binary.Width} columns is expected.");
        }
        Array repeated = Repeat(constant);
        (Array left, Array right) = binary.ConstantOnLeft ? (repeated, x) : (x, repeated);
        return Combine(binary, binary.Function, binary.IsUnsigned, left, right);
    }

    private static long[] ImputeIntegers(ImputeExpr impute, long[] x)
    {
        long[] imputed = (long[])impute.Imputed.Data;
        return [.. x.Select((v, i) => v == (long)impute.Replaced ? imputed[imputed.Length == 1 ? 0 : i % impute.Width] : v)];
    }

    private static double[] MapWith(double[] x, int width, double[] constants, Func<double, double, double> map) =>
        [.. x.Select((v, i) => map(v, constants[constants.Length == 1 ? 0 : i % width]))];

    private static double[] PerSegment(double[] x, int length, Func<double[], double[]> map) => [.. x.Chunk(length).SelectMany(map)];

    // Where element i of a result of some width is found in an operand that may be of width 1.
    private static int Broadcast(int i, int width, int operandWidth) => operandWidth == width ? i : i / width;

    internal static double[] Doubles(Array array) => array switch
    {
        double[] doubles => doubles,
        float[] floats => Array.ConvertAll(floats, v => (double)v),
        long[] integers => Array.ConvertAll(integers, v => (double)v),
        _ => throw new NotSupportedException($"{array.GetType()}"),
    };

    internal static Array Round(ElementType type, double[] values) =>
        type == ElementType.Float32 ? Array.ConvertAll(values, v => (float)v) : values;
}
