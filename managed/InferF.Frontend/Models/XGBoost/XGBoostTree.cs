using InferF.Frontend.Models.Onnx;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.XGBoost;

/// <summary>
/// Reads one tree of an XGBoost model. A numerical split goes left if x &lt; condition, in float; a categorical split goes right if x, truncated, is one of its
/// categories; a missing value, NaN, goes the node's default way. A node whose left child is -1 is a leaf, its value is its condition.
/// </summary>
internal static class XGBoostTree
{
    private const int NoChild = -1;

    // Categories from this on are invalid: float holds every integer below it.
    private const double FirstInvalidCategory = 1 << 24;

    /// <summary>Adds a tree to a graph.</summary>
    /// <param name="graph">Receives the tree.</param>
    /// <param name="tree">The tree.</param>
    /// <param name="where">Where it is in the file, for messages.</param>
    /// <param name="target">The score that the tree adds to.</param>
    /// <param name="weight">Factor of the tree's leaves (of the booster dart), 1 otherwise.</param>
    public static void AddTo(BoosterGraph graph, DocumentValue tree, string where, int target, float weight)
    {
        DocumentValue parameters = tree.Required("tree_param", where);
        if (parameters.Field("size_leaf_vector") is { } vector && vector.Integer($"{where}.tree_param.size_leaf_vector", 0, int.MaxValue) > 1)
        {
            throw ModelErrors.Unsupported($"Unsupported XGBoost model: its trees have a vector in every leaf (multi_strategy multi_output_tree). '{where}'.");
        }
        double[] lefts = tree.Required("left_children", where).Numbers($"{where}.left_children");
        int count = lefts.Length;
        if (count == 0 || parameters.Required("num_nodes", where).Integer($"{where}.tree_param.num_nodes", 1, int.MaxValue) != count)
        {
            throw ModelErrors.Invalid($"The nodes of a tree are not as many as it says. '{where}': {count} nodes.");
        }
        double[] rights = List("right_children");
        double[] features = List("split_indices");
        double[] conditions = List("split_conditions");
        double[] defaults = List("default_left");
        double[]? types = tree.Field("split_type") is { } field && field.Numbers($"{where}.split_type") is { Length: > 0 } ? List("split_type") : null;
        Dictionary<int, double[]> categories = ReadCategories(tree, where, count);

        // Nodes and leaves are numbered apart. Deleted nodes are numbered too; nothing leads to them.
        int[] places = new int[count];
        List<double> leaves = [];
        int numNodes = 0;
        for (int i = 0; i < count; i++)
        {
            if (lefts[i] == NoChild)
            {
                places[i] = ~leaves.Count;
                leaves.Add((float)conditions[i] * weight);
            }
            else
            {
                places[i] = numNodes++;
            }
        }
        if (places[0] < 0)
        {
            graph.AddTree([], [leaves[0]], [], target);
            return;
        }
        var nodes = new TreeNode[numNodes];
        List<double[]> sets = [];
        for (int i = 0; i < count; i++)
        {
            if (places[i] < 0)
            {
                continue;
            }
            int feature = Index(features[i], graph.NumFeatures, "split_indices", i);
            int left = places[Index(lefts[i], count, "left_children", i)];
            int right = places[Index(rights[i], count, "right_children", i)];
            bool defaultLeft = defaults[i] != 0;
            if (types is not null && types[i] == 1)
            {
                if (!categories.TryGetValue(i, out double[]? members))
                {
                    throw ModelErrors.Invalid($"A categorical split has no categories. '{where}', node {i}.");
                }
                nodes[places[i]] = new TreeNode(feature, TreeNodeMode.IntegerMember, sets.Count, right, left, !defaultLeft, defaultLeft);
                sets.Add(members);
            }
            else
            {
                nodes[places[i]] = new TreeNode(feature, TreeNodeMode.Less, (float)conditions[i], left, right, defaultLeft, !defaultLeft);
            }
        }
        graph.AddTree(nodes, leaves, sets, target);

        double[] List(string name)
        {
            double[] numbers = tree.Required(name, where).Numbers($"{where}.{name}");
            return numbers.Length == count
                ? numbers
                : throw ModelErrors.Invalid($"A list of a tree has the wrong length. '{where}.{name}': expected {count}, found {numbers.Length}.");
        }

        int Index(double value, int limit, string name, int node) => value >= 0 && value < limit && value == Math.Floor(value)
            ? (int)value
            : throw ModelErrors.Invalid($"A node of a tree refers to something that does not exist. '{where}.{name}[{node}]': {value}, there are {limit}.");
    }

    private static Dictionary<int, double[]> ReadCategories(DocumentValue tree, string where, int numNodes)
    {
        double[] nodes = Optional("categories_nodes");
        double[] segments = Optional("categories_segments");
        double[] sizes = Optional("categories_sizes");
        double[] categories = Optional("categories");
        if (segments.Length != nodes.Length || sizes.Length != nodes.Length)
        {
            throw ModelErrors.Invalid(
                $"The lists of a tree's categories have different lengths. '{where}': {nodes.Length} nodes, {segments.Length} segments, {sizes.Length} sizes.");
        }
        Dictionary<int, double[]> result = [];
        for (int i = 0; i < nodes.Length; i++)
        {
            bool isInside = segments[i] >= 0 && sizes[i] >= 0 && segments[i] + sizes[i] <= categories.Length
                && segments[i] == Math.Floor(segments[i]) && sizes[i] == Math.Floor(sizes[i]);
            if (!isInside || !(nodes[i] >= 0 && nodes[i] < numNodes))
            {
                throw ModelErrors.Invalid(
                    $"Categories of a split are outside of their list. '{where}', node {nodes[i]}: {sizes[i]} from {segments[i]}, there are {categories.Length}.");
            }
            double[] members = categories[(int)segments[i]..(int)(segments[i] + sizes[i])];
            if (members.Any(member => !(member >= 0 && member < FirstInvalidCategory)))
            {
                throw ModelErrors.Invalid($"A category is no integer from 0 to {FirstInvalidCategory - 1}. '{where}', node {nodes[i]}.");
            }
            if (!result.TryAdd((int)nodes[i], members))
            {
                throw ModelErrors.Invalid($"A split has its categories twice. '{where}', node {nodes[i]}.");
            }
        }
        return result;

        double[] Optional(string name) => tree.Field(name)?.Numbers($"{where}.{name}") ?? [];
    }
}
