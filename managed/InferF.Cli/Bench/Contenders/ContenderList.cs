using System.Globalization;
using InferF.Plan;

namespace InferF.Cli.Bench.Contenders;

/// <summary>All contenders.</summary>
internal static class ContenderList
{
    /// <summary>InferF, every run from nothing.</summary>
    public const string Auto = "inferf-auto";

    /// <summary>InferF without factorization.</summary>
    public const string None = "inferf-none";

    /// <summary>InferF with everything pushed to the tables.</summary>
    public const string Leaf = "inferf-leaf";

    /// <summary>InferF with what earlier runs have left in its cache.</summary>
    public const string Cached = "inferf-cached";

    /// <summary>InferF with partial results in half precision.</summary>
    public const string Fast = "inferf-fast";

    /// <summary>InferF with less memory than the build sides need.</summary>
    public const string Spill = "inferf-spill";

    /// <summary>DuckDB and ONNX Runtime as well as they go together.</summary>
    public const string Best = "duckdb-ort-best";

    /// <summary>DuckDB and ONNX Runtime as one would write it first.</summary>
    public const string Simple = "duckdb-ort-simple";

    /// <summary>ONNX Runtime alone.</summary>
    public const string OrtOnly = "ort-only";

    /// <summary>DuckDB alone, row by row.</summary>
    public const string Join = "duckdb-join";

    /// <summary>DuckDB alone, one sum.</summary>
    public const string Aggregate = "duckdb-aggregate";

    /// <summary>The contenders. Another one is one more line here and, if all workloads are to have it, its name in <see cref="Workload.UsualContenders"/>.</summary>
    public static IReadOnlyList<Contender> All { get; } =
    [
        InferFContender.Create(Auto, "InferF without its cache of build sides: partial results of the dimensions are computed once per dimension row, where the planner finds that it pays", InferF.Planner.Auto),
        InferFContender.Create(None, "the same engine without factorization: features are gathered for every joined row", InferF.Planner.None),
        InferFContender.Create(Leaf, "the same engine with everything that depends on one table computed on that table's rows", InferF.Planner.Leaf),
        InferFContender.Create(
            Cached,
            "InferF as it comes, from its second run on: build sides and partial results of the dimensions are there already",
            InferF.Planner.Auto,
            (_, options) => options with { CacheLimit = null }),
        InferFContender.Create(Spill, "InferF with a quarter of the memory that the build side takes: it goes to disk in parts", InferF.Planner.Auto, Limited),
        InferFContender.Create(
            Fast, "inferf-auto with partial results in half precision", InferF.Planner.Auto, (_, options) => options with { Precision = InferF.Plan.Query.Precision.Fast }),
        new Contender(
            Best, "a DuckDB connection and an ONNX Runtime session per thread, each over its share of the rows; ARRAY columns are copied into the matrix", DuckDbOrt.BestAsync, _ => true),
        new Contender(Simple, "one connection, scalar columns: every chunk is transposed and scored by a session with all threads", DuckDbOrt.SimpleAsync, _ => true),
        new Contender(OrtOnly, "ONNX Runtime on a matrix that is ready in cache, without any join: its outputs are not comparable", OrtAlone.ScoreAsync, _ => false),
        new Contender(
            Join,
            "DuckDB alone, a connection per thread: it joins and hands over the columns; where the model is a sum, it computes that, too, and its outputs are compared",
            DuckDbAlone.JoinAsync,
            query => query.IsSum),
        new Contender(Aggregate, "DuckDB alone: one query with all threads that adds up the features of all joined rows to one number", DuckDbAlone.AggregateAsync, _ => false),
    ];

    /// <summary>Finds contenders by name.</summary>
    /// <exception cref="InferFException">There is no such contender.</exception>
    public static IReadOnlyList<Contender> Find(IEnumerable<string> names) => [.. names.Select(name => All.FirstOrDefault(contender => contender.Name == name)
        ?? throw new InferFException(InferFErrorCode.InvalidArgument, $"Unknown contender '{name}'. Known: {string.Join(", ", All.Select(c => c.Name))}.{NearestName.Hint(name, All.Select(c => c.Name))}"))];

    private static InferOptions Limited(BenchEnvironment environment, InferOptions options) => options with
    {
        MemoryLimit = environment.Data.MemoryLimit?.ToString(CultureInfo.InvariantCulture)
            ?? throw new InferFException(InferFErrorCode.InvalidArgument, $"This workload has no memory limit, so that '{Spill}' has nothing to exceed. Only 'join-spill' has one."),
        SpillDirectory = environment.SpillDirectory,
    };
}
