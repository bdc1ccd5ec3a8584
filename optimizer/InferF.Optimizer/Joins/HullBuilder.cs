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
/// Collects points and keeps those on the lower left convex hull: a point is kept if it minimizes seconds + rows · pending for some number of rows that a
/// consumer can have. Nearly all points are rejected by one binary search, and whole splits by their lower bound.
/// </summary>
/// <param name="fewestRows">Fewest rows that any consumer has.</param>
/// <param name="mostRows">Most rows that any consumer has.</param>
internal sealed class HullBuilder(double fewestRows, double mostRows)
{
    // Pending ascending, seconds descending, slopes ascending.
    private PendingPoint[] _points = new PendingPoint[16];
    private int _count;

    /// <summary>Forgets all points.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds points.</summary>
    public void Add(PendingPoint[] points)
    {
        foreach (PendingPoint point in points)
        {
            Add(point);
        }
    }

    /// <summary>Adds a point. Of equal points the first stays, so that plans are reproducible.</summary>
    public void Add(PendingPoint point)
    {
        int right = Position(point.Pending);
        if (IsCovered(point.Pending, point.Seconds, right))
        {
            return;
        }
        int left = right - 1;
        while (right < _count && _points[right].Seconds >= point.Seconds)
        {
            right++;
        }
        while (right + 1 < _count && Slope(point, _points[right]) >= Slope(_points[right], _points[right + 1]))
        {
            right++;
        }
        while (left >= 1 && Slope(_points[left - 1], _points[left]) >= Slope(_points[left], point))
        {
            left--;
        }
        // The points between left and right give way to the new one.
        if (left + 2 + _count - right > _points.Length)
        {
            Array.Resize(ref _points, 2 * _points.Length);
        }
        Array.Copy(_points, right, _points, left + 2, _count - right);
        _points[left + 1] = point;
        _count = left + 2 + _count - right;
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
        double leastPending = probe[0].Pending + build[0].Pending;
        if (IsCovered(leastPending, probe[^1].Seconds + build[^1].Seconds + seconds, Position(leastPending)))
        {
            return;
        }
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

    /// <summary>The hull, pending ascending and seconds descending, without points that are best for no number of rows in question.</summary>
    public PendingPoint[] ToHull()
    {
        int first = 0;
        int last = _count - 1;
        while (first < last && -Slope(_points[first], _points[first + 1]) > mostRows)
        {
            first++;
        }
        while (last > first && -Slope(_points[last - 1], _points[last]) < fewestRows)
        {
            last--;
        }
        return _points.AsSpan(first, last - first + 1).ToArray();
    }

    // The first point with so much pending or more.
    private int Position(double pending)
    {
        int low = 0;
        int high = _count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_points[middle].Pending < pending)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low;
    }

    // The hull passes below a place, or through it.
    private bool IsCovered(double pending, double seconds, int right)
    {
        if (right < _count && _points[right].Pending == pending && _points[right].Seconds <= seconds)
        {
            return true;
        }
        if (right == 0)
        {
            return false;
        }
        PendingPoint left = _points[right - 1];
        return left.Seconds <= seconds
            || (right < _count && left.Seconds + (Slope(left, _points[right]) * (pending - left.Pending)) <= seconds);
    }

    // Negative and, along a hull, ascending.
    private static double Slope(PendingPoint left, PendingPoint right) => (right.Seconds - left.Seconds) / (right.Pending - left.Pending);
}
