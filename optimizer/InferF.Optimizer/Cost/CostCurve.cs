using System.Collections.Immutable;

namespace InferF.Optimizer.Cost;

/// <summary>A point of a <see cref="CostCurve"/>.</summary>
/// <param name="Size">What the cost depends on, e.g. bytes of a table; positive.</param>
/// <param name="Seconds">Seconds per unit of work there; positive.</param>
public readonly record struct CostPoint(double Size, double Seconds);

/// <summary>
/// Seconds per unit of work as a function of one size: straight lines between measured points in a doubly logarithmic diagram, constant beyond
/// both ends. So it is finite, positive, and monotone wherever the points are.
/// </summary>
public sealed class CostCurve
{
    /// <summary>Makes a curve.</summary>
    /// <param name="points">At least one; sizes ascend strictly.</param>
    /// <exception cref="ArgumentException">There is no point, sizes do not ascend, or a number is not positive and finite.</exception>
    public CostCurve(params ImmutableArray<CostPoint> points)
    {
        if (points.IsDefaultOrEmpty)
        {
            throw new ArgumentException("A cost curve needs at least one point.");
        }
        for (int i = 0; i < points.Length; i++)
        {
            if (!IsPositive(points[i].Size) || !IsPositive(points[i].Seconds) || (i > 0 && points[i].Size <= points[i - 1].Size))
            {
                throw new ArgumentException($"The points of a cost curve are positive and finite, and their sizes ascend. Point {i}: {points[i].Size}, {points[i].Seconds}.");
            }
        }
        Points = points;
    }

    /// <summary>The points, by ascending size.</summary>
    public ImmutableArray<CostPoint> Points { get; }

    /// <summary>Seconds per unit of work at a size; NaN and what is below the first point count as the first point.</summary>
    /// <param name="size">The size, in the unit of the points.</param>
    public double At(double size)
    {
        (int below, double share) = Locate(Points, static point => point.Size, size);
        return Between(Points[below].Seconds, Points[Math.Min(below + 1, Points.Length - 1)].Seconds, share);
    }

    /// <summary>The same curve with every number of seconds multiplied.</summary>
    /// <param name="factor">Positive and finite.</param>
    public CostCurve Scaled(double factor) => new([.. Points.Select(point => point with { Seconds = point.Seconds * factor })]);

    /// <summary>Where a size lies among ascending positions: the index at or below it, and its logarithmic share of the way to the next.</summary>
    internal static (int Below, double Share) Locate<T>(ImmutableArray<T> items, Func<T, double> position, double size)
    {
        int last = items.Length - 1;
        if (!(size > position(items[0])))
        {
            return (0, 0);
        }
        if (size >= position(items[last]))
        {
            return (last, 0);
        }
        int below = 0;
        while (position(items[below + 1]) <= size)
        {
            below++;
        }
        double start = position(items[below]);
        return (below, Math.Log(size / start) / Math.Log(position(items[below + 1]) / start));
    }

    /// <summary>Geometric interpolation.</summary>
    internal static double Between(double from, double to, double share) => share <= 0 ? from : from * Math.Pow(to / from, share);

    internal static bool IsPositive(double value) => double.IsFinite(value) && value > 0;
}
