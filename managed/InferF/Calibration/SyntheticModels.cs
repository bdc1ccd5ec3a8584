using InferF.Plan.Model;

namespace InferF.Calibration;

/// <summary>Models with made-up weights. What they predict does not matter, only how long it takes.</summary>
internal static class SyntheticModels
{
    /// <summary>A linear layer.</summary>
    public static LinearExpr Linear(TensorExpr x, int width)
    {
        float[] weights = new float[x.Width * width];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = 0.01f * (i % 7 - 3);
        }
        return new LinearExpr(x, ConstantTensor.Create($"W{x.Width}x{width}", x.Width, width, weights), ConstantTensor.Create($"b{width}", 1, width, new float[width]));
    }

    /// <summary>A linear layer with ReLU.</summary>
    public static TensorExpr Hidden(TensorExpr x, int width) => new UnaryExpr(UnaryFunction.Relu, Linear(x, width));

    /// <summary>A linear layer with ReLU, then one output.</summary>
    public static TensorExpr Mlp(TensorExpr x, params int[] hidden) => Linear(hidden.Aggregate(x, Hidden), 1);

    /// <summary>Full trees of one depth whose tests go through the features in turn and halve their values.</summary>
    public static TreeEnsembleExpr Forest(TensorExpr x, int trees, int depth)
    {
        int inner = (1 << depth) - 1;
        List<TreeNode> nodes = [];
        List<TreeLeafWeight> weights = [];
        for (int tree = 0; tree < trees; tree++)
        {
            for (int node = 0; node < inner; node++)
            {
                int feature = (tree * 31 + node * 17) % x.Width;
                double threshold = (tree * 37 + node * 11) % 101 / 101.0 - 0.5;
                nodes.Add(new TreeNode(feature, TreeNodeMode.LessOrEqual, threshold, Child(2 * node + 1), Child(2 * node + 2)));
            }
            int Child(int node) => node < inner ? tree * inner + node : ~(tree * (inner + 1) + node - inner);
            for (int leaf = 0; leaf <= inner; leaf++)
            {
                weights.Add(new TreeLeafWeight(tree * (inner + 1) + leaf, 0, (leaf % 13 - 6) * 0.1));
            }
        }
        TreeEnsemble ensemble = TreeEnsemble.Create(
            ElementType.Float32, x.Width, 1, [.. Enumerable.Range(0, trees).Select(tree => tree * inner)], nodes, weights);
        return new TreeEnsembleExpr(x, ensemble, ElementType.Float32);
    }
}
