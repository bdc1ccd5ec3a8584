using Apache.Arrow;

namespace InferF.Cli.Bench.Data;

/// <summary>A table of a workload. Its batches are made whenever they are asked for, the same every time, so that a large table need not stay in memory.</summary>
/// <param name="Name">Name in SQL.</param>
/// <param name="Width">Floats in the array column <see cref="Features"/>; 0 if there is none.</param>
/// <param name="Keys">All other columns.</param>
/// <param name="Batches">Makes the batches.</param>
internal sealed record BenchTable(string Name, int Width, IReadOnlyList<string> Keys, Func<IEnumerable<RecordBatch>> Batches)
{
    /// <summary>Name of the column of features.</summary>
    public const string Features = "x";

    private const int BatchRows = 1 << 17;

    // Large odd numbers that keep the sequences of tables, columns and batches apart.
    private const int ColumnStep = 1_000_003;
    private const int BatchStep = 7_919_777;

    /// <summary>A generated table.</summary>
    /// <param name="name">Name in SQL.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="seed">Of what is drawn.</param>
    /// <param name="columns">The columns; those with a width are the features.</param>
    public static BenchTable Generate(string name, int rows, int seed, params IReadOnlyList<GeneratedColumn> columns) => new(
        name,
        columns.Sum(column => column.Width),
        [.. columns.Where(column => column.Width == 0).Select(column => column.Name)],
        () => Make(name, rows, seed, columns));

    /// <summary>A table that is in memory.</summary>
    public static BenchTable Of(string name, IReadOnlyList<RecordBatch> batches)
    {
        Schema schema = batches[0].Schema;
        int features = schema.GetFieldIndex(Features);
        int width = features < 0 ? 0 : ((Apache.Arrow.Types.FixedSizeListType)schema.FieldsList[features].DataType).ListSize;
        return new BenchTable(name, width, [.. schema.FieldsList.Select(field => field.Name).Where(column => column != Features)], () => batches);
    }

    private static IEnumerable<RecordBatch> Make(string name, int rows, int seed, IReadOnlyList<GeneratedColumn> columns)
    {
        int table = name.Aggregate(seed, (hash, letter) => unchecked(hash * 31 + letter));
        for (int from = 0; from < rows; from += BatchRows)
        {
            int count = Math.Min(BatchRows, rows - from);
            Schema.Builder schema = new();
            List<IArrowArray> arrays = [];
            for (int i = 0; i < columns.Count; i++)
            {
                arrays.Add(columns[i].Make(new Random(unchecked(table + i * ColumnStep + from / BatchRows * BatchStep)), from, count));
                schema.Field(new Field(columns[i].Name, arrays[^1].Data.DataType, false));
            }
            yield return new RecordBatch(schema.Build(), arrays, count);
        }
    }
}
