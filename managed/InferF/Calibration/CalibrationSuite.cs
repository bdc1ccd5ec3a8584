using System.Collections.Immutable;
using InferF.Optimizer;
using InferF.Optimizer.Cost;
using InferF.Plan.Model;
using InferF.Plan.Physical;
using static InferF.Plan.Proto.Value.KindOneofCase;

namespace InferF.Calibration;

/// <summary>
/// What is measured, and how constants follow from it. Every figure is a counter of the engine in a query that is made for it: the time of a value or a join,
/// or the difference of two such times. One thread.
/// </summary>
internal sealed class CalibrationSuite(InferSession session, bool quick, CancellationToken cancellation)
{
    private const double KiB = 1024;
    private const double MiB = 1024 * KiB;
    private const int TinyRows = 16;
    private const int Trees = 100;
    private const int ShallowDepth = 3;
    private const int DeepDepth = 6;

    // A sample takes about a millisecond, less than the time slice of a busy system.
    private const double FlopsPerSample = 0.8e8;
    private const double BytesPerSample = 16e6;
    private const int LeastProbes = 100_000;
    private const int MostProbes = 5_000_000;
    private const double LongBuild = 2e5;

    // What is left of a difference of two times that is lost in noise: work never costs nothing.
    private const double LeastShare = 0.02;

    private static readonly ImmutableArray<double> s_inner = [4, 8, 16, 32, 128, 512];
    private static readonly ImmutableArray<double> s_outer = [1, 4, 16, 64, 256];
    private static readonly ImmutableArray<double> s_rowBytes = [64, 256, 1024];

    // Merging partial results on the way never pays here, so that plans have the shape that is to be measured.
    private static readonly MachineConstants s_planning = MachineConstants.Default with { SecondsPerStoredByte = 1 };

    private readonly ImmutableArray<double> _tableBytes = quick ? [256 * KiB, 4 * MiB, 64 * MiB] : [256 * KiB, 1 * MiB, 4 * MiB, 16 * MiB, 64 * MiB, 256 * MiB];
    private readonly ImmutableArray<double> _cellBytes = quick ? [64 * KiB, 4 * MiB] : [64 * KiB, 1 * MiB, 4 * MiB, 32 * MiB];
    private readonly ImmutableArray<double> _denseRows = quick ? [1e3, 1e6] : [1e3, 1e5, 1e6, 5e6];
    private readonly ImmutableArray<double> _hashRows = quick ? [1e3, 3e5] : [1e3, 1e5, 1e6, 4e6];
    private readonly Measurements _measured = new();

    /// <summary>Measures everything and derives the constants.</summary>
    /// <param name="rounds">Samples of each thing.</param>
    /// <param name="source">What the constants say about their origin.</param>
    /// <param name="progress">Told the share that is done.</param>
    public MachineConstants Run(int rounds, string source, IProgress<double>? progress)
    {
        AddProducts();
        AddSums();
        AddColumns();
        AddElementwise();
        AddJoins();
        AddTrees();
        _measured.Run(rounds, progress, cancellation);
        return Constants(source);
    }

    private void AddProducts()
    {
        foreach (int inner in s_inner)
        {
            int batchRows = (int)Math.Clamp(256 * KiB / (4 * inner), 256, 4096);
            foreach (int outer in s_outer)
            {
                double rows = Math.Clamp(FlopsPerSample / (2.0 * inner * outer), batchRows, 1e5);
                SyntheticTable table = new SyntheticTable($"p{inner}_{outer}", batchRows, (int)Math.Ceiling(rows / batchRows)).Features(inner);
                Add($"product {inner} {outer}", [table], x => SyntheticModels.Hidden(x, outer), PlannerKind.None, run => run.PerRow(Sum) / (2.0 * inner * outer));
            }
        }
    }

    // Partial results of one or two small tables and one of any size, added up at the root.
    private void AddSums()
    {
        SyntheticTable small = new SyntheticTable("small", TinyRows).UniqueKeys("k").Features(4);
        SyntheticTable second = new SyntheticTable("small2", TinyRows).UniqueKeys("k").Features(4);
        SyntheticTable third = new SyntheticTable("small3", TinyRows).UniqueKeys("k").Features(4);
        SyntheticTable fact = new SyntheticTable("f3", 20_000).References("k1", TinyRows, seed: 1).References("k2", TinyRows, seed: 2).References("k3", TinyRows, seed: 3);
        foreach (int width in s_outer)
        {
            Add($"sum2 {width}", [fact, small, second], x => SyntheticModels.Mlp(x, width), PlannerKind.Leaf, run => run.PerRow(Sum));
            Add($"sum3 {width}", [fact, small, second, third], x => SyntheticModels.Mlp(x, width), PlannerKind.Leaf, run => run.PerRow(Sum));
        }
        foreach (double rowBytes in s_rowBytes)
        {
            int width = (int)(rowBytes / sizeof(float));
            int probes = (int)Math.Min(50_000, BytesPerSample / rowBytes);
            foreach (double tableBytes in _tableBytes)
            {
                int rows = (int)(tableBytes / rowBytes);
                SyntheticTable gathered = new SyntheticTable($"g{rows}", rows).UniqueKeys("k").Features(4);
                SyntheticTable from = new SyntheticTable($"gf{rows}_{probes}", probes).References("k1", rows, seed: 1).References("k2", TinyRows, seed: 2);
                Add($"gather {tableBytes} {rowBytes}", [from, gathered, second], x => SyntheticModels.Mlp(x, width), PlannerKind.Leaf, run => run.PerRow(Sum));
            }
        }
        // Large enough to be fresh memory, as the results of a query are.
        SyntheticTable stored = new SyntheticTable("stored", quick ? 40_000 : 80_000).UniqueKeys("k").Features(4);
        SyntheticTable reader = new SyntheticTable("reader", 1000).References("k1", stored.Rows).References("k2", TinyRows, seed: 2);
        Add("store", [reader, stored, second], x => SyntheticModels.Mlp(x, 256), PlannerKind.Leaf, run => run.PerRow(Sum, atRoot: false, isLong: true), isLong: true);
    }

    private void AddColumns()
    {
        SyntheticTable scalars = new SyntheticTable("scalars", 100_000).Scalars(8);
        Add("column", [scalars], x => SyntheticModels.Linear(x, 1), PlannerKind.None, run => run.PerRow(LoadColumns) / 8);
        foreach (double columnBytes in _cellBytes)
        {
            int rows = (int)(columnBytes / sizeof(float));
            SyntheticTable gathered = new SyntheticTable($"c{rows}", rows).UniqueKeys("k").Scalars(1);
            SyntheticTable from = new SyntheticTable($"cf{rows}", 100_000).References("k1", rows);
            Add($"cell {columnBytes}", [from, gathered], x => SyntheticModels.Linear(x, 1), PlannerKind.None, run => run.PerRow(LoadColumns));
        }
        SyntheticTable cached = new SyntheticTable("cached", 1024, 50).Features(64);
        SyntheticTable streamed = new SyntheticTable("streamed", 50_000).Features(64);
        Add("cached", [cached], x => SyntheticModels.Hidden(x, 4), PlannerKind.None, run => run.PerRow(Sum));
        Add("streamed", [streamed], x => SyntheticModels.Hidden(x, 4), PlannerKind.None, run => run.PerRow(Sum));
    }

    private void AddElementwise()
    {
        SyntheticTable table = new SyntheticTable("elements", 1024, 20).Features(64);
        Add("element", [table], x => new UnaryExpr(UnaryFunction.Abs, x), PlannerKind.None, run => run.PerRow(Unary) / 64);
        Add("sigmoid", [table], x => new UnaryExpr(UnaryFunction.Sigmoid, x), PlannerKind.None, run => run.PerRow(Unary) / 64);
    }

    private void AddJoins()
    {
        foreach ((string kind, ImmutableArray<double> sizes, long factor) in new[] { ("dense", _denseRows, 1L), ("hash", _hashRows, 1009L) })
        {
            foreach (int rows in sizes)
            {
                SyntheticTable build = new SyntheticTable($"{kind}{rows}", rows).UniqueKeys("k", factor);
                SyntheticTable probe = new SyntheticTable($"{kind}f{rows}", ProbesInto(rows)).References("k1", rows, factor);
                SyntheticTable once = new SyntheticTable($"{kind}o{rows}", 1).References("k1", rows, factor);
                // Indexing takes most of the run if there is much to index; then it is too long to be left alone by other processes.
                bool isLong = rows > LongBuild;
                Add($"{kind} build {rows}", [once, build], null, PlannerKind.None, run => run.JoinSeconds(isLong) / rows, isLong);
                Add($"{kind} probe {rows}", [probe, build], null, PlannerKind.None, run => run.JoinSeconds(isLong), isLong);
            }
        }
        SyntheticTable half = new SyntheticTable("half", 1000).UniqueKeys("k");
        SyntheticTable missing = new SyntheticTable("missing", LeastProbes).References("k1", 2000);
        Add("selective", [missing, half], null, PlannerKind.None, run => run.JoinSeconds());
    }

    private static int ProbesInto(double rows) => (int)Math.Clamp(3 * rows, LeastProbes, MostProbes);

    private void AddTrees()
    {
        SyntheticTable left = new SyntheticTable("t1", 100).UniqueKeys("k").Features(20);
        SyntheticTable right = new SyntheticTable("t2", 3000).UniqueKeys("k").Features(20);
        SyntheticTable small = new SyntheticTable("t3", 100).UniqueKeys("k").Features(20);
        SyntheticTable fact = new SyntheticTable("tf", 8_000).References("k1", 100, seed: 1).References("k2", 100, seed: 2);
        foreach (int depth in new[] { ShallowDepth, DeepDepth })
        {
            Add($"score {depth}", [fact, left, small], x => SyntheticModels.Forest(x, Trees, depth), PlannerKind.Leaf, run => run.PerRow(TreeScore));
            Add($"mask {depth}", [fact, right, small], x => SyntheticModels.Forest(x, Trees, depth), PlannerKind.Leaf, run => run.PerRow(TreeMask, atRoot: false));
        }
        SyntheticTable walked = new SyntheticTable("walked", 512, 3).Features(200);
        Add("walk", [walked], x => SyntheticModels.Forest(x, Trees, DeepDepth), PlannerKind.None, run => run.PerRow(TreeTraversal));
    }

    private void Add(string name, ImmutableArray<SyntheticTable> tables, Func<InputExpr, TensorExpr>? model, PlannerKind planner, Func<SyntheticRun, double> read, bool isLong = false)
    {
        SyntheticQuery query = new(tables, model);
        PhysicalPlan plan = query.PlanAsStar(planner, s_planning);
        _measured.Add(name, () => read(query.Run(session, plan, cancellation)), isLong);
    }

    private MachineConstants Constants(string source)
    {
        double column = _measured["column"];
        double element = _measured["element"];
        double maskWord = Rest(_measured[$"score {DeepDepth}"], _measured[$"score {ShallowDepth}"]) / (2 * (Words(DeepDepth) - Words(ShallowDepth)));
        double exit = Rest(_measured[$"score {DeepDepth}"], 2 * Words(DeepDepth) * maskWord) / Trees;
        // Tests of the first group: its features are tested as often as those of the other.
        double tests = Trees * ((1 << DeepDepth) - 1) / 2.0;
        CostCurve denseProbe = Curve(_denseRows, rows => Probe("dense", rows));
        double selective = Rest(_measured["selective"], _measured["dense build 1000"] * 1000 + LeastProbes * denseProbe.At(1000));
        return new MachineConstants
        {
            Source = source,
            Product = new CostSurface(s_inner, s_outer, [.. s_inner.Select(inner => s_outer.Select(outer => _measured[$"product {inner} {outer}"]).ToImmutableArray())]),
            AddedElement = Points(s_outer, width => Rest(_measured[$"sum3 {width}"], _measured[$"sum2 {width}"]) / width),
            SecondsPerElement = element,
            SecondsPerTranscendental = _measured["sigmoid"],
            SecondsPerStoredByte = Rest(_measured["store"], 2 * 4 * 256 * _measured["product 4 256"]) / (256 * sizeof(float)),
            SecondsPerColumnElement = column,
            SecondsPerStreamedByte = Rest(_measured["streamed"], _measured["cached"]) / (64 * sizeof(float)),
            RowGather = Gathers(),
            CellGather = Curve(_cellBytes, bytes => Rest(_measured[$"cell {bytes}"], column)),
            DenseProbe = denseProbe,
            HashProbe = Curve(_hashRows, rows => Probe("hash", rows)),
            DenseBuild = Curve(_denseRows, rows => _measured[$"dense build {rows}"]),
            HashBuild = Curve(_hashRows, rows => _measured[$"hash build {rows}"]),
            // Half of the rows come out, with the ids of two tables.
            SecondsPerCarriedId = selective / LeastProbes,
            SecondsPerLazyCheck = MachineConstants.Default.SecondsPerLazyCheck,
            SecondsPerMaskTest = Rest(_measured[$"mask {DeepDepth}"], Words(DeepDepth) * maskWord) / tests,
            SecondsPerMaskWord = maskWord,
            SecondsPerExitLeaf = exit,
            SecondsPerTreeStep = Rest(_measured["walk"], Trees * exit) / (Trees * DeepDepth),
        };
    }

    // Fewer rows never take longer: where a smaller size came out slower, that was noise.
    private static CostCurve Curve(ImmutableArray<double> sizes, Func<double, double> seconds)
    {
        double slowest = 0;
        return Points(sizes, size => slowest = Math.Max(slowest, seconds(size)));
    }

    private static CostCurve Points(ImmutableArray<double> sizes, Func<double, double> seconds) => new([.. sizes.Select(size => new CostPoint(size, seconds(size)))]);

    private CostSurface Gathers()
    {
        ImmutableArray<CostCurve> byRow =
            [.. s_rowBytes.Select(row => Curve(_tableBytes, bytes => Rest(_measured[$"gather {bytes} {row}"], _measured[$"sum2 {row / sizeof(float)}"]) / row))];
        return new CostSurface(_tableBytes, s_rowBytes, [.. _tableBytes.Select(bytes => byRow.Select(curve => curve.At(bytes)).ToImmutableArray())]);
    }

    private double Probe(string kind, double rows) => Rest(_measured[$"{kind} probe {rows}"], _measured[$"{kind} build {rows}"] * rows) / ProbesInto(rows);

    // One bit per leaf, in fields of at least 8 bits.
    private static double Words(int depth) => Math.Ceiling(Trees * Math.Max(8.0, 1 << depth) / 64);

    private static double Rest(double whole, double part) => Math.Max(whole - part, whole * LeastShare);
}
