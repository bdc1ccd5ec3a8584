using System.Numerics;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.LightGbm;

/// <summary>
/// Reads one tree of a LightGBM text model. A numerical split goes left if x ≤ threshold. Bits of <c>decision_type</c>: 0 categorical; 1 missing values go left;
/// 2 and 3 what is missing: nothing (NaN counts as 0), zeros and NaN, or NaN. A categorical split goes left if the bit of x, truncated, is set.
/// </summary>
internal static class LightGbmTree
{
    private const int CategoricalBit = 1;
    private const int DefaultLeftBit = 2;
    private const int BitsPerWord = 32;

    /// <summary>Adds the tree of a block to a graph.</summary>
    /// <param name="section">The block.</param>
    /// <param name="graph">Receives the tree.</param>
    /// <param name="target">The score that the tree adds to.</param>
    /// <param name="categorical">Receives the features of categorical splits.</param>
    public static void AddTo(BoosterGraph graph, LightGbmSection section, int target, ISet<int> categorical)
    {
        if (section.Integer("is_linear", 0, 1, 0) == 1)
        {
            throw Onnx.ModelErrors.Unsupported("Unsupported LightGBM model: its trees have linear models in their leaves (linear_tree).");
        }
        int numLeaves = section.Integer("num_leaves", 1, int.MaxValue);
        double[] leaves = section.Numbers("leaf_value", numLeaves);
        int numNodes = numLeaves - 1;
        if (numNodes == 0)
        {
            graph.AddTree([], leaves, [], target);
            return;
        }
        int[] features = section.Integers("split_feature", numNodes);
        double[] thresholds = section.Numbers("threshold", numNodes);
        int[] decisions = section.Integers("decision_type", numNodes);
        int[] lefts = section.Integers("left_child", numNodes);
        int[] rights = section.Integers("right_child", numNodes);
        double[][] sets = ReadSets(section);
        var nodes = new TreeNode[numNodes];
        for (int i = 0; i < numNodes; i++)
        {
            if (features[i] < 0 || features[i] >= graph.NumFeatures)
            {
                throw section.Wrong("split_feature", $"features below {graph.NumFeatures}", $"{features[i]}");
            }
            int left = Child(section, "left_child", lefts[i], numNodes);
            int right = Child(section, "right_child", rights[i], numNodes);
            if ((decisions[i] & CategoricalBit) != 0)
            {
                if (!(thresholds[i] >= 0 && thresholds[i] < sets.Length))
                {
                    throw section.Wrong("threshold", $"the number of a categorical split below {sets.Length}", $"{thresholds[i]}");
                }
                categorical.Add(features[i]);
                nodes[i] = new TreeNode(features[i], TreeNodeMode.IntegerMember, Math.Floor(thresholds[i]), left, right);
            }
            else
            {
                nodes[i] = Numerical(section, features[i], thresholds[i], decisions[i], left, right);
            }
        }
        graph.AddTree(nodes, leaves, sets, target);
    }

    private static TreeNode Numerical(LightGbmSection section, int feature, double threshold, int decision, int left, int right)
    {
        bool defaultLeft = (decision & DefaultLeftBit) != 0;
        (bool missingLeft, bool zeroIsMissing) = (decision >> 2 & 3) switch
        {
            0 => (0 <= threshold, false),
            1 => (defaultLeft, true),
            2 => (defaultLeft, false),
            _ => throw section.Wrong("decision_type", "a kind of missing value from 0 to 2", $"{decision}"),
        };
        return new TreeNode(feature, TreeNodeMode.LessOrEqual, threshold, left, right, missingLeft, !missingLeft, zeroIsMissing);
    }

    // Bit b of word w of a split stands for category 32 w + b.
    private static double[][] ReadSets(LightGbmSection section)
    {
        int count = section.Integer("num_cat", 0, int.MaxValue - 1, 0);
        if (count == 0)
        {
            return [];
        }
        int[] bounds = section.Integers("cat_boundaries", count + 1);
        if (bounds[0] != 0 || bounds.Zip(bounds.Skip(1)).Any(pair => pair.First > pair.Second))
        {
            throw section.Wrong("cat_boundaries", "an ascending list from 0", string.Join(' ', bounds.Take(10)));
        }
        uint[] words = section.Words("cat_threshold", bounds[^1]);
        var sets = new double[count][];
        for (int i = 0; i < count; i++)
        {
            List<double> members = [];
            for (int word = bounds[i]; word < bounds[i + 1]; word++)
            {
                for (uint bits = words[word]; bits != 0; bits &= bits - 1)
                {
                    members.Add(((word - bounds[i]) * (double)BitsPerWord) + BitOperations.TrailingZeroCount(bits));
                }
            }
            sets[i] = [.. members];
        }
        return sets;
    }

    // A negative child is a leaf: -1 is leaf 0, as in the plan.
    private static int Child(LightGbmSection section, string key, int child, int numNodes) => child < numNodes && ~child <= numNodes
        ? child
        : throw section.Wrong(key, $"nodes below {numNodes} and leaves to -{numNodes + 1}", $"{child}");
}
