using System.Collections.Immutable;
using InferF.Optimizer.Cost;
using InferF.Plan.Model;
using InferF.Plan.Physical;
using InferF.Plan.Proto;
using InferF.Plan.Query;
using ColumnRef = InferF.Plan.Query.ColumnRef;
using ModelElementType = InferF.Plan.Model.ElementType;
using ModelUnaryFunction = InferF.Plan.Model.UnaryFunction;
using JoinKey = InferF.Plan.Query.JoinKey;
using JoinType = InferF.Plan.Query.JoinType;
using ScalarCall = InferF.Plan.Query.ScalarCall;

namespace InferF.Optimizer.Tests.Support;

/// <summary>Builds bound queries for shape tests: tables with columns k0…k9 and a list of features x.</summary>
public sealed class QueryBuilder
{
    private const int FeatureColumn = 10;

    private readonly List<string> _aliases = [];
    private readonly List<int> _widths = [];
    private readonly List<TableStatistics> _statistics = [];
    private readonly ImmutableArray<Prediction>.Builder _predictions = ImmutableArray.CreateBuilder<Prediction>();
    private FromNode? _from;
    private ScalarExpr? _filter;
    private ScalarExpr? _predictionFilter;
    private Precision _precision;

    public IReadOnlyList<TableStatistics> Statistics => _statistics;

    public int WidthOf(string alias) => _widths[_aliases.IndexOf(alias)];

    public QueryBuilder Table(string alias, double rows, int features = 4, params (int Column, double Distinct)[] distinct)
    {
        _aliases.Add(alias);
        _widths.Add(features);
        _statistics.Add(new TableStatistics(rows, "exact", distinct.ToImmutableDictionary(d => d.Column, d => d.Distinct)));
        _from ??= new FromTable(0);
        return this;
    }

    /// <summary>Joins a table to the left with <c>left.column = right.column</c> keys written as <c>"f.k0=d.k0"</c>.</summary>
    public QueryBuilder Inner(string right, params string[] keys) => Join(JoinType.Inner, new FromTable(_aliases.IndexOf(right)), keys);

    public QueryBuilder Left(string right, params string[] keys) => Join(JoinType.Left, new FromTable(_aliases.IndexOf(right)), keys);

    public QueryBuilder Join(JoinType type, FromNode right, params string[] keys)
    {
        _from = Joined(type, _from!, right, keys);
        return this;
    }

    public FromNode Joined(JoinType type, FromNode left, FromNode right, params string[] keys) =>
        new FromJoin(type, left, right, [.. keys.Select(key => new JoinKey(Column(key.Split('=')[0]), Column(key.Split('=')[1])))], null, 0);

    public FromNode Of(string alias) => new FromTable(_aliases.IndexOf(alias));

    public QueryBuilder Where(ScalarFunction function, params string[] operands)
    {
        ScalarExpr conjunct = new ScalarCall(
            function, [.. operands.Select(operand => operand.Contains('.') ? (ScalarExpr)new ScalarColumn(Column(operand)) : new ScalarLiteral(long.Parse(operand)))]);
        _filter = _filter is null ? conjunct : new ScalarCall(ScalarFunction.And, [_filter, conjunct]);
        return this;
    }

    public QueryBuilder WherePredictionAbove(double threshold)
    {
        _predictionFilter = new ScalarCall(ScalarFunction.Greater, [new ScalarPrediction(0, 0, 0), new ScalarLiteral(threshold)]);
        return this;
    }

    /// <summary>Predicts with the features of some tables, in order.</summary>
    public QueryBuilder Predict(Func<InputExpr, TensorExpr> model, params string[] aliases)
    {
        ImmutableArray<Feature> features = [.. aliases.Select(alias => new Feature(new ColumnRef(_aliases.IndexOf(alias), FeatureColumn), _widths[_aliases.IndexOf(alias)]))];
        int width = features.Sum(feature => feature.Width);
        ModelGraph graph = new("m", [new ModelInput("x", FloatType(), width, "float")], [new ModelOutput("y", model(new InputExpr(0, FloatType(), width)))]);
        _predictions.Add(new Prediction(graph, [features], 0));
        return this;
    }

    public QueryBuilder With(Precision precision)
    {
        _precision = precision;
        return this;
    }

    public BoundQuery Query()
    {
        ImmutableArray<TableScan> scans = [.. _aliases.Select((alias, t) => new TableScan(alias, alias, [.. Columns(t)], null))];
        ImmutableArray<OutputItem> outputs =
        [
            new OutputItem("key", new ColumnOutput(new ColumnRef(0, 0))), .. _predictions.Select((_, p) => new OutputItem($"y{p}", new PredictionOutput(p, 0))),
        ];
        return new BoundQuery("", scans, _from!, _filter, _predictions.ToImmutable(), _predictionFilter, outputs, [], null, 0, default) { Precision = _precision };
    }

    public PhysicalPlan Plan(PlannerKind kind = PlannerKind.None) => Plan(Query(), kind);

    public PhysicalPlan Plan(BoundQuery query, PlannerKind kind)
    {
        PhysicalPlan plan = Planner.Plan(query, _statistics, kind, MachineConstants.Default);
        FragmentChecker.Check(plan.Fragment, plan.Tensors, (table, column) => column == FeatureColumn ? _widths[table] : 1);
        return plan;
    }

    public static LinearExpr Linear(TensorExpr x, int width, string origin) => new(
        x, ConstantTensor.Create("W", x.Width, width, [.. Enumerable.Range(0, x.Width * width).Select(i => 0.01f * (i % 7 - 3))]), ConstantTensor.Create("b", 1, width, new float[width]))
    {
        Origin = origin,
    };

    public static TensorExpr Mlp(InputExpr x, int hidden) =>
        Linear(new UnaryExpr(ModelUnaryFunction.Relu, Linear(x, hidden, "Gemm 'fc1'")) { Origin = "Relu 'act'" }, 1, "Gemm 'fc2'");

    private static ModelElementType FloatType() => ModelElementType.Float32;

    private IEnumerable<ScanColumn> Columns(int table)
    {
        for (int k = 0; k < FeatureColumn; k++)
        {
            yield return new ScanColumn($"k{k}", $"\"k{k}\"", $"k{k}", new ColumnType(ColumnKind.Integer, "BIGINT"));
        }
        yield return new ScanColumn("x", "\"x\"", "x", new ColumnType(ColumnKind.NumericList, "FLOAT[]", _widths[table]));
    }

    private ColumnRef Column(string text)
    {
        string[] parts = text.Split('.');
        return new ColumnRef(_aliases.IndexOf(parts[0]), int.Parse(parts[1][1..]));
    }
}
