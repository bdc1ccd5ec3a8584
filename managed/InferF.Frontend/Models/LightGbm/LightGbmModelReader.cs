using System.Text;
using InferF.Frontend.Models.Onnx;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.LightGbm;

/// <summary>Reads LightGBM text models (<c>Booster.save_model</c>), versions v3 and v4 of the format; v2 files are alike.</summary>
/// <remarks>Scores are those of <c>Booster.predict</c> over all iterations. Features are doubles; a missing value is NaN.</remarks>
internal static class LightGbmModelReader
{
    private static readonly string[] s_versions = ["v2", "v3", "v4"];

    /// <summary>True if a file begins like a LightGBM text model.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> bytes) => bytes.StartsWith("tree\n"u8) || bytes.StartsWith("tree\r\n"u8);

    /// <summary>Reads a model.</summary>
    /// <exception cref="InferFException">The text is broken (the message names the line), or uses something InferF does not run.</exception>
    public static ModelGraph Read(ReadOnlySpan<byte> bytes, string name)
    {
        (LightGbmSection header, List<LightGbmSection> trees) = Sections(Encoding.UTF8.GetString(bytes));
        string version = header.Text("version") ?? throw header.Wrong("version", "v3 or v4", "nothing");
        if (!s_versions.Contains(version))
        {
            throw ModelErrors.Unsupported($"Unsupported version of a LightGBM model: '{version}'. {string.Join(", ", s_versions)} are supported.");
        }
        int perIteration = header.Integer("num_tree_per_iteration", 1, ModelLimits.MaxWidth);
        int numFeatures = header.Integer("max_feature_idx", 0, int.MaxValue - 1) + 1;
        string[] features = (header.Text("feature_names") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (features.Length != numFeatures)
        {
            throw header.Wrong("feature_names", $"{numFeatures} names", $"{features.Length} names");
        }
        if (trees.Count == 0 || trees.Count % perIteration != 0)
        {
            throw ModelErrors.Invalid($"The trees of a LightGBM model are incomplete. {trees.Count} trees, {perIteration} per iteration.");
        }
        var graph = new BoosterGraph("LightGBM", ElementType.Float64, features);
        HashSet<int> categorical = [];
        for (int i = 0; i < trees.Count; i++)
        {
            LightGbmTree.AddTo(graph, trees[i], i % perIteration, categorical);
        }
        bool isAverage = header.Has("average_output");
        TensorExpr scores = graph.Scores(
            perIteration, isAverage && perIteration == 1 ? TreeAggregate.Average : TreeAggregate.Sum, [],
            (feature, input) => categorical.Contains(feature) ? Truncated(graph, input) : input);
        if (isAverage && perIteration > 1)
        {
            scores = graph.WithConstant(BinaryFunction.Divide, scores, "iterations", trees.Count / perIteration);
        }
        return graph.Finish(name, LightGbmObjective.Apply(graph, header, scores));
    }

    // LightGBM truncates categories towards zero, the plan's sets know nothing below 0: what is between -1 and 0 has to become 0 first.
    private static WhereExpr Truncated(BoosterGraph graph, TensorExpr input) => new(
        graph.WithConstant(BinaryFunction.Less, input, "zero", 0), graph.Apply(UnaryFunction.Ceil, input), input) { Origin = graph.Origin };

    private static (LightGbmSection Header, List<LightGbmSection> Trees) Sections(string text)
    {
        var header = new LightGbmSection("Header", 1);
        List<LightGbmSection> trees = [];
        LightGbmSection current = header;
        int number = 0;
        bool isComplete = false;
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            number++;
            ReadOnlySpan<char> line = raw.Trim();
            if (line.IsEmpty || number == 1)
            {
                continue;
            }
            if (line.SequenceEqual("end of trees"))
            {
                isComplete = true;
                break;
            }
            if (line.StartsWith("Tree="))
            {
                current = new LightGbmSection($"Tree {line["Tree=".Length..]}", number);
                trees.Add(current);
                continue;
            }
            current.Add(number, line.ToString());
        }
        return isComplete
            ? (header, trees)
            : throw ModelErrors.Invalid($"A LightGBM model is cut off: 'end of trees' is missing. {number} lines, {trees.Count} trees.");
    }
}
