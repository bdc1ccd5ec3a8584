using System.Collections.Immutable;

namespace InferF.Plan.Model;

/// <summary>Functions from the elements of a segment to one element.</summary>
public enum ReduceFunction
{
    /// <summary>Σ x.</summary>
    Sum,
    /// <summary>Σ x / n.</summary>
    Mean,
    /// <summary>The largest; NaN if any is.</summary>
    Max,
    /// <summary>The smallest; NaN if any is.</summary>
    Min,
    /// <summary>Π x.</summary>
    Product,
    /// <summary>Σ x².</summary>
    SumOfSquares,
    /// <summary>Σ |x|.</summary>
    L1,
    /// <summary>√Σ x².</summary>
    L2,
    /// <summary>log Σ x.</summary>
    LogSum,
    /// <summary>log Σ e^x, without overflow.</summary>
    LogSumExp,
    /// <summary>Position of the largest: Int64.</summary>
    ArgMax,
    /// <summary>Position of the smallest: Int64.</summary>
    ArgMin,
}

/// <summary>
/// Reduces segments of a row: the row is read as [outer, <see cref="Length"/>, <see cref="Inner"/>] in row-major order, the result is
/// [outer, <see cref="Inner"/>].
/// </summary>
public sealed class ReduceExpr(ReduceFunction function, TensorExpr argument, int length, int inner = 1, bool selectLast = false)
    : TensorExpr(IsPosition(function) ? ElementType.Int64 : argument.Type, argument.Width / length, argument)
{
    /// <summary>Which function.</summary>
    public ReduceFunction Function { get; } = function;

    /// <summary>Elements per segment.</summary>
    public int Length { get; } = length;

    /// <summary>Distance between the elements of a segment.</summary>
    public int Inner { get; } = inner;

    /// <summary>For positions: of equal elements the last one counts, not the first.</summary>
    public bool SelectLast { get; } = selectLast;

    /// <summary>True if the result is a position.</summary>
    public static bool IsPosition(ReduceFunction function) => function is ReduceFunction.ArgMax or ReduceFunction.ArgMin;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) =>
        new ReduceExpr(Function, arguments[0], Length, Inner, SelectLast) { Origin = Origin };
}

/// <summary>Functions of the softmax family.</summary>
public enum SoftmaxFunction
{
    /// <summary>e^xᵢ / Σ e^xⱼ.</summary>
    Softmax,
    /// <summary>xᵢ − log Σ e^xⱼ.</summary>
    LogSoftmax,
    /// <summary>1 at the first largest element, 0 elsewhere.</summary>
    Hardmax,
}

/// <summary>Softmax over consecutive segments of a row.</summary>
/// <param name="argument">Floats.</param>
/// <param name="length">Elements per segment; a divisor of the width.</param>
/// <param name="function">Which member of the family.</param>
public sealed class SoftmaxExpr(TensorExpr argument, int length, SoftmaxFunction function = SoftmaxFunction.Softmax)
    : TensorExpr(argument.Type, argument.Width, argument)
{
    /// <summary>Softmax over the whole row.</summary>
    public SoftmaxExpr(TensorExpr argument)
        : this(argument, argument.Width)
    {
    }

    /// <summary>Elements per segment.</summary>
    public int Length { get; } = length;

    /// <summary>Which member of the family.</summary>
    public SoftmaxFunction Function { get; } = function;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new SoftmaxExpr(arguments[0], Length, Function) { Origin = Origin };
}

/// <summary>Row norms.</summary>
public enum Norm
{
    /// <summary>Largest element (of signed values, as ai.onnx.ml defines it).</summary>
    Max,
    /// <summary>Sum of magnitudes.</summary>
    L1,
    /// <summary>Euclidean length.</summary>
    L2,
}

/// <summary>Divides each row by its norm.</summary>
public sealed class NormalizeExpr(TensorExpr argument, Norm norm) : TensorExpr(argument.Type, argument.Width, argument)
{
    /// <summary>Which norm.</summary>
    public Norm Norm { get; } = norm;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new NormalizeExpr(arguments[0], Norm) { Origin = Origin };
}

/// <summary>
/// The largest or smallest elements of consecutive segments of a row, sorted, or their positions within the segment. Of equal elements
/// the first comes first.
/// </summary>
/// <param name="argument">Numbers.</param>
/// <param name="length">Elements per segment; a divisor of the width.</param>
/// <param name="count">How many of each segment: 1 to <paramref name="length"/>.</param>
/// <param name="largest">The largest, not the smallest.</param>
/// <param name="positions">The result is the positions (Int64), not the elements.</param>
public sealed class TopKExpr(TensorExpr argument, int length, int count, bool largest, bool positions)
    : TensorExpr(positions ? ElementType.Int64 : argument.Type, argument.Width / length * count, argument)
{
    /// <summary>Elements per segment.</summary>
    public int Length { get; } = length;

    /// <summary>Elements taken of each segment.</summary>
    public int Count { get; } = count;

    /// <summary>The largest, not the smallest.</summary>
    public bool Largest { get; } = largest;

    /// <summary>The result is the positions, not the elements.</summary>
    public bool Positions { get; } = positions;

    /// <summary>Int64 elements are the bits of unsigned integers.</summary>
    public bool IsUnsigned { get; init; }

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) =>
        new TopKExpr(arguments[0], Length, Count, Largest, Positions) { IsUnsigned = IsUnsigned, Origin = Origin };
}

/// <summary>
/// Products of matrices that both vary by row: the left row is read as [batch, rows, inner], the right one as [batch, inner, columns], the result is
/// [batch, rows, columns]. Floats.
/// </summary>
public sealed class MatrixProductExpr(TensorExpr left, TensorExpr right, int batch, int rows, int inner, int columns)
    : TensorExpr(left.Type, batch * rows * columns, left, right)
{
    /// <summary>Number of products per row.</summary>
    public int Batch { get; } = batch;

    /// <summary>Rows of the left matrix.</summary>
    public int Rows { get; } = rows;

    /// <summary>Columns of the left and rows of the right matrix.</summary>
    public int Inner { get; } = inner;

    /// <summary>Columns of the right matrix.</summary>
    public int Columns { get; } = columns;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) =>
        new MatrixProductExpr(arguments[0], arguments[1], Batch, Rows, Inner, Columns) { Origin = Origin };
}

/// <summary>Distances that are sums over the features.</summary>
public enum DistanceMetric
{
    /// <summary>Σ (x − c)².</summary>
    SquaredEuclidean,
    /// <summary>Σ |x − c|.</summary>
    Manhattan,
}

/// <summary>Distances of a row to constant points, one column per point.</summary>
/// <param name="argument">Floats.</param>
/// <param name="points">[points × at least firstColumn + argument width], of the argument's type.</param>
/// <param name="metric">Which distance.</param>
/// <param name="firstColumn">Column of the points that the first column of the argument is compared with.</param>
public sealed class DistanceExpr(TensorExpr argument, ConstantTensor points, DistanceMetric metric, int firstColumn = 0)
    : TensorExpr(argument.Type, points.Rows, argument)
{
    /// <summary>[width × at least FirstColumn + argument width].</summary>
    public ConstantTensor Points { get; } = points;

    /// <summary>Which distance.</summary>
    public DistanceMetric Metric { get; } = metric;

    /// <summary>Column of the points that the first column of the argument is compared with.</summary>
    public int FirstColumn { get; } = firstColumn;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) =>
        new DistanceExpr(arguments[0], Points, Metric, FirstColumn) { Origin = Origin };
}
