using InferF.Plan.Query;

namespace InferF.Optimizer.Joins;

/// <summary>A join tree with numbered nodes, children before parents, as the plan fragment lists them.</summary>
internal sealed class RelationalPlan
{
    private readonly List<JoinTree> _nodes = [];
    private readonly List<int[]> _inputs = [];
    private readonly Dictionary<int, int> _scans = [];
    private readonly int[] _parents;
    private readonly bool[] _streamed;

    /// <summary>Numbers the nodes of a tree.</summary>
    public RelationalPlan(JoinTree tree)
    {
        Root = Number(tree);
        _parents = new int[_nodes.Count];
        Array.Fill(_parents, -1);
        for (int node = 0; node < _nodes.Count; node++)
        {
            foreach (int input in _inputs[node])
            {
                _parents[input] = node;
            }
        }
        _streamed = new bool[_nodes.Count];
        StreamedTable = DriverOf(Root);
        for (int node = 0; node < _nodes.Count; node++)
        {
            _streamed[node] = DriverOf(node) == StreamedTable;
        }
    }

    /// <summary>The node on whose rows predictions are made and NULLs are checked: above every join and every filter on table columns.</summary>
    public int Root { get; }

    /// <summary>The driver: the table at the end of the probe spine.</summary>
    public int StreamedTable { get; }

    /// <summary>Number of nodes.</summary>
    public int Count => _nodes.Count;

    /// <summary>The node itself.</summary>
    public JoinTree this[int node] => _nodes[node];

    /// <summary>Children, probe side first.</summary>
    public IReadOnlyList<int> Inputs(int node) => _inputs[node];

    /// <summary>Parent, or −1 for the root.</summary>
    public int Parent(int node) => _parents[node];

    /// <summary>True if the node's rows stream through in batches: it lies on the probe spine of the root.</summary>
    public bool IsStreamed(int node) => _streamed[node];

    /// <summary>True if <paramref name="node"/> is <paramref name="ancestor"/> or lies below it.</summary>
    public bool IsUnder(int node, int ancestor)
    {
        while (node >= 0 && node < ancestor)
        {
            node = _parents[node];
        }
        return node == ancestor;
    }

    /// <summary>The lowest node that covers the tables (the root for no tables), above the filters that sit directly on it.</summary>
    public int LowestCovering(TableSet tables)
    {
        if (tables.IsEmpty)
        {
            return Root;
        }
        int node = 0;
        while (!tables.IsSubsetOf(_nodes[node].Tables))
        {
            node++;
        }
        return SkipFilters(node);
    }

    /// <summary>The table whose rows a node's rows follow in order: the end of its probe spine.</summary>
    public int DriverOf(int node)
    {
        while (_inputs[node].Length > 0)
        {
            node = _inputs[node][0];
        }
        return ((ScanTree)_nodes[node]).Table;
    }

    /// <summary>Rows of a base table after its scan filter.</summary>
    public double RowsOfTable(int table) => _nodes[_scans[table]].Rows;

    /// <summary>The highest node of the chain of filters directly above.</summary>
    public int SkipFilters(int node)
    {
        while (_parents[node] >= 0 && _nodes[_parents[node]] is FilterTree)
        {
            node = _parents[node];
        }
        return node;
    }

    private int Number(JoinTree tree)
    {
        int[] inputs = tree switch
        {
            HashJoinTree join => [Number(join.Probe), Number(join.Build)],
            FilterTree filter => [Number(filter.Input)],
            _ => [],
        };
        if (tree is ScanTree scan)
        {
            _scans.Add(scan.Table, _nodes.Count);
        }
        _nodes.Add(tree);
        _inputs.Add(inputs);
        return _nodes.Count - 1;
    }
}
