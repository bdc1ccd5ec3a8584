using System.Collections.Immutable;

namespace InferF.Optimizer.Cost;

/// <summary>
/// Seconds per unit of work as a function of two sizes: a grid of measured points, interpolated like a <see cref="CostCurve"/> along both axes,
/// constant beyond its edges.
/// </summary>
public sealed class CostSurface
{
    private readonly ImmutableArray<ImmutableArray<double>> _seconds;

    /// <summary>Makes a surface.</summary>
    /// <param name="rows">Sizes of the first axis, strictly ascending.</param>
    /// <param name="columns">Sizes of the second axis, strictly ascending.</param>
    /// <param name="seconds">Seconds per unit of work by row and column.</param>
    /// <exception cref="ArgumentException">The grid is empty or incomplete, sizes do not ascend, or a number is not positive and finite.</exception>
    public CostSurface(ImmutableArray<double> rows, ImmutableArray<double> columns, ImmutableArray<ImmutableArray<double>> seconds)
    {
        RequireAscending(rows);
        RequireAscending(columns);
        if (seconds.IsDefault || seconds.Length != rows.Length || seconds.Any(row => row.IsDefault || row.Length != columns.Length || !row.All(CostCurve.IsPositive)))
        {
            throw new ArgumentException($"A cost surface is a grid of positive, finite numbers. Expected {rows.Length} x {columns.Length} of them.");
        }
        (Rows, Columns, _seconds) = (rows, columns, seconds);
    }

    /// <summary>Sizes of the first axis.</summary>
    public ImmutableArray<double> Rows { get; }

    /// <summary>Sizes of the second axis.</summary>
    public ImmutableArray<double> Columns { get; }

    /// <summary>A measured point of the grid.</summary>
    /// <param name="row">Index into <see cref="Rows"/>.</param>
    /// <param name="column">Index into <see cref="Columns"/>.</param>
    public double this[int row, int column] => _seconds[row][column];

    /// <summary>Seconds per unit of work at two sizes.</summary>
    /// <param name="row">Size along the first axis.</param>
    /// <param name="column">Size along the second axis.</param>
    public double At(double row, double column)
    {
        (int below, double rowShare) = CostCurve.Locate(Rows, static size => size, row);
        (int left, double columnShare) = CostCurve.Locate(Columns, static size => size, column);
        return CostCurve.Between(Along(below), Along(Math.Min(below + 1, Rows.Length - 1)), rowShare);

        double Along(int index) => CostCurve.Between(_seconds[index][left], _seconds[index][Math.Min(left + 1, Columns.Length - 1)], columnShare);
    }

    private static void RequireAscending(ImmutableArray<double> sizes)
    {
        if (sizes.IsDefaultOrEmpty || !sizes.All(CostCurve.IsPositive) || !sizes.Zip(sizes.Skip(1)).All(pair => pair.First < pair.Second))
        {
            throw new ArgumentException("The sizes of a cost surface are positive and finite, and ascend.");
        }
    }
}
