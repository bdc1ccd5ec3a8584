using System.Numerics.Tensors;
using InferF.Plan.Model;

namespace InferF.Verification.Bounds;

/// <summary>Sums of products and of differences: 2·D·u·S for the order of the terms, and the arguments' errors weighted as their values are.</summary>
internal static class SumBounds
{
    /// <summary>x · W + b.</summary>
    public static Block Linear(LinearExpr linear, Block argument, int rows, BoundCache cache, Narrowing narrowing = default)
    {
        int depth = linear.Arguments[0].Width;
        int width = linear.Width;
        Rounding rounding = new(linear.Type);
        double perTerm = rounding.Sum(depth + 1);
        double[] weight = cache.Doubles(linear.Weight);
        double[] magnitude = cache.Magnitudes(linear.Weight);
        double[] y = new double[rows * width];
        double[] f = new double[rows * width];
        (double[] x, double[] e) = (argument.Floats, argument.Errors!);
        for (int row = 0; row < rows; row++)
        {
            Span<double> value = y.AsSpan(row * width, width);
            Span<double> error = f.AsSpan(row * width, width);
            if (linear.Bias is { } bias)
            {
                cache.Doubles(bias).CopyTo(value);
                TensorPrimitives.Multiply(cache.Magnitudes(bias), perTerm, error);
            }
            for (int i = 0; i < depth; i++)
            {
                double xi = x[row * depth + i];
                TensorPrimitives.MultiplyAdd(weight.AsSpan(i * width, width), xi, value, value);
                double ei = e[row * depth + i];
                double lost = perTerm * Math.Abs(xi) + ei + narrowing.Relative * (Math.Abs(xi) + ei);
                TensorPrimitives.MultiplyAdd(magnitude.AsSpan(i * width, width), lost, error, error);
            }
            TensorPrimitives.Add(error, narrowing.Absolute, error);
            for (int j = 0; j < width; j++)
            {
                // The error is at least perTerm · S.
                error[j] = rounding.UnlessOverflow(error[j], error[j] / perTerm);
            }
        }
        return Block.Rounded(linear.Type, y, f);
    }

    /// <summary>Products of two computed matrices: |Δ(ab)| ≤ |a|·Δb + |b|·Δa + Δa·Δb per term.</summary>
    public static Block MatrixProduct(MatrixProductExpr product, Block left, Block right, int rows)
    {
        Rounding rounding = new(product.Type);
        double perTerm = rounding.Sum(product.Inner + 1);
        double[] y = new double[rows * product.Width];
        double[] f = new double[y.Length];
        (double[] a, double[] ea, double[] b, double[] eb) = (left.Floats, left.Errors!, right.Floats, right.Errors!);
        int at = 0;
        for (int matrix = 0; matrix < rows * product.Batch; matrix++)
        {
            for (int i = 0; i < product.Rows; i++)
            {
                for (int j = 0; j < product.Columns; j++, at++)
                {
                    (double value, double magnitude, double carried) = (0, 0, 0);
                    for (int k = 0; k < product.Inner; k++)
                    {
                        int l = (matrix * product.Rows + i) * product.Inner + k;
                        int r = (matrix * product.Inner + k) * product.Columns + j;
                        value += a[l] * b[r];
                        magnitude += Math.Abs(a[l] * b[r]);
                        carried += Math.Abs(a[l]) * eb[r] + Math.Abs(b[r]) * ea[l] + ea[l] * eb[r];
                    }
                    y[at] = value;
                    f[at] = rounding.UnlessOverflow(perTerm * magnitude + carried, magnitude);
                }
            }
        }
        return Block.Rounded(product.Type, y, f);
    }

    /// <summary>Distances to constant points.</summary>
    /// <remarks>A reference may expand ‖x−c‖² = ‖x‖² − 2·x·c + ‖c‖², whose terms add up to as much as 2·(‖x‖² + ‖c‖²): that is the S of its rounding
    /// (Higham, section 1.7, on cancellation).</remarks>
    public static Block Distance(DistanceExpr distance, Block argument, int rows, BoundCache cache)
    {
        Rounding rounding = new(distance.Type);
        int depth = distance.Arguments[0].Width;
        double perTerm = rounding.Sum(depth + 2);
        double[] points = cache.Doubles(distance.Points);
        double[] y = new double[rows * distance.Width];
        double[] f = new double[y.Length];
        (double[] x, double[] e) = (argument.Floats, argument.Errors!);
        bool squared = distance.Metric == DistanceMetric.SquaredEuclidean;
        for (int i = 0; i < y.Length; i++)
        {
            (int row, int point) = Math.DivRem(i, distance.Width);
            (double value, double magnitude, double carried) = (0, 0, 0);
            for (int j = 0; j < depth; j++)
            {
                double c = points[point * distance.Points.Columns + distance.FirstColumn + j];
                double xj = x[row * depth + j];
                double error = e[row * depth + j];
                double difference = Math.Abs(xj - c);
                value += squared ? difference * difference : difference;
                magnitude += squared ? 2 * (xj * xj + c * c) : Math.Abs(xj) + Math.Abs(c);
                carried += squared ? (2 * difference + error) * error : error;
            }
            y[i] = value;
            f[i] = rounding.UnlessOverflow(perTerm * magnitude + carried, magnitude);
        }
        return Block.Rounded(distance.Type, y, f);
    }
}
