namespace InferF.Optimizer.Joins;

/// <summary>One way to join a set of tables.</summary>
/// <param name="Pending">Seconds per row of the node that combines next, for everything that this set leaves to it.</param>
/// <param name="Seconds">Seconds of everything in the set that is done.</param>
/// <param name="Probe">Bits of the probe side; 0 for a table.</param>
/// <param name="ProbePoint">Way of the probe side; if the set combines, its own way without that.</param>
/// <param name="BuildPoint">Way of the build side.</param>
/// <param name="IsActive">The set combines everything that is pending into one accumulator.</param>
internal readonly record struct PendingPoint(double Pending, double Seconds, int Probe, int ProbePoint, int BuildPoint, bool IsActive);

/// <summary>
/// Collects points and keeps those on the lower left convex hull: a point is kept if it minimizes seconds + rows · pending for some number of rows ≥ 0. Buffers
/// are used again, so that a set with thousands of splits allocates once.
/// </summary>
internal sealed class HullBuilder
{
    private PendingPoint[] _points = new PendingPoint[64];
    private int _count;

    /// <summary>Forgets all points.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds a point.</summary>
    public void Add(PendingPoint point)
    {
        if (_count == _points.Length)
        {
            // What is not on the hull now will not be on it later.
            Reduce();
            if (_count > _points.Length / 2)
            {
                Array.Resize(ref _points, 2 * _points.Length);
            }
        }
        _points[_count++] = point;
    }

    /// <summary>Adds points.</summary>
    public void Add(PendingPoint[] points)
    {
        foreach (PendingPoint point in points)
        {
            Add(point);
        }
    }

    /// <summary>
    /// Adds the hull of all sums of a point of one hull and a point of another. Edges of both, ordered by slope, are the edges of the result (Minkowski sum of
    /// convex chains), so there are as many points as both have, less one.
    /// </summary>
    /// <param name="probe">Hull of the probe side, pending ascending.</param>
    /// <param name="build">Hull of the build side, pending ascending.</param>
    /// <param name="seconds">Seconds added to every sum.</param>
    /// <param name="probeSet">Bits of the probe side.</param>
    public void AddSums(PendingPoint[] probe, PendingPoint[] build, double seconds, int probeSet)
    {
        int i = 0;
        int j = 0;
        while (true)
        {
            Add(new PendingPoint(probe[i].Pending + build[j].Pending, probe[i].Seconds + build[j].Seconds + seconds, probeSet, i, j, IsActive: false));
            bool hasProbe = i + 1 < probe.Length;
            bool hasBuild = j + 1 < build.Length;
            if (!hasProbe && !hasBuild)
            {
                return;
            }
            if (hasProbe && (!hasBuild || Slope(probe[i], probe[i + 1]) <= Slope(build[j], build[j + 1])))
            {
                i++;
            }
            else
            {
                j++;
            }
        }
    }

    /// <summary>The hull, pending ascending and seconds descending.</summary>
    public PendingPoint[] ToHull()
    {
        Reduce();
        return _points.AsSpan(0, _count).ToArray();
    }

    private void Reduce()
    {
        Span<PendingPoint> points = _points.AsSpan(0, _count);
        points.Sort(static (left, right) =>
        {
            int order = left.Pending.CompareTo(right.Pending);
            order = order != 0 ? order : left.Seconds.CompareTo(right.Seconds);
            // Equal ways in a fixed order, so that plans are reproducible.
            order = order != 0 ? order : left.IsActive.CompareTo(right.IsActive);
            order = order != 0 ? order : left.Probe.CompareTo(right.Probe);
            order = order != 0 ? order : left.ProbePoint.CompareTo(right.ProbePoint);
            return order != 0 ? order : left.BuildPoint.CompareTo(right.BuildPoint);
        });
        int kept = 0;
        foreach (PendingPoint point in points)
        {
            if (kept > 0 && point.Seconds >= points[kept - 1].Seconds)
            {
                continue;
            }
            while (kept >= 2 && Slope(points[kept - 2], points[kept - 1]) >= Slope(points[kept - 1], point))
            {
                kept--;
            }
            points[kept++] = point;
        }
        _count = kept;
    }

    // Negative and, along a hull, ascending.
    private static double Slope(PendingPoint left, PendingPoint right) => (right.Seconds - left.Seconds) / (right.Pending - left.Pending);
}
