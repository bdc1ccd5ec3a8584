using System.Globalization;
using InferF.Plan.Query;

namespace InferF;

/// <summary>Which algorithm decides what is computed below which join. All use one cost function.</summary>
public enum Planner
{
    /// <summary><see cref="Exact"/>, or what is cheaper of <see cref="None"/> and <see cref="Leaf"/>; never worse than either by the model.</summary>
    Auto,
    /// <summary>Nothing is pushed: features are gathered after the joins and the whole model runs there.</summary>
    None,
    /// <summary>Everything that depends on one table only runs on the rows of that table.</summary>
    Leaf,
    /// <summary>Steepest descent over (node, subset of partial computations).</summary>
    Greedy,
    /// <summary>A population of placements that exchange what they do below a node. Slow; the same result every time.</summary>
    Genetic,
    /// <summary>Every placement is tried; queries with too many are refused.</summary>
    Exhaustive,
    /// <summary>The best placement by dynamic programming, and by minimum cuts where parts of the model share raw columns.</summary>
    Exact,
    /// <summary>Join order and placement together.</summary>
    Joint,
}

/// <summary>
/// Whether planners that go by cost decide a second time, when the engine has joined the build sides and counted their rows, and before it computes anything of the model.
/// That costs a sample of the streamed table and some row ids.
/// </summary>
public enum Replanning
{
    /// <summary>Unless the query is expected to be over in a few milliseconds.</summary>
    Auto,
    /// <summary>Also for short queries.</summary>
    Always,
    /// <summary>The first decision stands.</summary>
    Never,
}

/// <summary>Settings of a session. Immutable.</summary>
public sealed record InferOptions
{
    /// <summary>Worker threads; 0 means one per available core.</summary>
    public int Threads { get; init; }

    /// <summary>Most bytes the engine may hold at once, e.g. <c>"4GB"</c>, <c>"512MiB"</c>; null means no limit.</summary>
    public string? MemoryLimit { get; init; }

    /// <summary>
    /// Directory where build sides of joins go that exceed <see cref="MemoryLimit"/>, with the rows that join them; null means the system's directory for temporary
    /// files. Files there have no name and vanish with the run. Rows of such a query come in another order.
    /// </summary>
    public string? SpillDirectory { get; init; }

    /// <summary>Most bytes that finished build sides (joined rows, key indexes and partial results of dimension tables) may take for later queries, e.g. <c>"256MB"</c>;
    /// <c>"0"</c> keeps none, null means a quarter of the memory limit, or of 1 GiB if there is none.</summary>
    public string? CacheLimit { get; init; }

    /// <summary>Planner of queries that do not choose one themselves.</summary>
    public Planner Planner { get; init; } = Planner.Auto;

    /// <summary>What NULL in a model input means for queries that do not say so themselves.</summary>
    public NullHandling Nulls { get; init; } = new(NullMode.Error);

    /// <summary>What partial results are kept in, for queries that do not say so themselves. <see cref="InferQuery.VerifyAsync"/> reports the error bound.</summary>
    public Precision Precision { get; init; } = Precision.Exact;

    /// <summary>Whether planners decide a second time, for queries that do not say so themselves.</summary>
    public Replanning Replan { get; init; } = Replanning.Auto;

    /// <summary>
    /// Constants of the planner's cost model: a file that <c>inferf calibrate</c> wrote, <c>"default"</c> for the built-in ones, or null for the ones kept for
    /// this machine if there are any.
    /// </summary>
    public string? Calibration { get; init; }
}

/// <summary>Settings of one query; what is null is taken from the session. Immutable.</summary>
public sealed record QueryOptions
{
    /// <summary>The planner.</summary>
    public Planner? Planner { get; init; }

    /// <summary>What NULL in a model input means.</summary>
    public NullHandling? Nulls { get; init; }

    /// <summary>What partial results are kept in.</summary>
    public Precision? Precision { get; init; }

    /// <summary>Whether the planner decides a second time (<see cref="InferOptions.Replan"/>).</summary>
    public Replanning? Replan { get; init; }

    /// <summary>Rows that a table yields after its filters, by its alias in the query: the planner believes them instead of its own statistics.</summary>
    public IReadOnlyDictionary<string, double>? RowCounts { get; init; }
}

/// <summary>Parses sizes and policies as the command line and configuration spell them.</summary>
public static class OptionParser
{
    /// <summary>Bytes of a size such as <c>4GB</c> (10⁹), <c>512MiB</c> (2²⁰), <c>1000000</c>.</summary>
    /// <exception cref="InferFException">Not a size.</exception>
    public static long ParseBytes(string text)
    {
        string trimmed = text.Trim();
        int digits = 0;
        while (digits < trimmed.Length && (char.IsAsciiDigit(trimmed[digits]) || trimmed[digits] == '.'))
        {
            digits++;
        }
        double? unit = trimmed[digits..].Trim().ToUpperInvariant() switch
        {
            "" or "B" => 1,
            "K" or "KB" => 1e3,
            "M" or "MB" => 1e6,
            "G" or "GB" => 1e9,
            "T" or "TB" => 1e12,
            "KIB" => 1L << 10,
            "MIB" => 1L << 20,
            "GIB" => 1L << 30,
            "TIB" => 1L << 40,
            _ => null,
        };
        return unit is not null && double.TryParse(trimmed[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
               && number * unit.Value is >= 1 and < long.MaxValue
            ? (long)(number * unit.Value)
            : throw new InferFException(InferFErrorCode.InvalidArgument, $"Not a memory size. Got '{text}', expected for example '4GB' or '512MiB'.");
    }

    /// <summary>Bytes the cache may take.</summary>
    /// <param name="text">A size as for <see cref="ParseBytes"/>, <c>0</c>, or null for the default.</param>
    /// <param name="memoryLimit">Bytes the engine may hold; 0 if there is no limit.</param>
    /// <exception cref="InferFException">Not a size.</exception>
    internal static long ParseCacheLimit(string? text, long memoryLimit) =>
        text is null ? (memoryLimit > 0 ? memoryLimit : 1L << 30) / 4
        : text.Trim() == "0" ? 0
        : ParseBytes(text);

    /// <summary>A precision: <c>exact</c> or <c>fast</c>.</summary>
    /// <exception cref="InferFException">Neither.</exception>
    public static Precision ParsePrecision(string text) => text.Trim().ToUpperInvariant() switch
    {
        "EXACT" => Precision.Exact,
        "FAST" => Precision.Fast,
        _ => throw new InferFException(InferFErrorCode.InvalidArgument, $"Not a precision. Got '{text}', expected 'exact' or 'fast'.{Plan.NearestName.Hint(text, ["exact", "fast"])}"),
    };

    /// <summary>A policy for missing values: <c>error</c>, <c>nan</c> or a number.</summary>
    /// <exception cref="InferFException">None of these.</exception>
    public static NullHandling ParseNulls(string text) => text.Trim().ToUpperInvariant() switch
    {
        "ERROR" => new NullHandling(NullMode.Error),
        "NAN" => new NullHandling(NullMode.Nan),
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double constant) && double.IsFinite(constant)
            ? new NullHandling(NullMode.Constant, constant)
            : throw new InferFException(InferFErrorCode.InvalidArgument, $"Not a policy for missing values. Got '{text}', expected 'error', 'nan' or a number."),
    };
}
