using System.Collections.Immutable;
using System.Numerics;
using InferF.Plan.Query;

namespace InferF.Optimizer.Joins;

/// <summary>
/// The inner-joined tables of one block as a graph of numbered vertices, with the number of rows of every connected set of them. Vertices are numbered in
/// the order of the tables' names in the query, so that nothing depends on where a table stands in the text. Sets of vertices are <see cref="TableSet"/>s.
/// </summary>
internal sealed class JoinGraph
{
    private readonly int[] _tables;
    private readonly double[] _rows;
    private readonly double[,] _selectivity;
    private readonly ulong[] _neighbours;
    private readonly List<(TableSet Vertices, double Selectivity)> _conjuncts = [];

    /// <summary>A graph from plain numbers.</summary>
    /// <param name="rows">Rows by vertex.</param>
    /// <param name="edges">Pairs of vertices with the fraction of their pairs of rows that match.</param>
    public JoinGraph(IReadOnlyList<double> rows, IEnumerable<(int Left, int Right, double Selectivity)> edges)
        : this([.. Enumerable.Range(0, rows.Count)], [.. rows], edges)
    {
    }

    private JoinGraph(int[] tables, double[] rows, IEnumerable<(int Left, int Right, double Selectivity)> edges)
    {
        (_tables, _rows) = (tables, rows);
        _neighbours = new ulong[rows.Length];
        _selectivity = new double[rows.Length, rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = 0; j < rows.Length; j++)
            {
                _selectivity[i, j] = 1;
            }
        }
        foreach ((int left, int right, double selectivity) in edges)
        {
            _selectivity[left, right] *= selectivity;
            _selectivity[right, left] = _selectivity[left, right];
            _neighbours[left] |= 1UL << right;
            _neighbours[right] |= 1UL << left;
        }
    }

    /// <summary>Number of vertices.</summary>
    public int Count => _rows.Length;

    /// <summary>All vertices.</summary>
    public TableSet All => TableSet.First(Count);

    /// <summary>The vertex with the most rows; the first of equals.</summary>
    public int Largest => System.Array.IndexOf(_rows, _rows.Max());

    /// <summary>The graph of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="query">The query it belongs to.</param>
    /// <param name="estimator">Row counts.</param>
    /// <exception cref="InferFException">The tables are not connected by equalities.</exception>
    public static JoinGraph Of(JoinBlock block, BoundQuery query, CardinalityEstimator estimator)
    {
        int[] tables = [.. block.Members.OrderBy(table => query.Tables[table].Alias, StringComparer.Ordinal).ThenBy(table => table)];
        Dictionary<int, int> vertices = tables.Select((table, vertex) => (table, vertex)).ToDictionary(pair => pair.table, pair => pair.vertex);
        var edges =
            from key in block.Equalities
            where key.Left.Table != key.Right.Table
            let left = vertices[key.Left.Table]
            let right = vertices[key.Right.Table]
            let hashKey = left < right ? new HashKey(key.Left, key.Right) : new HashKey(key.Right, key.Left)
            group hashKey by (Math.Min(left, right), Math.Max(left, right)) into pair
            select (pair.Key.Item1, pair.Key.Item2, estimator.Selectivity([.. pair.Distinct()]));
        JoinGraph graph = new(tables, [.. tables.Select(estimator.RowsOf)], edges.OrderBy(edge => (edge.Item1, edge.Item2)));
        foreach (ScalarExpr conjunct in block.Conjuncts)
        {
            TableSet used = ScalarAnalysis.TablesOf(conjunct);
            if (!used.IsEmpty && used.Tables().All(vertices.ContainsKey))
            {
                graph.AddConjunct(used.Tables().Aggregate(TableSet.Empty, (set, table) => set | TableSet.Of(vertices[table])), estimator.Selectivity(conjunct));
            }
        }
        if (!graph.IsConnected(graph.All))
        {
            throw new InferFException(InferFErrorCode.Internal, $"The FROM clause is not connected by join keys. Table '{query.Tables[tables[0]].Alias}'.");
        }
        return graph;
    }

    /// <summary>Index of a vertex's table in the query.</summary>
    public int TableOf(int vertex) => _tables[vertex];

    /// <summary>Rows of a vertex after the predicates on it.</summary>
    public double RowsOf(int vertex) => _rows[vertex];

    /// <summary>Vertices that an equality connects to a vertex.</summary>
    public TableSet NeighboursOf(int vertex) => new(_neighbours[vertex]);

    /// <summary>True if equalities connect all vertices of a set that is not empty.</summary>
    public bool IsConnected(TableSet vertices)
    {
        ulong reached = vertices.Bits & (~vertices.Bits + 1);
        for (ulong added = reached; added != 0;)
        {
            ulong next = 0;
            for (ulong rest = added; rest != 0; rest &= rest - 1)
            {
                next |= _neighbours[BitOperations.TrailingZeroCount(rest)];
            }
            added = next & vertices.Bits & ~reached;
            reached |= added;
        }
        return reached == vertices.Bits && reached != 0;
    }

    /// <summary>True if an equality connects two sets.</summary>
    public bool AreConnected(TableSet left, TableSet right)
    {
        for (ulong rest = left.Bits; rest != 0; rest &= rest - 1)
        {
            if ((_neighbours[BitOperations.TrailingZeroCount(rest)] & right.Bits) != 0)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>
    /// Rows of the join of a set: the product of the rows of its tables and of the selectivities of equalities and predicates within it. The product is taken
    /// in the order of the vertices, so that it is the same number whichever joins lead to the set.
    /// </summary>
    public double RowsOf(TableSet vertices)
    {
        double rows = 1;
        for (ulong rest = vertices.Bits; rest != 0; rest &= rest - 1)
        {
            rows = RowsWith(rows, new TableSet(vertices.Bits & ~rest), BitOperations.TrailingZeroCount(rest));
        }
        return rows;
    }

    /// <summary>Rows of a set and one more vertex, which is larger than all in the set.</summary>
    public double RowsWith(double rows, TableSet vertices, int vertex)
    {
        rows *= _rows[vertex];
        for (ulong neighbours = _neighbours[vertex] & vertices.Bits; neighbours != 0; neighbours &= neighbours - 1)
        {
            rows *= _selectivity[vertex, BitOperations.TrailingZeroCount(neighbours)];
        }
        TableSet all = vertices | TableSet.Of(vertex);
        foreach ((TableSet used, double selectivity) in _conjuncts)
        {
            rows *= used.Contains(vertex) && used.IsSubsetOf(all) ? selectivity : 1;
        }
        return Math.Min(rows, CardinalityEstimator.MostRows);
    }

    /// <summary>Rows of the largest table of a set.</summary>
    public double LargestTable(TableSet vertices)
    {
        double largest = 0;
        for (ulong rest = vertices.Bits; rest != 0; rest &= rest - 1)
        {
            largest = Math.Max(largest, _rows[BitOperations.TrailingZeroCount(rest)]);
        }
        return largest;
    }

    private void AddConjunct(TableSet vertices, double selectivity)
    {
        if (vertices.Count == 1)
        {
            _rows[vertices.Tables().First()] *= selectivity;
            return;
        }
        _conjuncts.Add((vertices, selectivity));
    }
}
