using InferF.Plan.Model;

namespace InferF.Optimizer.Analysis;

/// <summary>Arithmetic on floating-point constant tensors, for rules that move constants through sums. Computes in double and rounds once.</summary>
internal static class ConstantAlgebra
{
    // Factors beyond this magnitude (or below its inverse) could overflow where the model's own order of operations does not.
    private const double LargestFactor = 1e12;

    /// <summary>Columns <c>[start, start + width)</c> of a [1 × k] tensor; a [1 × 1] tensor stays as it is.</summary>
    public static ConstantTensor Slice(ConstantTensor tensor, int start, int width)
    {
        if (tensor.Columns == 1 || width == tensor.Columns)
        {
            return tensor;
        }
        string name = tensor.Name;
        return tensor.Type switch
        {
            ElementType.Float32 => ConstantTensor.Create(name, 1, width, tensor.Float32.Slice(start, width).ToArray()),
            ElementType.Float64 => ConstantTensor.Create(name, 1, width, tensor.Float64.Slice(start, width).ToArray()),
            ElementType.Int64 => ConstantTensor.Create(name, 1, width, tensor.Int64.Slice(start, width).ToArray()),
            _ => ConstantTensor.Create(name, 1, width, tensor.Strings.Slice(start, width).ToArray()),
        };
    }

    /// <summary>One element as a double.</summary>
    public static double At(ConstantTensor tensor, int row, int column)
    {
        int index = row * tensor.Columns + column;
        return tensor.Type == ElementType.Float32 ? tensor.Float32[index] : tensor.Float64[index];
    }

    /// <summary>The factors by which multiplying or dividing by a [1 × 1] or [1 × width] constant scales columns, or null if they are too extreme to move.</summary>
    public static double[]? Factors(ConstantTensor constant, int width, bool divide)
    {
        double[] factors = new double[width];
        for (int j = 0; j < width; j++)
        {
            double value = At(constant, 0, constant.Columns == 1 ? 0 : j);
            double magnitude = Math.Abs(value);
            if (!(magnitude <= LargestFactor) || magnitude != 0 && magnitude < 1 / LargestFactor || divide && magnitude == 0)
            {
                return null;
            }
            factors[j] = divide ? 1 / value : value;
        }
        return factors;
    }

    /// <summary>Every column j times <c>factors[j]</c>.</summary>
    public static ConstantTensor ScaleColumns(ConstantTensor tensor, double[] factors) =>
        Create(tensor.Name, tensor.Type, tensor.Rows, tensor.Columns, (row, column) => At(tensor, row, column) * factors[column]);

    /// <summary>left + sign · right over [1 × width]; either side may be [1 × 1] or null for zero.</summary>
    public static ConstantTensor? Add(ConstantTensor? left, ConstantTensor? right, double sign, ElementType type, int width) =>
        right is null || left is null && sign > 0 && right.Columns == width
            ? left ?? right
            : Create((left ?? right).Name, type, 1, width, (_, column) => Broadcast(left, column) + sign * Broadcast(right, column));

    /// <summary>
    /// left[firstRow : firstRow + rows, :] · right[rightRow : rightRow + columns of left, :]. With <paramref name="left"/> of one row this is the product
    /// that carries a bias through a linear layer.
    /// </summary>
    public static ConstantTensor Multiply(ConstantTensor left, int firstRow, int rows, ConstantTensor right)
    {
        double[] sums = new double[rows * right.Columns];
        for (int i = 0; i < rows; i++)
        {
            Span<double> sum = sums.AsSpan(i * right.Columns, right.Columns);
            for (int k = 0; k < left.Columns; k++)
            {
                double factor = At(left, firstRow + i, k);
                for (int j = 0; j < right.Columns; j++)
                {
                    sum[j] += factor * At(right, k, j);
                }
            }
        }
        return Create($"{left.Name}*{right.Name}", left.Type, rows, right.Columns, (row, column) => sums[row * right.Columns + column]);
    }

    /// <summary>A [1 × k] tensor.</summary>
    public static ConstantTensor Row(string name, ElementType type, double[] values) => Create(name, type, 1, values.Length, (_, column) => values[column]);

    private static double Broadcast(ConstantTensor? tensor, int column) => tensor is null ? 0 : At(tensor, 0, tensor.Columns == 1 ? 0 : column);

    private static ConstantTensor Create(string name, ElementType type, int rows, int columns, Func<int, int, double> element)
    {
        double[] doubles = new double[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                doubles[row * columns + column] = element(row, column);
            }
        }
        return type == ElementType.Float64
            ? ConstantTensor.Create(name, rows, columns, doubles)
            : ConstantTensor.Create(name, rows, columns, Array.ConvertAll(doubles, value => (float)value));
    }
}
