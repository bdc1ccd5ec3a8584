using InferF.Cli.Bench.Data;

namespace InferF.Cli.Bench;

/// <summary>A table in a FROM clause.</summary>
/// <param name="Alias">How columns refer to it.</param>
/// <param name="Table">Its name.</param>
/// <param name="On">Join condition; null for the first table.</param>
internal sealed record TableUse(string Alias, string Table, string? On = null);

/// <summary>An input of the model.</summary>
/// <param name="Name">Name in the model.</param>
/// <param name="Features">Aliases of the tables whose features it gets, with their widths; of an integer input none.</param>
/// <param name="Id">SQL of an int32 column that an int64 input gets instead.</param>
internal sealed record ModelInput(string Name, IReadOnlyList<(string Alias, int Width)> Features, string? Id = null)
{
    /// <summary>Elements per row.</summary>
    public int Width => Id is null ? Features.Sum(feature => feature.Width) : 1;
}

/// <summary>The query of a workload, as data from which each contender's SQL is made.</summary>
/// <param name="From">The tables; the first one is streamed.</param>
/// <param name="Inputs">Inputs of the model.</param>
internal sealed record WorkloadQuery(IReadOnlyList<TableUse> From, IReadOnlyList<ModelInput> Inputs)
{
    /// <summary>Name of the model in SQL.</summary>
    public const string Model = "m";

    /// <summary>Condition on single tables, or null.</summary>
    public string? Where { get; init; }

    /// <summary>Integer columns that number a result row: the sum of column · stride; unique.</summary>
    public IReadOnlyList<(string Column, int Stride)> RowNumber { get; init; } = [("f.id", 1)];

    /// <summary>One more than the largest number of a result row, per row of the first table.</summary>
    public int SlotsPerRow { get; init; } = 1;

    /// <summary>Whether the model adds its inputs up, which DuckDB can do alone.</summary>
    public bool IsSum { get; init; }

    /// <summary>Alias of the streamed table.</summary>
    public string Streamed => From[0].Alias;

    /// <summary>Columns that number a row, as SQL.</summary>
    public string RowNumberColumns => string.Join(", ", RowNumber.Select(part => part.Column));

    /// <summary>The query InferF runs: the columns that number a row, then the score.</summary>
    public string InferF
    {
        get
        {
            IEnumerable<string> arguments = Inputs.Count == 1
                ? [List(Inputs[0])]
                : Inputs.Select(input => $"{input.Name} := {(input.Id ?? (input.Features.Count == 1 ? Feature(input.Features[0].Alias) : List(input)))}");
            return $"SELECT {RowNumberColumns}, predict('{Model}', {string.Join(", ", arguments)}) AS y FROM {Joins()}{(Where is null ? "" : $" WHERE {Where}")}";
        }
    }

    /// <summary>A query of DuckDB over some rows of the streamed table.</summary>
    /// <param name="columns">What is selected.</param>
    /// <param name="suffix">Of the tables' names.</param>
    /// <param name="share">First row and the row after the last one; null for all.</param>
    public string DuckDb(string columns, string suffix = "", (long From, long To)? share = null)
    {
        string[] conditions =
        [
            .. Where is null ? [] : new[] { $"({Where})" },
            .. share is (long from, long to) ? [$"{Streamed}.id >= {from}", $"{Streamed}.id < {to}"] : Array.Empty<string>(),
        ];
        return $"SELECT {columns} FROM {Joins(suffix)}{(conditions.Length == 0 ? "" : $" WHERE {string.Join(" AND ", conditions)}")}";
    }

    /// <summary>The FROM clause.</summary>
    /// <param name="suffix">Of the tables' names.</param>
    public string Joins(string suffix = "") =>
        string.Concat(From.Select(use => use.On is null ? $"{use.Table}{suffix} AS {use.Alias}" : $" JOIN {use.Table}{suffix} AS {use.Alias} ON {use.On}"));

    private static string List(ModelInput input) => $"[{string.Join(", ", input.Features.Select(feature => Feature(feature.Alias)))}]";

    private static string Feature(string alias) => $"{alias}.{BenchTable.Features}";
}
