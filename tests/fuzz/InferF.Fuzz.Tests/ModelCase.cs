using InferF.Fuzz.Tests.Models;

namespace InferF.Fuzz.Tests;

/// <summary>A model of any kind but a perceptron, over two to four tables.</summary>
internal sealed class ModelCase : FuzzCase
{
    private static readonly (string Name, Action<ModelDraft> Build, bool UsesIds)[] s_kinds =
    [
        ("trees", TreeModels.Build, false),
        ("support vectors", DistanceModels.SupportVectors, false),
        ("trees", TreeModels.Build, false),
        ("k-means", DistanceModels.KMeans, false),
        ("neighbours", DistanceModels.Neighbours, false),
        ("embeddings", EmbeddingModels.Embeddings, true),
        ("two towers", EmbeddingModels.TwoTower, true),
        ("trees", TreeModels.Build, false),
        ("wide and deep", EmbeddingModels.WideAndDeep, true),
        ("factorization machine", EmbeddingModels.FactorizationMachine, false),
        ("pairwise interactions", EmbeddingModels.PairwiseInteractions, true),
        ("deep layers", DeepModels.Layers, false),
        ("deep layers", DeepModels.Layers, false),
        ("convolutions", DeepModels.Convolutions, true),
        ("classifier pipeline", PipelineModels.Classifier, true),
        ("regressor pipeline", PipelineModels.Regressor, true),
    ];

    private readonly string _kind;

    private ModelCase(int seed, string kind, IReadOnlyList<RandomTable> tables, string from)
        : base(seed, tables, from)
    {
        _kind = kind;
    }

    public override string Description => _kind;

    public override string InferSql
    {
        get
        {
            IEnumerable<string> arguments = Inputs.Select(i => $"{(Inputs.Count == 1 ? "" : $"{i.Name} := ")}[{string.Join(", ", i.Features.Select(f => f.Sql))}]");
            return $"SELECT {RowIds}, predict('m', {string.Join(", ", arguments)}) AS y {From}";
        }
    }

    /// <summary>Makes the case of a seed; the seed chooses the kind of model too.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="maxRows">Most rows per table; the caller lowers it if the join is too large.</param>
    public static ModelCase Create(int seed, int maxRows)
    {
        Random random = new(seed);
        (string name, Action<ModelDraft> build, bool usesIds) = s_kinds[(uint)seed % s_kinds.Length];
        RandomTable[] tables = RandomTables(random.Next(2, 5), maxRows, random.Next(2) == 0, random, categories: true);
        // An id or a category that is NULL has no substitute under most policies: most cases have none.
        ModelCase result = new(seed, name, tables, RandomJoin.Create(tables, random, innerOnly: usesIds && random.Next(6) > 0).Sql);
        ModelDraft draft = new(random, tables);
        build(draft);
        (result.Inputs, result.Model, result.Nulls) = (draft.Inputs, draft.Builder.Build(), RandomNulls(random));
        return result;
    }
}
