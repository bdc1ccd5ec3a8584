using System.Text;
using System.Text.Json.Nodes;
using InferF.Frontend.Models;

namespace InferF.Frontend.Tests.Models.XGBoost;

/// <summary>Broken and hostile XGBoost files: named errors, bounded memory and time.</summary>
public class HostileXGBoostTests
{
    [Fact]
    public void TreesThatContradictThemselvesAreInvalid()
    {
        Invalid("has several parents or itself below it", XGBoostFile.Tree([1, 0, -1], [2, 2, -1], [0, 0, 0], [0, 1, 2], [0, 0, 0]));
        Invalid("left_children[0]': 7, there are 3", XGBoostFile.Tree([7, -1, -1], [2, -1, -1], [0, 0, 0], [0, 1, 2], [0, 0, 0]));
        Invalid("right_children[0]': -1", XGBoostFile.Tree([1, -1, -1], [-1, -1, -1], [0, 0, 0], [0, 1, 2], [0, 0, 0]));
        Invalid("split_indices[0]': 9, there are 2", XGBoostFile.Tree([1, -1, -1], [2, -1, -1], [9, 0, 0], [0, 1, 2], [0, 0, 0]));
        Invalid("split_conditions': expected 3, found 2", XGBoostFile.Tree([1, -1, -1], [2, -1, -1], [0, 0, 0], [0, 1], [0, 0, 0]));
        JsonObject lying = XGBoostFile.Stump(0, 0, 1, 2, true);
        lying["tree_param"]!["num_nodes"] = "2000000000";
        Invalid("not as many as it says", lying);
        JsonObject outside = XGBoostFile.Categorical(0, [1, 2], 1, 2, true);
        outside["categories_sizes"] = XGBoostFile.Numbers([1e9]);
        Invalid("outside of their list", outside);
        Invalid("no integer from 0", XGBoostFile.Categorical(0, [-1], 1, 2, true));
        JsonObject without = XGBoostFile.Categorical(0, [1], 1, 2, true);
        without["categories_nodes"] = XGBoostFile.Numbers([]);
        without["categories_segments"] = XGBoostFile.Numbers([]);
        without["categories_sizes"] = XGBoostFile.Numbers([]);
        Invalid("has no categories", without);
    }

    [Fact]
    public void ModelsThatContradictThemselvesAreInvalid()
    {
        JsonObject[] trees = [XGBoostFile.Stump(0, 0, 1, 2, true)];
        Invalid("entry per tree", XGBoostFile.Json(XGBoostFile.Of("reg:gamma", trees, targets: [0, 0])));
        Invalid("tree_info[0]': 3, there are 1", XGBoostFile.Json(XGBoostFile.Of("reg:gamma", trees, targets: [3])));
        Invalid("one base score or one per score", XGBoostFile.Json(XGBoostFile.Of("reg:gamma", trees, baseScore: "[1E0,2E0]")));
        Invalid("between 0 and 1", XGBoostFile.Json(XGBoostFile.Of("binary:logistic", trees, baseScore: "2E0")));
        Invalid("must be positive", XGBoostFile.Json(XGBoostFile.Of("count:poisson", trees, baseScore: "-1E0")));
        Invalid("expected a number, found 'many'", XGBoostFile.Json(XGBoostFile.Of("reg:gamma", trees, baseScore: "many")));
        Invalid("names 1 of its 2 features", XGBoostFile.Json(XGBoostFile.Of("reg:gamma", trees, features: ["a"])));
        Invalid("Two features of the model have one name", XGBoostFile.Json(XGBoostFile.Of("reg:gamma", trees, features: ["a", "a"])));
        JsonObject huge = XGBoostFile.Of("reg:gamma", trees);
        huge["learner"]!["learner_model_param"]!["num_feature"] = "2000000000";
        Invalid("num_feature': expected an integer", XGBoostFile.Json(huge));
        JsonObject headless = XGBoostFile.Of("reg:gamma", trees);
        headless["learner"]!.AsObject().Remove("objective");
        Invalid("'learner.objective'", XGBoostFile.Json(headless));
    }

    [Fact]
    public void BrokenJsonNamesItsPlace()
    {
        byte[] whole = XGBoostFile.Json(XGBoostFile.Of("reg:gamma", [XGBoostFile.Stump(0, 0, 1, 2, true)]));
        Invalid("not valid JSON. Line 1", whole[..^10]);
        Invalid("Line 2, byte", Encoding.UTF8.GetBytes("{\"learner\":\n[1,}"));
        Invalid("not valid JSON", Encoding.UTF8.GetBytes($"{{\"a\":{new string('[', 10_000)}"));
        Invalid("there twice", """{"a":1,"a":2}"""u8.ToArray());
        Invalid("not valid JSON", """{"learner":{"x":NaN}}"""u8.ToArray());
    }

    [Fact]
    public void EveryCutOfAUbjFileIsInvalid()
    {
        byte[] whole = XGBoostFile.Ubj(XGBoostFile.Of("reg:gamma", [XGBoostFile.Stump(0, 0, 1, 2, true)]));
        for (int length = 4; length < whole.Length; length += 7)
        {
            InferFException error = Assert.Throws<InferFException>(() => ModelReader.Read(whole.AsMemory(0, length), "model"));
            Assert.Equal(InferFErrorCode.InvalidModel, error.Code);
        }
    }

    [Fact]
    public void EveryChangedByteOfAUbjFileIsReadOrNamed()
    {
        byte[] whole = XGBoostFile.Ubj(XGBoostFile.Of("reg:gamma", [XGBoostFile.Stump(0, 0, 1, 2, true)]));
        for (int i = 2; i < whole.Length; i++)
        {
            byte[] changed = [.. whole];
            changed[i] ^= 0x55;
            try
            {
                ModelReader.Read(changed, "model");
            }
            catch (InferFException error)
            {
                Assert.True(error.Code is InferFErrorCode.InvalidModel or InferFErrorCode.UnsupportedModel, error.Message);
            }
        }
    }

    [Fact]
    public void UbjClaimsAreNotBelieved()
    {
        Invalid("a length of 2147483647, 0 bytes are left", [.. "{L\0\0\0\0\0\0\0\u0001a[$D#l"u8, 0x7f, 0xff, 0xff, 0xff]);
        Invalid("claims 5 elements of 8 bytes, 7 bytes are left", [.. "{i\u0001a[$D#i\u0005"u8, 0, 0, 0, 0, 0, 0, 0]);
        Invalid("a length of", [.. "{L"u8, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        Invalid("take no bytes", [.. "{i\u0001a[$T#l"u8, 0x7f, 0xff, 0xff, 0xff]);
        Invalid("nested more than", [.. "{i\u0001a"u8, .. Enumerable.Repeat((byte)'[', 10_000)]);
        Invalid("unknown type", [.. "{i\u0001aQ}"u8]);
    }

    private static void Invalid(string message, JsonObject tree) => Invalid(message, XGBoostFile.Json(XGBoostFile.Of("reg:squarederror", [tree])));

    private static void Invalid(string message, byte[] bytes)
    {
        InferFException error = Assert.Throws<InferFException>(() => ModelReader.Read(bytes, "model"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(InferFErrorCode.InvalidModel, error.Code);
    }
}
