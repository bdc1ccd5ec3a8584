using Apache.Arrow;
using Apache.Arrow.Types;

namespace InferF.Cli.Bench;

/// <summary>
/// The two-tower workload: interactions of users with items, scored by a recommender. Each side has dense features and an embedding of its id, each
/// tower is a perceptron 80-128-64, and the score is the logistic function of the towers' dot product. Ids are drawn uniformly.
/// </summary>
internal sealed class TwoTower
{
    /// <summary>Name of the workload, and of the model in its query.</summary>
    public const string Name = "two-tower";

    /// <summary>Dense features of a user or an item.</summary>
    public const int FeatureWidth = 64;

    /// <summary>Numbers in an embedding of an id.</summary>
    public const int EmbeddingWidth = 16;

    /// <summary>The sides: table and input prefix, rows.</summary>
    public static readonly (string Name, int Rows)[] Sides = [("users", 100_000), ("items", 20_000)];

    private const int HiddenWidth = 128;
    private const int TowerWidth = 64;
    private const int BatchRows = 1 << 17;

    /// <summary>Makes the data.</summary>
    /// <param name="rows">Interactions.</param>
    /// <param name="seed">Seed of ids, features and weights.</param>
    /// <param name="directory">Where to write the model.</param>
    public TwoTower(int rows, int seed, string directory)
    {
        Rows = rows;
        Random random = new(seed);
        ModelPath = Path.Combine(directory, "two-tower.onnx");
        WriteModel(ModelPath, random);
        foreach ((string name, int sideRows) in Sides)
        {
            int[] ids = [.. Enumerable.Range(0, sideRows)];
            random.Shuffle(ids);
            Tables[name] = [Batch([("id", Int32(ids)), ("x", FloatLists(random, sideRows))])];
        }
        List<RecordBatch> interactions = [];
        for (int from = 0; from < rows; from += BatchRows)
        {
            int count = Math.Min(BatchRows, rows - from);
            List<(string, IArrowArray)> columns = [("id", Int32([.. Enumerable.Range(from, count)]))];
            foreach ((string name, int sideRows) in Sides)
            {
                int[] ids = new int[count];
                for (int i = 0; i < count; i++)
                {
                    ids[i] = random.Next(sideRows);
                }
                columns.Add(($"{name}_id", Int32(ids)));
            }
            interactions.Add(Batch(columns));
        }
        Tables["interactions"] = interactions;
    }

    /// <summary>Interactions.</summary>
    public int Rows { get; }

    /// <summary>The model file: inputs <c>users_id</c>, <c>users_x</c>, <c>items_id</c>, <c>items_x</c>, output <c>y</c>.</summary>
    public string ModelPath { get; }

    /// <summary>The tables by name: <c>interactions</c> (id, users_id, items_id), <c>users</c> and <c>items</c> (id, x).</summary>
    public Dictionary<string, IReadOnlyList<RecordBatch>> Tables { get; } = [];

    /// <summary>The query InferF runs.</summary>
    public static string Sql =>
        $"SELECT f.id, predict('{Name}', {string.Join(", ", Sides.Select(s => $"{s.Name}_id := {s.Name}.id, {s.Name}_x := {s.Name}.x"))}) AS y FROM {Joins("")}";

    /// <summary>The FROM clause every contender uses.</summary>
    /// <param name="suffix">Of the tables' names.</param>
    public static string Joins(string suffix) => "interactions f" + string.Concat(Sides.Select(s => $" JOIN {s.Name}{suffix} AS {s.Name} ON f.{s.Name}_id = {s.Name}.id"));

    private static void WriteModel(string path, Random random)
    {
        List<byte[]> nodes = [];
        List<byte[]> initializers = [OnnxFile.Tensor("axis", [1], [1L])];
        foreach ((string name, int rows) in Sides)
        {
            int width = EmbeddingWidth + FeatureWidth;
            initializers.Add(OnnxFile.Tensor($"{name}_table", [rows, EmbeddingWidth], Values(random, rows * EmbeddingWidth, 1)));
            AddLayer(initializers, random, $"{name}_1", width, HiddenWidth);
            AddLayer(initializers, random, $"{name}_2", HiddenWidth, TowerWidth);
            nodes.Add(OnnxFile.Node("Gather", $"{name}_rows", [$"{name}_table", $"{name}_id"], $"{name}_rows"));
            nodes.Add(OnnxFile.Node("Flatten", $"{name}_embedding", [$"{name}_rows"], $"{name}_embedding"));
            nodes.Add(OnnxFile.Node("Concat", $"{name}_all", [$"{name}_embedding", $"{name}_x"], $"{name}_all", "", OnnxFile.Attribute("axis", 1)));
            nodes.Add(OnnxFile.Node("Gemm", $"{name}_fc1", [$"{name}_all", $"{name}_1_w", $"{name}_1_b"], $"{name}_s"));
            nodes.Add(OnnxFile.Node("Relu", $"{name}_relu", [$"{name}_s"], $"{name}_h"));
            nodes.Add(OnnxFile.Node("Gemm", $"{name}_fc2", [$"{name}_h", $"{name}_2_w", $"{name}_2_b"], $"{name}_tower"));
        }
        nodes.Add(OnnxFile.Node("Mul", "products", [.. Sides.Select(s => $"{s.Name}_tower")], "products"));
        nodes.Add(OnnxFile.Node("ReduceSum", "dot", ["products", "axis"], "dot", "", OnnxFile.Attribute("keepdims", 1)));
        nodes.Add(OnnxFile.Node("Sigmoid", "score", ["dot"], "y"));
        OnnxFile.Write(
            path, "two-tower", [.. Sides.SelectMany(s => new[] { ($"{s.Name}_id", 1, true), ($"{s.Name}_x", FeatureWidth, false) })], 1, nodes, initializers, ("", 17));
    }

    private static void AddLayer(List<byte[]> initializers, Random random, string name, int inputs, int outputs)
    {
        initializers.Add(OnnxFile.Tensor($"{name}_w", [inputs, outputs], Values(random, inputs * outputs, MathF.Sqrt(3f / inputs))));
        initializers.Add(OnnxFile.Tensor($"{name}_b", [outputs], Values(random, outputs, 0.1f)));
    }

    private static float[] Values(Random random, int count, float scale)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (random.NextSingle() * 2 - 1) * scale;
        }
        return values;
    }

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

    private static FixedSizeListArray FloatLists(Random random, int rows)
    {
        FloatArray values = new FloatArray.Builder().AppendRange(Values(random, rows * FeatureWidth, 1)).Build();
        return new FixedSizeListArray(new FixedSizeListType(new Field("item", FloatType.Default, false), FeatureWidth), rows, values, ArrowBuffer.Empty, 0);
    }
}
