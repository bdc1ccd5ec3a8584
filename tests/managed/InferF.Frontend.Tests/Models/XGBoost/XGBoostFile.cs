using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace InferF.Frontend.Tests.Models.XGBoost;

/// <summary>Writes small XGBoost models as JSON, as the library does, and the same as UBJSON.</summary>
internal static class XGBoostFile
{
    /// <summary>A model of trees.</summary>
    /// <param name="objective">Name of the objective.</param>
    /// <param name="trees">The trees, see <see cref="Stump"/>.</param>
    /// <param name="baseScore">As in the file: "5E-1" or, since 3.1, "[5E-1]".</param>
    /// <param name="features">Names of the features, or null for none.</param>
    /// <param name="numClass">Number of classes, 0 if there are none.</param>
    /// <param name="targets">By tree: its score; null for 0 everywhere.</param>
    /// <param name="weights">Weights of the booster dart, or null for gbtree.</param>
    public static JsonObject Of(
        string objective, JsonObject[] trees, string baseScore = "5E-1", string[]? features = null, int numClass = 0, int[]? targets = null, double[]? weights = null)
    {
        var model = new JsonObject
        {
            ["gbtree_model_param"] = new JsonObject { ["num_parallel_tree"] = "1", ["num_trees"] = trees.Length.ToString(CultureInfo.InvariantCulture) },
            ["tree_info"] = Numbers([.. (targets ?? new int[trees.Length]).Select(target => (double)target)]),
            ["trees"] = new JsonArray([.. trees.Select(tree => tree.DeepClone())]),
        };
        var tree = new JsonObject { ["model"] = model, ["name"] = "gbtree" };
        return Of(objective, weights is null ? tree : new JsonObject { ["gbtree"] = tree, ["name"] = "dart", ["weight_drop"] = Numbers(weights) }, baseScore, features, numClass);
    }

    /// <summary>A model of any booster over two features.</summary>
    public static JsonObject Of(string objective, JsonObject booster, string baseScore, string[]? features, int numClass) => new()
    {
        ["learner"] = new JsonObject
        {
            ["attributes"] = new JsonObject(),
            ["feature_names"] = new JsonArray([.. (features ?? []).Select(name => (JsonNode)name)]),
            ["feature_types"] = new JsonArray(),
            ["gradient_booster"] = booster,
            ["learner_model_param"] = new JsonObject
            {
                ["base_score"] = baseScore, ["boost_from_average"] = "1", ["num_class"] = numClass.ToString(CultureInfo.InvariantCulture), ["num_feature"] = "2", ["num_target"] = "1",
            },
            ["objective"] = new JsonObject { ["name"] = objective },
        },
        ["version"] = Numbers([3, 0, 0]),
    };

    /// <summary>A tree of one split of a feature below a condition.</summary>
    public static JsonObject Stump(int feature, double condition, double left, double right, bool defaultLeft) =>
        Tree([1, -1, -1], [2, -1, -1], [feature, 0, 0], [condition, left, right], [defaultLeft ? 1 : 0, 0, 0]);

    /// <summary>A tree of one categorical split: categories go right.</summary>
    public static JsonObject Categorical(int feature, double[] categories, double left, double right, bool defaultLeft)
    {
        JsonObject tree = Stump(feature, 0, left, right, defaultLeft);
        tree["split_type"] = Numbers([1, 0, 0]);
        tree["categories"] = Numbers(categories);
        tree["categories_nodes"] = Numbers([0]);
        tree["categories_segments"] = Numbers([0]);
        tree["categories_sizes"] = Numbers([categories.Length]);
        return tree;
    }

    /// <summary>A tree from its lists.</summary>
    public static JsonObject Tree(double[] lefts, double[] rights, double[] features, double[] conditions, double[] defaults) => new()
    {
        ["base_weights"] = Numbers(conditions), ["categories"] = Numbers([]), ["categories_nodes"] = Numbers([]), ["categories_segments"] = Numbers([]),
        ["categories_sizes"] = Numbers([]), ["default_left"] = Numbers(defaults), ["id"] = 0, ["left_children"] = Numbers(lefts), ["right_children"] = Numbers(rights),
        ["split_conditions"] = Numbers(conditions), ["split_indices"] = Numbers(features), ["split_type"] = Numbers(new double[lefts.Length]),
        ["tree_param"] = new JsonObject
        {
            ["num_deleted"] = "0", ["num_feature"] = "2", ["num_nodes"] = lefts.Length.ToString(CultureInfo.InvariantCulture), ["size_leaf_vector"] = "1",
        },
    };

    /// <summary>A list of numbers.</summary>
    public static JsonArray Numbers(double[] numbers) => new([.. numbers.Select(number => (JsonNode)number)]);

    /// <summary>The document as JSON.</summary>
    public static byte[] Json(JsonObject document) => Encoding.UTF8.GetBytes(document.ToJsonString());

    /// <summary>The document as UBJSON, lists of numbers as typed arrays of floats.</summary>
    public static byte[] Ubj(JsonObject document)
    {
        using var stream = new MemoryStream();
        Write(stream, document);
        return stream.ToArray();
    }

    private static void Write(MemoryStream stream, JsonNode node)
    {
        switch (node)
        {
            case JsonObject fields:
                stream.WriteByte((byte)'{');
                foreach ((string name, JsonNode? value) in fields)
                {
                    WriteText(stream, name);
                    Write(stream, value!);
                }
                stream.WriteByte((byte)'}');
                break;
            case JsonArray { Count: > 0 } list when list.All(element => element!.GetValueKind() == System.Text.Json.JsonValueKind.Number):
                stream.Write("[$d#L"u8);
                WriteLong(stream, list.Count);
                byte[] bytes = new byte[4];
                foreach (JsonNode? element in list)
                {
                    BinaryPrimitives.WriteSingleBigEndian(bytes, (float)element!.GetValue<double>());
                    stream.Write(bytes);
                }
                break;
            case JsonArray list:
                stream.Write("[#L"u8);
                WriteLong(stream, list.Count);
                foreach (JsonNode? element in list)
                {
                    Write(stream, element!);
                }
                break;
            case JsonValue value when value.TryGetValue(out string? text):
                stream.WriteByte((byte)'S');
                WriteText(stream, text);
                break;
            default:
                stream.WriteByte((byte)'L');
                WriteLong(stream, node.GetValue<int>());
                break;
        }
    }

    private static void WriteText(MemoryStream stream, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        stream.WriteByte((byte)'L');
        WriteLong(stream, bytes.Length);
        stream.Write(bytes);
    }

    private static void WriteLong(MemoryStream stream, long value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        stream.Write(bytes);
    }
}
