using System.Numerics;
using InferF.Plan.Model;

namespace InferF.Testing;

/// <summary>
/// The plainest possible evaluation of a model graph, one loop per operator: the specification that faster ones are compared with. Sums
/// are accumulated in double, so that its own rounding does not count.
/// </summary>
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
            ConcatExpr or SliceExpr => Rearrange(expression, arguments),
            CastExpr cast => Cast(cast, arguments[0]),
            OneHotExpr oneHot => OneHot(oneHot, arguments[0]),
            SelectLabelExpr select => SelectLabel(select, Doubles(arguments[0])),
            BinaryExpr { Type: ElementType.Int64 } b => Combine(b, b.Function, Longs(arguments[0]), Longs(arguments[1])),
            ConstantBinaryExpr { Type: ElementType.Int64 } b => CombineConstant(b, Longs(arguments[0]), Longs(b.Constant.Data)),
            ImputeExpr { Type: ElementType.Int64 } impute => ImputeIntegers(impute, Longs(arguments[0])),
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

    private Array Rearrange(TensorExpr expression, Array[] arguments)
    {
        Array result = Array.CreateInstanceFromArrayType(arguments[0].GetType(), _rows * expression.Width);
        for (int row = 0; row < _rows; row++)
        {
            int position = row * expression.Width;
            for (int i = 0; i < arguments.Length; i++)
            {
                int width = expression.Arguments[i].Width;
                (int start, int count) = expression is SliceExpr slice ? (slice.Start, slice.Width) : (0, width);
                Array.Copy(arguments[i], (row * width) + start, result, position, count);
                position += count;
            }
        }
        return result;
    }

    private double[] Floating(TensorExpr expression, double[][] arguments)
    {
        double[] x = arguments[0];
        return expression switch
        {
            LinearExpr linear => Linear(linear, x),
            UnaryExpr { Function: UnaryFunction.SoftmaxZero } => PerRow(x, expression.Width, SoftmaxZero),
            UnaryExpr unary => Array.ConvertAll(x, v => Unary(unary, v)),
            SoftmaxExpr => PerRow(x, expression.Width, row =>
            {
                double max = row.Max();
                double[] e = Array.ConvertAll(row, v => Math.Exp(v - max));
                double sum = e.Sum();
                return Array.ConvertAll(e, v => v / sum);
            }),
            NormalizeExpr normalize => PerRow(x, expression.Width, row => Normalize(normalize.Norm, row)),
            ImputeExpr impute => MapWith(x, expression.Width, ConstantDoubles(impute.Imputed),
                (v, imputed) => v.Equals(impute.Replaced) || v == impute.Replaced ? imputed : v),
            BinaryExpr binary => Combine(binary, binary.Function, x, arguments[1]),
            ConstantBinaryExpr binary => CombineConstant(binary, x, ConstantDoubles(binary.Constant)),
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
        double[] weight = ConstantDoubles(linear.Weight);
        double[]? bias = linear.Bias is null ? null : ConstantDoubles(linear.Bias);
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

    private static double Unary(UnaryExpr unary, double x) => unary.Function switch
    {
        UnaryFunction.Relu => x < 0 ? 0 : x,
        UnaryFunction.LeakyRelu => x < 0 ? x * unary.Alpha : x,
        UnaryFunction.Sigmoid => 1 / (1 + Math.Exp(-x)),
        UnaryFunction.Tanh => Math.Tanh(x),
        UnaryFunction.Probit => Probit((float)x),
        _ => throw new NotSupportedException($"{unary.Function}"),
    };

    // Winitzki, "A handy approximation for the error function and its inverse" (2008), with the constant a = 0.147 that ONNX Runtime
    // uses; in float, because the reference computes it so.
    private static float Probit(float p)
    {
        float x = (2 * p) - 1;
        float log = MathF.Log((1 - x) * (1 + x));
        float v = (2 / (3.14159f * 0.147f)) + (0.5f * log);
        float root = MathF.Sqrt(-v + MathF.Sqrt((v * v) - (1 / 0.147f * log)));
        return 1.41421356f * (x < 0 ? -root : root);
    }

    // Elements within 1e-7 of zero stay proportional to themselves instead of becoming e^0 = 1.
    private static double[] SoftmaxZero(double[] row)
    {
        double max = row.Max();
        double[] e = Array.ConvertAll(row, v => Math.Abs(v) > 1e-7 ? Math.Exp(v - max) : v * Math.Exp(-max));
        double sum = e.Where((_, i) => Math.Abs(row[i]) > 1e-7).Sum();
        return Array.ConvertAll(e, v => v / sum);
    }

    private static double[] Normalize(Norm norm, double[] row)
    {
        double length = norm switch
        {
            Norm.Max => row.Max(),
            Norm.L1 => row.Sum(Math.Abs),
            _ => Math.Sqrt(row.Sum(v => v * v)),
        };
        return length == 0 ? row : Array.ConvertAll(row, v => v / length);
    }

    private float[] OneHot(OneHotExpr oneHot, Array argument)
    {
        int count = oneHot.Categories.Columns;
        float[] result = new float[argument.Length * count];
        for (int i = 0; i < argument.Length; i++)
        {
            int category = argument is string[] texts
                ? oneHot.Categories.Strings.IndexOf(texts[i])
                : oneHot.Categories.Int64.IndexOf(argument is long[] integers ? integers[i] : (long)Doubles(argument)[i]);
            if (category >= 0)
            {
                result[(i * count) + category] = 1;
            }
            else if (oneHot.UnknownIsError)
            {
                throw new InvalidOperationException($"{oneHot.Origin}: unknown category.");
            }
        }
        return result;
    }

    private Array SelectLabel(SelectLabelExpr select, double[] scores)
    {
        Array result = Array.CreateInstanceFromArrayType(select.Labels.Data.GetType(), _rows);
        int width = select.Arguments[0].Width;
        for (int row = 0; row < _rows; row++)
        {
            double[] values = scores[(row * width)..((row + 1) * width)];
            int label = select.Threshold is { } threshold ? (values[0] > threshold ? 1 : 0) : Array.IndexOf(values, values.Max());
            Array.Copy(select.Labels.Data, label, result, row, 1);
        }
        return result;
    }

    private static Array Cast(CastExpr cast, Array argument)
    {
        if (cast.Boolean)
        {
            return Array.ConvertAll(Doubles(argument), v => v != 0 ? 1L : 0L);
        }
        if (cast.Type != ElementType.Int64)
        {
            return argument is long[] integers && cast.Type == ElementType.Float32
                ? Array.ConvertAll(integers, v => (float)v)
                : Round(cast.Type, Doubles(argument));
        }
        long[] values = argument as long[] ?? Array.ConvertAll(Doubles(argument), v => (long)v);
        return Array.ConvertAll(values, v => (cast.IntegerBits, cast.IntegerUnsigned) switch
        {
            (8, false) => (sbyte)v,
            (8, true) => (byte)v,
            (16, false) => (short)v,
            (16, true) => (ushort)v,
            (32, false) => (int)v,
            (32, true) => (uint)v,
            _ => v,
        });
    }

    private T[] Combine<T>(TensorExpr expression, BinaryFunction function, T[] left, T[] right)
        where T : INumber<T>
    {
        T[] result = new T[_rows * expression.Width];
        int leftWidth = left.Length / _rows;
        int rightWidth = right.Length / _rows;
        for (int i = 0; i < result.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, expression.Width);
            T l = left[(row * leftWidth) + (leftWidth == 1 ? 0 : column)];
            T r = right[(row * rightWidth) + (rightWidth == 1 ? 0 : column)];
            result[i] = function switch
            {
                BinaryFunction.Add => l + r,
                BinaryFunction.Subtract => l - r,
                BinaryFunction.Multiply => l * r,
                _ => l / r,
            };
        }
        return result;
    }

    private static long[] ImputeIntegers(ImputeExpr impute, long[] x)
    {
        long[] imputed = (long[])impute.Imputed.Data;
        return [.. x.Select((v, i) => v == (long)impute.Replaced ? imputed[imputed.Length == 1 ? 0 : i % impute.Width] : v)];
    }

    private T[] CombineConstant<T>(ConstantBinaryExpr binary, T[] x, T[] constant)
        where T : INumber<T>
    {
        if (binary.Constant.Rows != 1 || constant.Length is var length && length != 1 && length != binary.Width)
        {
            throw new InvalidOperationException($"{binary.Origin}: a constant of one row and 1 or {binary.Width} columns is expected.");
        }
        T[] repeated = [.. Enumerable.Repeat(constant, _rows).SelectMany(v => v)];
        return binary.ConstantOnLeft ? Combine(binary, binary.Function, repeated, x) : Combine(binary, binary.Function, x, repeated);
    }

    private static double[] MapWith(double[] x, int width, double[] constants, Func<double, double, double> map) =>
        [.. x.Select((v, i) => map(v, constants[constants.Length == 1 ? 0 : i % width]))];

    private double[] PerRow(double[] x, int width, Func<double[], double[]> map) =>
        [.. Enumerable.Range(0, _rows).SelectMany(row => map(x[(row * width)..((row + 1) * width)]))];

    private static double[] ConstantDoubles(ConstantTensor constant) => Doubles(constant.Data);

    private static long[] Longs(Array array) => (long[])array;

    private static double[] Doubles(Array array) => array switch
    {
        double[] doubles => doubles,
        float[] floats => Array.ConvertAll(floats, v => (double)v),
        long[] integers => Array.ConvertAll(integers, v => (double)v),
        _ => throw new NotSupportedException($"{array.GetType()}"),
    };

    private static Array Round(ElementType type, double[] values) =>
        type == ElementType.Float32 ? Array.ConvertAll(values, v => (float)v) : values;
}
