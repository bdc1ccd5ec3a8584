namespace InferF.Optimizer.Planners.Problem;

/// <summary>
/// Maximum flow, and with it a minimum cut, by blocking flows in level graphs (Dinic, "Algorithm for solution of a problem of maximum flow in networks with power estimation", 1970).
/// Capacities are seconds.
/// </summary>
internal sealed class MaximumFlow
{
    // Residual capacities below this fraction of the largest finite one are rounding.
    private const double Rounding = 1e-13;

    private readonly List<int> _targets = [];
    private readonly List<double> _residuals = [];
    private readonly List<int> _nextEdges = [];
    private readonly List<int> _firstEdges = [];
    private int[] _levels = [];
    private int[] _currentEdges = [];
    private double _largest;

    /// <summary>Creates a network of a source and a sink.</summary>
    public MaximumFlow()
    {
        Source = AddNode();
        Sink = AddNode();
    }

    /// <summary>Where flow comes from.</summary>
    public int Source { get; }

    /// <summary>Where flow goes.</summary>
    public int Sink { get; }

    /// <summary>Adds a node and returns its number.</summary>
    public int AddNode()
    {
        _firstEdges.Add(-1);
        return _firstEdges.Count - 1;
    }

    /// <summary>Adds an edge.</summary>
    /// <param name="from">Its start.</param>
    /// <param name="to">Its end.</param>
    /// <param name="capacity">At least 0; infinite for an edge that no cut may contain.</param>
    public void AddEdge(int from, int to, double capacity)
    {
        _largest = double.IsFinite(capacity) ? Math.Max(_largest, capacity) : _largest;
        AddHalf(from, to, capacity);
        AddHalf(to, from, 0);
    }

    /// <summary>Finds a maximum flow; returns by node whether it lies on the source's side of the minimum cut.</summary>
    public bool[] SourceSide()
    {
        while (FindLevels())
        {
            _currentEdges = [.. _firstEdges];
            while (Push(Source, double.PositiveInfinity) > 0)
            {
            }
        }
        bool[] side = new bool[_levels.Length];
        for (int node = 0; node < side.Length; node++)
        {
            side[node] = _levels[node] >= 0;
        }
        return side;
    }

    private void AddHalf(int from, int to, double capacity)
    {
        _targets.Add(to);
        _residuals.Add(capacity);
        _nextEdges.Add(_firstEdges[from]);
        _firstEdges[from] = _targets.Count - 1;
    }

    private bool IsOpen(int edge) => _residuals[edge] > Rounding * _largest;

    private bool FindLevels()
    {
        _levels = new int[_firstEdges.Count];
        Array.Fill(_levels, -1);
        _levels[Source] = 0;
        Queue<int> queue = new([Source]);
        while (queue.TryDequeue(out int node))
        {
            for (int edge = _firstEdges[node]; edge >= 0; edge = _nextEdges[edge])
            {
                if (IsOpen(edge) && _levels[_targets[edge]] < 0)
                {
                    _levels[_targets[edge]] = _levels[node] + 1;
                    queue.Enqueue(_targets[edge]);
                }
            }
        }
        return _levels[Sink] >= 0;
    }

    // Paths have at most five edges here (source, resource, term, resource, sink, and back along residuals), so recursion is shallow.
    private double Push(int node, double limit)
    {
        if (node == Sink)
        {
            return limit;
        }
        for (; _currentEdges[node] >= 0; _currentEdges[node] = _nextEdges[_currentEdges[node]])
        {
            int edge = _currentEdges[node];
            int target = _targets[edge];
            if (!IsOpen(edge) || _levels[target] != _levels[node] + 1)
            {
                continue;
            }
            double pushed = Push(target, Math.Min(limit, _residuals[edge]));
            if (pushed > 0)
            {
                _residuals[edge] -= pushed;
                _residuals[edge ^ 1] += pushed;
                return pushed;
            }
        }
        return 0;
    }
}
