using System.Globalization;

namespace InferF.Cli.Bench.Data;

/// <summary>A table of a real data set as a workload uses it: its keys, and its columns turned into an array of features <c>x</c>.</summary>
/// <param name="Name">Name in SQL.</param>
/// <param name="File">File in the data set's folder.</param>
/// <param name="Columns">Key columns and what else is selected.</param>
/// <param name="Features">SQL of every feature.</param>
/// <param name="Suffix">Condition or limit.</param>
internal sealed record SharedTable(string Name, string File, string Columns, IReadOnlyList<string> Features, string Suffix = "")
{
    /// <summary>The query that makes the table from the file, registered under <paramref name="source"/>.</summary>
    public string Sql(string source) => $"SELECT {Columns}, [{string.Join(", ", Features)}]::FLOAT[{Features.Count}] AS x FROM \"{source}\"{Suffix}";

    /// <summary>A number as a feature; missing values are 0.</summary>
    /// <param name="column">The column.</param>
    /// <param name="scale">What it is divided by, so that most values lie between −1 and 1.</param>
    public static string Number(string column, double scale) => string.Create(CultureInfo.InvariantCulture, $"coalesce({column} / {scale:0.0###}, 0)");

    /// <summary>A column of many values as features by hashing: all 0 but one, which a hash of the value chooses (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", 2009).</summary>
    /// <param name="column">The column.</param>
    /// <param name="buckets">Number of features.</param>
    public static IEnumerable<string> Hashed(string column, int buckets) =>
        Enumerable.Range(0, buckets).Select(bucket => string.Create(CultureInfo.InvariantCulture, $"(hash({column}) % {buckets} = {bucket})::FLOAT"));
}
