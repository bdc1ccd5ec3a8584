using Apache.Arrow;
using Apache.Arrow.Types;

namespace InferF.Cli.Bench;

/// <summary>
/// The star workloads: a fact table with 8 own features and three dimension tables, 358 features in all, scored by a model with one output.
/// Features are array columns; keys are dense integers drawn uniformly.
/// </summary>
internal sealed class StarSchema
{
    /// <summary>The workloads by name: how to write the model that scores the features, given the file and a source of random numbers.</summary>
    public static readonly IReadOnlyDictionary<string, Action<string, Random>> Workloads = new Dictionary<string, Action<string, Random>>
    {
        ["star-mlp"] = (path, random) => OnnxMlpWriter.Write(path, [Width, 256, 64, 1], random),
        ["star-forest"] = (path, random) => OnnxForestWriter.Write(path, Width, trees: 100, depth: 6, random),
    };

    /// <summary>Name, rows and features of every dimension table.</summary>
    public static readonly (string Name, int Rows, int Width)[] Dimensions = [("a", 100_000, 100), ("b", 10_000, 200), ("c", 1_000, 50)];

    /// <summary>Features of the fact table.</summary>
    public const int FactWidth = 8;

    /// <summary>Features of all tables, in the order of the model's input.</summary>
    public static readonly int Width = FactWidth + Dimensions.Sum(d => d.Width);

    private const int BatchRows = 1 << 17;

    /// <summary>Makes the data.</summary>
    /// <param name="workload">One of <see cref="Workloads"/>.</param>
    /// <param name="rows">Fact rows.</param>
    /// <param name="seed">Seed of keys, features and weights.</param>
    /// <param name="directory">Where to write the model.</param>
    public StarSchema(string workload, int rows, int seed, string directory)
    {
        Rows = rows;
        Random random = new(seed);
        ModelPath = Path.Combine(directory, $"{workload}.onnx");
        Workloads[workload](ModelPath, random);
        foreach ((string name, int dimensionRows, int width) in Dimensions)
        {
            int[] keys = [.. Enumerable.Range(0, dimensionRows)];
            random.Shuffle(keys);
            Tables[name] = [Batch([("k", Int32(keys)), ("x", FloatLists(random, dimensionRows, width))])];
        }
        List<RecordBatch> fact = [];
        for (int from = 0; from < rows; from += BatchRows)
        {
            int count = Math.Min(BatchRows, rows - from);
            List<(string, IArrowArray)> columns = [("id", Int32([.. Enumerable.Range(from, count)]))];
            foreach ((string name, int dimensionRows, _) in Dimensions)
            {
                int[] keys = new int[count];
                for (int i = 0; i < count; i++)
                {
                    keys[i] = random.Next(dimensionRows);
                }
                columns.Add(($"k{name}", Int32(keys)));
            }
            columns.Add(("x", FloatLists(random, count, FactWidth)));
            fact.Add(Batch(columns));
        }
        Tables["f"] = fact;
    }

    /// <summary>Fact rows.</summary>
    public int Rows { get; }

    /// <summary>The model file.</summary>
    public string ModelPath { get; }

    /// <summary>The tables by name: <c>f</c> (id, ka, kb, kc, x) and the dimensions (k, x).</summary>
    public Dictionary<string, IReadOnlyList<RecordBatch>> Tables { get; } = [];

    /// <summary>The query InferF runs.</summary>
    public static string Sql =>
        $"SELECT f.id, predict('star', [f.x, {string.Join(", ", Dimensions.Select(d => $"{d.Name}.x"))}]) AS y FROM {Joins}";

    /// <summary>The FROM clause every contender uses.</summary>
    public static string Joins => "f" + string.Concat(Dimensions.Select(d => $" JOIN {d.Name} ON f.k{d.Name} = {d.Name}.k"));

    private static RecordBatch Batch(IReadOnlyList<(string Name, IArrowArray Array)> columns)
    {
        Schema.Builder schema = new();
        foreach ((string name, IArrowArray array) in columns)
        {
            schema.Field(new Field(name, array.Data.DataType, false));
        }
        return new RecordBatch(schema.Build(), columns.Select(c => c.Array), columns[0].Array.Length);
    }

    private static Int32Array Int32(int[] values) => new Int32Array.Builder().AppendRange(values).Build();

    private static FixedSizeListArray FloatLists(Random random, int rows, int width)
    {
        FloatArray.Builder values = new FloatArray.Builder().Reserve(rows * width);
        for (int i = 0; i < rows * width; i++)
        {
            values.Append(random.NextSingle() * 2 - 1);
        }
        FixedSizeListType type = new(new Field("item", FloatType.Default, false), width);
        return new FixedSizeListArray(type, rows, values.Build(), ArrowBuffer.Empty, 0);
    }
}
