using InferF.Optimizer.Planners.Problem;

namespace InferF.Optimizer.Tests.Planners;

/// <summary>Random placement problems with the structure of the cost model: seconds are rows times figures per row, gathers cost more from larger tables.</summary>
internal sealed class RandomProblem(Random random)
{
    private readonly List<int> _parents = [];
    private readonly List<int> _drivers = [];
    private readonly List<double> _rows = [];

    /// <summary>One stage over a random join tree: chains, stars, bushy trees, reducing and multiplying joins.</summary>
    public PlacementProblem SingleStage()
    {
        MakeTree(random.Next(2, 6));
        return new PlacementProblem([Stage(MergeableNodes(), Enumerable.Range(0, _parents.Count - 1).Where(IsLeaf))], []);
    }

    /// <summary>Several stages that share the raw columns of their terms; every term has the root and one lower node.</summary>
    public PlacementProblem StagesWithSharedColumns()
    {
        int tables = random.Next(1, 5);
        for (int t = 0; t < tables; t++)
        {
            _parents.Add(tables);
            _drivers.Add(t + 1);
            _rows.Add(Math.Pow(10, 1 + 5 * random.NextDouble()));
        }
        _parents.Add(-1);
        _drivers.Add(0);
        _rows.Add(Math.Pow(10, 2 + 4 * random.NextDouble()));
        int stages = random.Next(2, 1 + Math.Min(4, 12 / tables));
        StageProblem[] all = [.. Enumerable.Range(0, stages).Select(_ => Stage(new bool[tables + 1], Enumerable.Range(0, tables).Concat(Enumerable.Range(0, tables).Where(_ => random.Next(4) == 0))))];
        List<SharedLoad> loads = [];
        for (int load = random.Next(1, 4) * tables; load > 0; load--)
        {
            int table = random.Next(tables);
            TermRef[] users = [.. all.SelectMany((stage, s) => stage.Lowest.Select((node, t) => (node, new TermRef(s, t)))).Where(user => user.node == table && random.Next(3) > 0).Select(user => user.Item2)];
            double perRow = 1e-9 * Math.Pow(10, 2 * random.NextDouble());
            loads.Add(new SharedLoad([.. _rows.Select((rows, node) => rows * perRow * (node == tables ? 1 + 4 * random.NextDouble() : 1))], [.. users]));
        }
        return new PlacementProblem([.. all], [.. loads]);
    }

    // A probe spine of some joins; what is hashed is a tree of its own. Returns the top node.
    private int MakeTree(int tables)
    {
        int next = 0;
        int Scan()
        {
            _parents.Add(-1);
            _drivers.Add(next++);
            _rows.Add(Math.Pow(10, 1 + 6 * random.NextDouble()));
            return _parents.Count - 1;
        }
        int Make(int count)
        {
            int probe = Scan();
            for (int left = count - 1; left > 0;)
            {
                int size = random.Next(1, left + 1);
                int build = Make(size);
                left -= size;
                _parents.Add(-1);
                int join = _parents.Count - 1;
                _drivers.Add(_drivers[probe]);
                _rows.Add(_rows[probe] * (random.Next(3) switch { 0 => 1, 1 => random.NextDouble(), _ => 1 + 4 * random.NextDouble() }));
                (_parents[probe], _parents[build]) = (join, join);
                probe = join;
            }
            return probe;
        }
        return Make(tables);
    }

    private bool IsLeaf(int node) => !_parents.Contains(node);

    private bool[] MergeableNodes() => [.. Enumerable.Range(0, _parents.Count).Select(node => !IsLeaf(node) && random.Next(5) > 0)];

    private StageProblem Stage(bool[] mergeable, IEnumerable<int> lowest)
    {
        int count = _parents.Count;
        StageNodes nodes = new([.. _parents], [.. _rows], [.. _drivers], mergeable, [.. Enumerable.Range(0, count)]);
        List<int> terms = [.. lowest];
        if (random.Next(4) == 0)
        {
            // Terms over several tables.
            terms.Add(random.Next(count));
        }
        double[] seconds = new double[terms.Count * count];
        for (int t = 0; t < terms.Count; t++)
        {
            double perRow = 1e-9 * Math.Pow(10, 3 * random.NextDouble());
            double perRandomRow = random.Next(4) == 0 ? 0 : 1e-9 * Math.Pow(10, 2 * random.NextDouble());
            for (int node = terms[t]; node >= 0; node = _parents[node])
            {
                seconds[t * count + node] = _rows[node] * (perRow + (_drivers[node] == _drivers[terms[t]] ? 0 : perRandomRow));
            }
        }
        double bytes = 4 * Math.Pow(2, random.Next(0, 11));
        double[] store = [.. _rows.Select(rows => rows * bytes / 20e9)];
        double[] handOver = new double[count * count];
        for (int from = 0; from < count; from++)
        {
            for (int to = _parents[from]; to >= 0; to = _parents[to])
            {
                handOver[from * count + to] = _rows[to] * bytes * (Gather(_drivers[from] == _drivers[to] ? 0 : _rows[from] * bytes) + 1 / 16e9);
            }
        }
        return new StageProblem(nodes, [.. terms], seconds, store, handOver) { Constant = random.NextDouble() * 1e-4 };
    }

    private static double Gather(double bytes) => bytes switch { <= 1 << 20 => 1 / 136e9, <= 16 << 20 => 1 / 106e9, <= 64 << 20 => 1 / 34e9, _ => 1 / 19e9 };
}
