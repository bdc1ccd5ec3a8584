using System.Text;
using InferF.Frontend.Models.Onnx;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.XGBoost;

/// <summary>Reads XGBoost's JSON and UBJSON models (<c>Booster.save_model</c>, versions 1.3 to 3): boosters gbtree, dart and gblinear.</summary>
/// <remarks>Predictions are those of <c>Booster.predict</c> over all trees. Features are floats; a missing value is NaN.</remarks>
internal static class XGBoostModelReader
{
    private const string Model = "learner.gradient_booster.model";

    /// <summary>True if a file begins like an XGBoost model, or like one of the forms of it that are refused by name.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> bytes) => StartsLikeJson(bytes) || StartsLikeUbj(bytes) || bytes.StartsWith("binf"u8);

    /// <summary>Reads a model.</summary>
    /// <exception cref="InferFException">The document is broken, or uses something InferF does not run.</exception>
    public static ModelGraph Read(ReadOnlySpan<byte> bytes, string name)
    {
        if (bytes.StartsWith("binf"u8))
        {
            throw ModelErrors.Unsupported("Unsupported XGBoost model in the old binary format; save it as JSON or UBJ with a current version.");
        }
        DocumentValue document = StartsLikeUbj(bytes) ? UbjDocumentReader.Read(bytes) : JsonDocumentReader.Read(bytes);
        if (document.Field("tree_info") is not null && document.Field("learner") is null)
        {
            throw ModelErrors.Unsupported("Unsupported JSON dump of a LightGBM model; use the text that Booster.save_model writes.");
        }
        DocumentValue learner = document.Required("learner", "document");
        DocumentValue parameters = learner.Required("learner_model_param", "learner");
        int numFeatures = Integer(parameters, "num_feature", 1, BoosterGraph.MaxFeatures);
        int groups = Math.Max(Math.Max(Integer(parameters, "num_class", 0, ModelLimits.MaxWidth), Integer(parameters, "num_target", 0, ModelLimits.MaxWidth)), 1);
        var graph = new BoosterGraph("XGBoost", ElementType.Float32, FeatureNames(learner, numFeatures));
        XGBoostObjective objective = XGBoostObjective.Find(
            learner.Required("objective", "learner").Required("name", "learner.objective").Text("learner.objective.name"));
        float[] margins = BaseMargins(parameters, objective, groups);
        DocumentValue booster = learner.Required("gradient_booster", "learner");
        string kind = booster.Required("name", "learner.gradient_booster").Text("learner.gradient_booster.name");
        TensorExpr scores = kind switch
        {
            "gbtree" => Trees(graph, booster.Required("model", "learner.gradient_booster"), weights: null, margins),
            "dart" => Dart(graph, booster, margins),
            "gblinear" => Linear(graph, booster.Required("model", "learner.gradient_booster"), margins),
            _ => throw ModelErrors.Unsupported($"Unsupported booster of an XGBoost model: '{kind}'. gbtree, dart and gblinear are supported."),
        };
        return graph.Finish(name, objective.Predict(graph, scores));
    }

    private static TensorExpr Dart(BoosterGraph graph, DocumentValue booster, float[] margins)
    {
        double[] weights = booster.Required("weight_drop", "learner.gradient_booster").Numbers("learner.gradient_booster.weight_drop");
        DocumentValue trees = booster.Required("gbtree", "learner.gradient_booster");
        return Trees(graph, trees.Required("model", "learner.gradient_booster.gbtree"), weights, margins);
    }

    private static TensorExpr Trees(BoosterGraph graph, DocumentValue model, double[]? weights, float[] margins)
    {
        IReadOnlyList<DocumentValue> trees = model.Required("trees", Model).List($"{Model}.trees");
        double[] targets = model.Required("tree_info", Model).Numbers($"{Model}.tree_info");
        if (targets.Length != trees.Count || (weights is not null && weights.Length != trees.Count))
        {
            throw ModelErrors.Invalid($"tree_info and weight_drop need an entry per tree. {trees.Count} trees, {targets.Length} and {weights?.Length ?? trees.Count} entries.");
        }
        for (int i = 0; i < trees.Count; i++)
        {
            if (!(targets[i] >= 0 && targets[i] < margins.Length))
            {
                throw ModelErrors.Invalid($"A tree belongs to a score that does not exist. '{Model}.tree_info[{i}]': {targets[i]}, there are {margins.Length}.");
            }
            XGBoostTree.AddTo(graph, trees[i], $"{Model}.trees[{i}]", (int)targets[i], weights is null ? 1 : (float)weights[i]);
        }
        if (trees.Count == 0)
        {
            graph.AddTree([], [0], [], 0);
        }
        return graph.Scores(margins.Length, TreeAggregate.Sum, Array.ConvertAll(margins, margin => (double)margin), (_, input) => input);
    }

    // Weights are [features + 1, groups]; the last row is the bias.
    private static TensorExpr Linear(BoosterGraph graph, DocumentValue model, float[] margins)
    {
        double[] weights = model.Required("weights", Model).Numbers($"{Model}.weights");
        int groups = margins.Length;
        int numWeights = graph.NumFeatures * groups;
        if (weights.Length != numWeights + groups)
        {
            throw ModelErrors.Invalid(
                $"The weights of a linear XGBoost model have the wrong number. {graph.NumFeatures} features and {groups} scores need {numWeights + groups}, found {weights.Length}.");
        }
        float[] matrix = Array.ConvertAll(weights[..numWeights], weight => (float)weight);
        float[] bias = [.. margins.Select((margin, i) => (float)weights[numWeights + i] + margin)];
        return new LinearExpr(
            graph.AllFeatures(), ConstantTensor.Create("weights", graph.NumFeatures, groups, matrix), ConstantTensor.Create("bias", 1, groups, bias))
        {
            Origin = "XGBoost linear model",
        };
    }

    // Since 3.1 a list in a text, "[5E-1,2E-1]"; before, a number in a text.
    private static float[] BaseMargins(DocumentValue parameters, XGBoostObjective objective, int groups)
    {
        const string Where = "learner.learner_model_param.base_score";
        DocumentValue field = parameters.Required("base_score", "learner.learner_model_param");
        if (field.IsText && field.Text(Where).TrimStart().StartsWith('['))
        {
            field = JsonDocumentReader.Read(Encoding.UTF8.GetBytes(field.Text(Where)));
        }
        double[] scores = field.IsList ? field.Numbers(Where) : [field.Number(Where)];
        if (scores.Length != 1 && scores.Length != groups)
        {
            throw ModelErrors.Invalid($"There must be one base score or one per score. '{Where}': {scores.Length}, there are {groups} scores.");
        }
        float[] margins = Array.ConvertAll(scores, score => objective.Margin((float)score));
        return margins.Length == groups ? margins : [.. Enumerable.Repeat(margins[0], groups)];
    }

    private static IReadOnlyList<string> FeatureNames(DocumentValue learner, int count)
    {
        IReadOnlyList<DocumentValue> names = learner.Field("feature_names")?.List("learner.feature_names") ?? [];
        if (names.Count == 0)
        {
            return [.. Enumerable.Range(0, count).Select(i => $"f{i}")];
        }
        return names.Count == count
            ? [.. names.Select((name, i) => name.Text($"learner.feature_names[{i}]"))]
            : throw ModelErrors.Invalid($"The model names {names.Count} of its {count} features. 'learner.feature_names'.");
    }

    private static int Integer(DocumentValue parameters, string name, int minimum, int maximum) =>
        parameters.Field(name) is { } field ? field.Integer($"learner.learner_model_param.{name}", minimum, maximum) : Math.Max(minimum, 0);

    private static bool StartsLikeJson(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> text = bytes.TrimStart(" \t\r\n"u8);
        return text.Length >= 2 && text[0] == '{' && text[1..].TrimStart(" \t\r\n"u8) is { IsEmpty: false } rest && rest[0] is (byte)'"' or (byte)'}';
    }

    // An object whose first field's name has a length, or whose fields are counted.
    private static bool StartsLikeUbj(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 2 && bytes[0] == '{' && bytes[1] is (byte)'L' or (byte)'i' or (byte)'U' or (byte)'I' or (byte)'l' or (byte)'#' or (byte)'$';
}
