namespace InferF.Fuzz.Tests.Models;

/// <summary>Recommenders: embeddings by id, towers per table, interactions between tables.</summary>
internal static class EmbeddingModels
{
    /// <summary>Embeddings of ids beside numeric features, all into a perceptron.</summary>
    public static void Embeddings(ModelDraft draft)
    {
        List<(string Name, int Width)> parts = [draft.NumericInput()];
        foreach (RandomTable table in draft.Tables.Take(draft.Random.Next(1, 3)))
        {
            parts.Add(draft.Once(3) ? Bag(draft, table, 3) : Embedding(draft, table, draft.Random.Next(1, 6)));
        }
        Perceptron(draft, parts);
    }

    /// <summary>Two towers, each over its own tables; their dot product or cosine, perhaps squashed.</summary>
    public static void TwoTower(ModelDraft draft)
    {
        int split = draft.Random.Next(1, draft.Tables.Count);
        int width = draft.Random.Next(2, 9);
        string left = Tower(draft, [.. draft.Tables.Take(split)], width);
        string right = Tower(draft, [.. draft.Tables.Skip(split)], width);
        if (draft.Once(2))
        {
            (left, right) = (Unit(draft, left), Unit(draft, right));
        }
        string dot = draft.Reduce("ReduceSum", draft.Node("Mul", [left, right]), 1, keep: true);
        draft.Output(draft.Once(2) ? draft.Node("Sigmoid", [dot]) : dot, 1);
    }

    /// <summary>A linear part and a deep part that are added.</summary>
    public static void WideAndDeep(ModelDraft draft)
    {
        (string x, int width) = draft.NumericInput();
        (string embedding, int embeddingWidth) = Embedding(draft, draft.Pick(draft.Tables), 4);
        string wide = draft.Dense(x, width, 1);
        string deep = draft.Dense(draft.Dense(draft.Node("Concat", [embedding, x], ("axis", 1)), embeddingWidth + width, 12, "Relu"), 12, 1);
        draft.Output(draft.Node("Sigmoid", [draft.Node("Add", [wide, deep])]), 1);
    }

    /// <summary>A factorization machine: w₀ + x·w + ½·Σ((x·V)² − x²·V²) (Rendle, "Factorization Machines", ICDM 2010, equation 5).</summary>
    public static void FactorizationMachine(ModelDraft draft)
    {
        (string x, int width) = draft.NumericInput();
        int factors = draft.Random.Next(1, 6);
        float[] v = draft.Uniform(width * factors, 0.5);
        string sum = draft.Node("MatMul", [x, draft.Constant(v, width, factors)]);
        string squares = draft.Node("MatMul", [draft.Node("Mul", [x, x]), draft.Constant([.. v.Select(e => e * e)], width, factors)]);
        string pairs = draft.Reduce("ReduceSum", draft.Node("Sub", [draft.Node("Mul", [sum, sum]), squares]), 1, keep: true);
        draft.Output(draft.Node("Add", [draft.Dense(x, width, 1), draft.Node("Mul", [pairs, draft.Scalar(0.5f)])]), 1);
    }

    /// <summary>Dot products of all pairs of per-table vectors, as DLRM makes them (Naumov et al., 2019), beside a dense vector, into a perceptron.</summary>
    public static void PairwiseInteractions(ModelDraft draft)
    {
        int width = draft.Random.Next(2, 6);
        List<string> vectors = [];
        foreach (RandomTable table in draft.Tables)
        {
            vectors.Add(draft.Once(2) ? Embedding(draft, table, width).Name : Tower(draft, [table], width));
        }
        int count = vectors.Count;
        string stacked = draft.Node("Concat", [.. vectors.Select(v => draft.Node("Unsqueeze", [v, draft.Integers(1)]))], ("axis", 1));
        string products = draft.Node("MatMul", [stacked, draft.Node("Transpose", [stacked], ("perm", new long[] { 0, 2, 1 }))]);
        string flat = draft.Node("Reshape", [products, draft.Integers(0, count * count)]);
        long[] below = [.. Enumerable.Range(0, count).SelectMany(i => Enumerable.Range(0, i).Select(j => (long)(i * count + j)))];
        string pairs = draft.Node("Gather", [flat, draft.Integers(below)], ("axis", 1));
        Perceptron(draft, [(pairs, below.Length), (vectors[0], width)]);
    }

    private static void Perceptron(ModelDraft draft, List<(string Name, int Width)> parts)
    {
        string joined = draft.Node("Concat", [.. parts.Select(p => p.Name)], ("axis", 1));
        int hidden = draft.Random.Next(2, 16);
        int outputs = draft.Random.Next(1, 3);
        string y = draft.Dense(draft.Dense(joined, parts.Sum(p => p.Width), hidden, draft.Pick("Relu", "Tanh", "Sigmoid")), hidden, outputs);
        draft.Output(y, outputs);
    }

    // A perceptron over the numeric features of some tables and perhaps an id.
    private static string Tower(ModelDraft draft, RandomTable[] tables, int width)
    {
        (string x, int inputs) = draft.NumericInput(tables);
        if (draft.Once(2))
        {
            (string embedding, int embeddingWidth) = Embedding(draft, draft.Pick(tables), 3);
            (x, inputs) = (draft.Node("Concat", [x, embedding], ("axis", 1)), inputs + embeddingWidth);
        }
        string hidden = draft.Dense(x, inputs, 8, draft.Pick("Relu", "Tanh"));
        return draft.Dense(hidden, 8, width, draft.Once(2) ? "Tanh" : null);
    }

    // ‖x‖ is bounded away from zero, as implementations of cosine similarity do.
    private static string Unit(ModelDraft draft, string x) =>
        draft.Node("Div", [x, draft.Node("Max", [draft.Reduce("ReduceL2", x, 1, keep: true), draft.Scalar(1e-3f)])]);

    private static (string Name, int Width) Embedding(ModelDraft draft, RandomTable table, int width)
    {
        (string ids, _) = draft.Input("int64", [($"{table.Name}.id", 1)]);
        string rows = draft.Node("Gather", [draft.Weights(1, RandomTable.Ids, width), ids], ("axis", 0));
        string flat = draft.Pick(0, 1, 2) switch
        {
            0 => draft.Node("Flatten", [rows], ("axis", 1)),
            1 => draft.Node("Squeeze", [rows, draft.Integers(1)]),
            _ => draft.Node("Reshape", [rows, draft.Integers(0, width)]),
        };
        return (flat, width);
    }

    // The sum or mean of the embeddings of two ids.
    private static (string Name, int Width) Bag(ModelDraft draft, RandomTable table, int width)
    {
        (string ids, _) = draft.Input("int64", [($"{table.Name}.id", 1), ($"{draft.Pick(draft.Tables).Name}.id", 1)]);
        string rows = draft.Node("Gather", [draft.Weights(1, RandomTable.Ids, width), ids], ("axis", 0));
        return (draft.Reduce(draft.Pick("ReduceSum", "ReduceMean"), rows, 1), width);
    }
}
