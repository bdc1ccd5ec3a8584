using System.Collections.Immutable;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Placement;

namespace InferF.Optimizer.Planners;

/// <summary>
/// Published rules that decide join by join whether computation is pushed to the build side, as baselines of the benchmark. They see rows and numbers of columns, not the machine.
/// </summary>
/// <remarks>
/// <para><c>morpheus-*</c>: Chen, Kumar, Naughton and Patel, "Towards Linear Algebra over Normalized Data", VLDB 2017, §5.1: push if tuple ratio n_S/n_R ≥ 5 and feature ratio d_R/d_S ≥ 1.</para>
/// <para><c>factorized-learning-*</c>: Kumar, Naughton and Patel, "Learning Generalized Linear Models Over Normalized Data", SIGMOD 2015, §3: push if the redundancy that the join introduces, arithmetic over the
/// joined rows divided by arithmetic over the normalized ones, exceeds 1. For a layer of h outputs: 2·h·n_S·(d_S + d_R) against 2·h·(n_S·d_S + n_R·d_R) + h·n_S for the addition of partial results.</para>
/// <para>Bottom-up starts at the lowest joins, and what a lower join pushed arrives as h columns; top-down starts at the root and goes on below a join only if it pushed.</para>
/// <para><c>seed-greedy</c>: the prototype of arXiv 2511.20489: edges by utility k₁·(d_out − h) + k₂·d_out·(n_out − n_in), those above 0.5 compute everything below them that is not yet pushed.</para>
/// </remarks>
internal sealed class PublishedRules
{
    private const double LeastTupleRatio = 5;
    private const double LeastFeatureRatio = 1;
    private const double WidthUtility = 9.8167;
    private const double RowUtility = 2.1713;
    private const double LeastUtility = 0.5;

    private readonly RelationalPlan _relations;
    private readonly IReadOnlyList<PlacementUnit> _units;
    private readonly Dictionary<int, double> _columns = [];
    private readonly double _width;

    // By table: the node that computes its share, or −1 while that is the root.
    private readonly Dictionary<int, int> _pushed = [];

    private PublishedRules(RelationalPlan relations, AnalyzedQuery query, PlacementSpace space)
    {
        (_relations, _units) = (relations, space.Units);
        foreach (ModelValue load in Loads(query))
        {
            foreach (Plan.Query.Feature feature in ((LoadOperation)load.Operation).Features)
            {
                _columns[feature.Column.Table] = _columns.GetValueOrDefault(feature.Column.Table) + feature.Width;
            }
        }
        // The width of the layers that are split; a mask counts as its words in columns of four bytes.
        _width = space.Units.Where(unit => !unit.Keys[0].Group.IsEmpty).Select(unit => unit.Keys[0].Value).Distinct().Sum(WidthOf);
    }

    /// <summary>The rules.</summary>
    public static ImmutableArray<string> Names { get; } =
        ["morpheus-bottom-up", "morpheus-top-down", "factorized-learning-bottom-up", "factorized-learning-top-down", "seed-greedy"];

    /// <summary>The placement of a rule.</summary>
    /// <exception cref="InferFException">There is no rule of that name.</exception>
    public static JudgedPlacement Place(string name, RelationalPlan relations, AnalyzedQuery query, PlacementSearch search)
    {
        PublishedRules rules = new(relations, query, search.Space);
        switch (name)
        {
            case "morpheus-bottom-up":
                rules.BottomUp(Morpheus);
                break;
            case "morpheus-top-down":
                rules.TopDown(relations.Root, Morpheus);
                break;
            case "factorized-learning-bottom-up":
                rules.BottomUp(rules.FactorizedLearning);
                break;
            case "factorized-learning-top-down":
                rules.TopDown(relations.Root, rules.FactorizedLearning);
                break;
            case "seed-greedy":
                rules.SeedGreedy();
                break;
            default:
                throw new InferFException(
                    InferFErrorCode.InvalidArgument, $"There is no published rule of that name. Expected one of {string.Join(", ", Names)}; got '{name}'.{Plan.NearestName.Hint(name, Names)}");
        }
        return search.Judge(name, rules.Choice());
    }

    private static bool Morpheus(Edge edge) =>
        edge.ProbeRows / edge.BuildRows >= LeastTupleRatio && edge.BuildColumns >= LeastFeatureRatio * edge.ProbeColumns && edge.BuildColumns > 0;

    private bool FactorizedLearning(Edge edge)
    {
        double joined = 2 * edge.ProbeRows * (edge.ProbeColumns + edge.BuildColumns);
        double normalized = 2 * (edge.ProbeRows * edge.ProbeColumns + edge.BuildRows * edge.BuildColumns) + edge.ProbeRows;
        return edge.BuildColumns > 0 && _width > 0 && joined / normalized > 1;
    }

    private void BottomUp(Func<Edge, bool> pushes)
    {
        // Children have smaller numbers.
        for (int node = 0; node < _relations.Count; node++)
        {
            if (_relations[node] is HashJoinTree && pushes(EdgeOf(node)))
            {
                Push(_relations.Inputs(node)[1]);
            }
        }
    }

    private void TopDown(int node, Func<Edge, bool> pushes)
    {
        if (_relations[node] is HashJoinTree)
        {
            int build = _relations.Inputs(node)[1];
            if (pushes(EdgeOf(node)))
            {
                Push(build);
                TopDown(build, pushes);
            }
        }
        if (_relations.Inputs(node).Count > 0)
        {
            TopDown(_relations.Inputs(node)[0], pushes);
        }
    }

    private void SeedGreedy()
    {
        List<(double Utility, int Child)> edges = [];
        for (int node = 0; node < _relations.Count; node++)
        {
            foreach (int child in _relations[node] is HashJoinTree ? _relations.Inputs(node) : [])
            {
                double columns = _relations[child].Tables.Tables().Sum(table => _columns.GetValueOrDefault(table));
                double utility = WidthUtility * (columns - _width) + RowUtility * columns * (_relations[node].Rows - _relations[child].Rows);
                edges.Add((utility, child));
            }
        }
        foreach ((double utility, int child) in edges.OrderByDescending(edge => edge.Utility).ThenBy(edge => edge.Child))
        {
            if (utility > LeastUtility)
            {
                foreach (int table in _relations[child].Tables.Tables())
                {
                    _pushed.TryAdd(table, child);
                }
            }
        }
    }

    // Going up, what is pushed stays where it is; going down, it moves further down.
    private void Push(int build)
    {
        foreach (int table in _relations[build].Tables.Tables())
        {
            if (!_pushed.TryGetValue(table, out int now) || build < now)
            {
                _pushed[table] = build;
            }
        }
    }

    private Edge EdgeOf(int join)
    {
        int probe = _relations.Inputs(join)[0];
        int build = _relations.Inputs(join)[1];
        return new Edge(Math.Max(1, _relations[probe].Rows), Math.Max(1, _relations[build].Rows), ColumnsOf(probe), ColumnsOf(build));
    }

    // Columns below a node: raw ones, and those of partial results that lower joins pushed.
    private double ColumnsOf(int node)
    {
        double columns = 0;
        HashSet<int> partials = [];
        foreach (int table in _relations[node].Tables.Tables())
        {
            if (_pushed.TryGetValue(table, out int pushed) && pushed < node)
            {
                partials.Add(pushed);
            }
            else
            {
                columns += _columns.GetValueOrDefault(table);
            }
        }
        return columns + partials.Count * _width;
    }

    // A computation over several tables is pushed to the lowest node that covers them, if that lies within what is pushed.
    private PlacementChoice Choice()
    {
        PlacementChoice choice = new();
        foreach (PlacementUnit unit in _units)
        {
            TableSet tables = unit.Keys[0].Group.IsEmpty ? unit.Keys[0].Value.Tables : unit.Keys[0].Group;
            int node = -1;
            foreach (int table in tables.Tables())
            {
                node = _pushed.TryGetValue(table, out int pushed) ? Math.Max(node, pushed) : _relations.Root;
                if (node == _relations.Root)
                {
                    break;
                }
            }
            node = node < 0 ? node : _relations.SkipFilters(node);
            if (node >= 0 && node != _relations.Root && tables.IsSubsetOf(_relations[node].Tables))
            {
                foreach (PinKey key in unit.Keys)
                {
                    choice.Pins[key] = node;
                }
            }
        }
        return choice;
    }

    private static double WidthOf(ModelValue value) => value.Operation is TreeOperation trees ? 2.0 * trees.MaskWords : value.Width;

    private static HashSet<ModelValue> Loads(AnalyzedQuery query)
    {
        HashSet<ModelValue> visited = [];
        HashSet<ModelValue> loads = [];
        Stack<ModelValue> stack = new(query.Predictions.SelectMany(prediction => prediction.Outputs));
        while (stack.TryPop(out ModelValue? value))
        {
            if (visited.Add(value))
            {
                if (value.Operation is LoadOperation)
                {
                    loads.Add(value);
                }
                foreach (ModelValue argument in value.Arguments)
                {
                    stack.Push(argument);
                }
            }
        }
        return loads;
    }

    /// <summary>A join as the rules see it: S is the probe side, R the build side.</summary>
    private readonly record struct Edge(double ProbeRows, double BuildRows, double ProbeColumns, double BuildColumns);
}
