using InferF.Testing;

namespace InferF.Fuzz.Tests.Models;

/// <summary>Pipelines as scikit-learn exports them: imputed and scaled numbers, encoded categories, a linear model, several outputs.</summary>
internal static class PipelineModels
{
    private static readonly string[] s_categories = [.. Enumerable.Range(0, RandomTable.Categories - 1).Select(i => $"c{i}")];

    /// <summary>Numbers and categories into a linear classifier, with labels, probabilities and perhaps one column per class.</summary>
    public static void Classifier(ModelDraft draft)
    {
        (string features, int width) = Features(draft);
        int classes = draft.Random.Next(2, 5);
        bool texts = draft.Once(2);
        (string label, string scores) = (draft.NewName(), draft.NewName());
        string[] names = [.. Enumerable.Range(0, classes).Select(c => $"class{c}")];
        long[] numbers = [.. Enumerable.Range(0, classes).Select(c => 3L * c - 1)];
        draft.Builder.MlNode("LinearClassifier", [features], [label, scores],
            ("coefficients", draft.Uniform(width * classes, 1)), ("intercepts", draft.Uniform(classes, 0.5)),
            ("post_transform", draft.Pick("NONE", "SOFTMAX", "LOGISTIC")), texts ? ("classlabels_strings", names) : ("classlabels_ints", numbers));
        draft.Builder.Output(label, texts ? "string" : "int64", OnnxBuilder.Open);
        switch (draft.Random.Next(3))
        {
            case 0:
                draft.Output(scores, classes);
                break;
            case 1:
                string normalized = draft.MlNode("Normalizer", [scores], ("norm", draft.Pick("L1", "L2")));
                draft.Output(normalized, classes);
                break;
            default:
                string maps = draft.MlNode("ZipMap", [scores], texts ? ("classlabels_strings", names) : ("classlabels_int64s", numbers));
                draft.Builder.ZipMapOutput(maps, texts ? "string" : "int64");
                break;
        }
    }

    /// <summary>The same features into a linear regressor, with the encoded labels as a second output.</summary>
    public static void Regressor(ModelDraft draft)
    {
        (string features, int width) = Features(draft);
        int targets = draft.Random.Next(1, 3);
        string y = draft.MlNode("LinearRegressor", [features], ("coefficients", draft.Uniform(width * targets, 1)), ("intercepts", draft.Uniform(targets, 0.5)), ("targets", targets));
        draft.Output(y, targets);
        (string texts, _) = draft.Input("string", [($"{draft.Pick(draft.Tables).Name}.c", 1)]);
        string codes = draft.MlNode("LabelEncoder", [texts], ("keys_strings", s_categories), ("values_int64s", s_categories.Select((_, i) => 10L * i).ToArray()), ("default_int64", -1));
        draft.Output(codes, 1, "int64");
    }

    private static (string Name, int Width) Features(ModelDraft draft)
    {
        List<(string Name, int Width)> parts = [];
        (string x, int width) = draft.NumericInput();
        bool imputes = draft.Once(2);
        if (imputes)
        {
            x = draft.MlNode("Imputer", [x], ("imputed_value_floats", draft.Uniform(width, 1)), ("replaced_value_float", float.NaN));
        }
        // ONNX Runtime's Binarizer refuses NaN.
        x = draft.Pick(0, imputes ? 1 : 0, 2) switch
        {
            0 => draft.MlNode("Scaler", [x], ("offset", draft.Uniform(width, 1)), ("scale", draft.Uniform(width, 1))),
            1 => draft.MlNode("Binarizer", [x], ("threshold", 0.25f)),
            _ => x,
        };
        parts.Add((x, width));
        foreach (RandomTable table in draft.Tables.Take(draft.Random.Next(1, 3)))
        {
            parts.Add(Category(draft, table));
        }
        string joined = draft.Once(2)
            ? draft.Node("Concat", [.. parts.Select(p => p.Name)], ("axis", 1))
            : draft.MlNode("FeatureVectorizer", [.. parts.Select(p => p.Name)], ("inputdimensions", parts.Select(p => (long)p.Width).ToArray()));
        return (joined, parts.Sum(p => p.Width));
    }

    private static (string Name, int Width) Category(ModelDraft draft, RandomTable table)
    {
        switch (draft.Random.Next(3))
        {
            case 0:
                (string text, _) = draft.Input("string", [($"{table.Name}.c", 1)]);
                string hot = draft.MlNode("OneHotEncoder", [text], ("cats_strings", s_categories), ("zeros", 1));
                return (draft.Node("Reshape", [hot, draft.Integers(0, s_categories.Length)]), s_categories.Length);
            case 1:
                (string id, _) = draft.Input("int64", [($"{table.Name}.id", 1)]);
                long[] categories = [0, 1, 2, 5, 7];
                string hotIds = draft.MlNode("OneHotEncoder", [id], ("cats_int64s", categories), ("zeros", 1));
                return (draft.Node("Reshape", [hotIds, draft.Integers(0, categories.Length)]), categories.Length);
            default:
                (string label, _) = draft.Input("string", [($"{table.Name}.c", 1)]);
                return (draft.MlNode("LabelEncoder", [label], ("keys_strings", s_categories), ("values_floats", draft.Uniform(s_categories.Length, 1)), ("default_float", 0.5f)), 1);
        }
    }
}
