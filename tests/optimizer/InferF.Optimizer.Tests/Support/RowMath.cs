using InferF.Plan.Model;

namespace InferF.Optimizer.Tests.Support;

/// <summary>One row of every model operator in plain double arithmetic, after the comments of plan.proto. Elements are double, long or string.</summary>
public static partial class RowMath
{
    public static object Element(ConstantTensor tensor, int row, int column)
    {
        object value = tensor.Data.GetValue(row * tensor.Columns + column)!;
        return value is float f ? (double)f : value;
    }

    public static object[] Unary(UnaryFunction function, float alpha, object[] x) => function switch
    {
        UnaryFunction.Relu => Map(x, v => v > 0 || double.IsNaN(v) ? v : 0),
        UnaryFunction.LeakyRelu => Map(x, v => v >= 0 || double.IsNaN(v) ? v : alpha * v),
        UnaryFunction.Sigmoid => Map(x, v => 1 / (1 + Math.Exp(-v))),
        UnaryFunction.Tanh => Map(x, Math.Tanh),
        UnaryFunction.SoftmaxZero => SoftmaxZero(x),
        UnaryFunction.Softsign => Map(x, v => v / (1 + Math.Abs(v))),
        UnaryFunction.Abs => Map(x, Math.Abs),
        _ => throw new NotSupportedException(function.ToString()),
    };

    public static object[] Binary(BinaryFunction function, object[] left, object[] right)
    {
        object[] result = new object[Math.Max(left.Length, right.Length)];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = Binary(function, left[left.Length == 1 ? 0 : i], right[right.Length == 1 ? 0 : i]);
        }
        return result;
    }

    public static object[] Row(ConstantTensor tensor) => [.. Enumerable.Range(0, tensor.Columns).Select(j => Element(tensor, 0, j))];

    public static object[] Multiply(object[] x, ConstantTensor weight, int firstRow)
    {
        object[] result = new object[weight.Columns];
        for (int j = 0; j < result.Length; j++)
        {
            double sum = 0;
            for (int i = 0; i < x.Length; i++)
            {
                sum += (double)x[i] * (double)Element(weight, firstRow + i, j);
            }
            result[j] = sum;
        }
        return result;
    }

    public static object[] Softmax(object[] x, int length) => [.. x.Chunk(length).SelectMany(segment => Softmax(segment))];

    private static object[] Softmax(object[] x)
    {
        double max = x.Max(v => (double)v);
        double total = x.Sum(v => Math.Exp((double)v - max));
        return Map(x, v => Math.Exp(v - max) / total);
    }

    public static object[] Normalize(Norm norm, object[] x)
    {
        double length = norm switch
        {
            Norm.Max => x.Max(v => (double)v),
            Norm.L1 => x.Sum(v => Math.Abs((double)v)),
            _ => Math.Sqrt(x.Sum(v => (double)v * (double)v)),
        };
        return Map(x, v => length == 0 ? v : v / length);
    }

    public static object[] Impute(object[] x, ConstantTensor imputed, double replaced) =>
    [
        .. x.Select((v, j) =>
        {
            double number = Convert.ToDouble(v);
            bool hit = double.IsNaN(replaced) ? double.IsNaN(number) : number == replaced;
            return hit ? Element(imputed, 0, imputed.Columns == 1 ? 0 : j) : v;
        }),
    ];

    public static object[] OneHot(object[] x, ConstantTensor categories) =>
    [
        .. x.SelectMany(v => Enumerable.Range(0, categories.Columns).Select(c => (object)(Equals(v is double d ? (long)d : v, Element(categories, 0, c)) ? 1.0 : 0.0))),
    ];

    public static object[] Cast(object[] x, ElementType type, bool boolean) =>
    [
        .. x.Select(v => boolean ? Typed(Convert.ToDouble(v) != 0 ? 1 : 0, type) : type == ElementType.Int64 && v is double d ? (object)(long)d : Typed(Convert.ToDouble(v), type)),
    ];

    public static object[] SelectLabel(object[] scores, ConstantTensor labels, bool binary, double threshold)
    {
        int best = 0;
        if (binary)
        {
            best = (double)scores[0] > threshold ? 1 : 0;
        }
        else
        {
            for (int i = 1; i < scores.Length; i++)
            {
                best = (double)scores[i] > (double)scores[best] ? i : best;
            }
        }
        return [Element(labels, 0, best)];
    }

    private static object Typed(double value, ElementType type) => type == ElementType.Int64 ? (long)value : value;

    private static object[] SoftmaxZero(object[] x)
    {
        double max = x.Max(v => (double)v);
        double total = x.Sum(v => (double)v == 0 ? 0 : Math.Exp((double)v - max));
        return Map(x, v => v == 0 ? 0 : Math.Exp(v - max) / total);
    }

    private static object Binary(BinaryFunction function, object left, object right) => (left, right) switch
    {
        (long a, long b) => function switch
        {
            BinaryFunction.Add => a + b,
            BinaryFunction.Subtract => a - b,
            BinaryFunction.Multiply => a * b,
            BinaryFunction.Divide => a / b,
            _ => throw new NotSupportedException(function.ToString()),
        },
        (double a, double b) => function switch
        {
            BinaryFunction.Add => (object)(a + b),
            BinaryFunction.Subtract => a - b,
            BinaryFunction.Multiply => a * b,
            BinaryFunction.Divide => a / b,
            BinaryFunction.Max => Math.Max(a, b),
            BinaryFunction.Min => Math.Min(a, b),
            BinaryFunction.Less => a < b ? 1L : 0L,
            BinaryFunction.GreaterOrEqual => a >= b ? 1L : 0L,
            _ => throw new NotSupportedException(function.ToString()),
        },
        _ => throw new InvalidOperationException("Mixed element types."),
    };

    private static object[] Map(object[] x, Func<double, double> function) => [.. x.Select(v => (object)function((double)v))];
}
