using InferF.Plan.Model;

namespace InferF.Testing;

/// <summary>Walks decision trees node by node.</summary>
public static class TreeWalk
{
    /// <summary>The leaf a row exits at, by tree.</summary>
    /// <param name="ensemble">The trees.</param>
    /// <param name="features">The features of the row; exact in the ensemble's feature type.</param>
    public static int[] ExitLeaves(TreeEnsemble ensemble, ReadOnlySpan<double> features)
    {
        int[] leaves = new int[ensemble.NumTrees];
        for (int tree = 0; tree < leaves.Length; tree++)
        {
            int at = ensemble.Roots[tree];
            while (at >= 0)
            {
                TreeNode node = ensemble.Nodes[at];
                at = Decide(ensemble, node, features[node.Feature]) ? node.TrueChild : node.FalseChild;
            }
            leaves[tree] = ~at;
        }
        return leaves;
    }

    /// <summary>One score per target and row.</summary>
    public static double[] Scores(TreeEnsemble ensemble, double[] features, int rows)
    {
        ILookup<int, TreeLeafWeight> weights = ensemble.Weights.ToLookup(w => w.Leaf);
        double[] scores = new double[rows * ensemble.NumTargets];
        for (int row = 0; row < rows; row++)
        {
            int[] leaves = ExitLeaves(ensemble, features.AsSpan(row * ensemble.NumFeatures, ensemble.NumFeatures));
            for (int target = 0; target < ensemble.NumTargets; target++)
            {
                double[] reached = [.. leaves.SelectMany(leaf => weights[leaf]).Where(w => w.Target == target).Select(w => w.Weight)];
                double aggregate = ensemble.Aggregate switch
                {
                    TreeAggregate.Sum => reached.Sum(),
                    TreeAggregate.Average => reached.Sum() / ensemble.NumTrees,
                    TreeAggregate.Min => reached.DefaultIfEmpty(0).Min(),
                    _ => reached.DefaultIfEmpty(0).Max(),
                };
                scores[(row * ensemble.NumTargets) + target] = aggregate + (ensemble.BaseValues.IsEmpty ? 0 : ensemble.BaseValues[target]);
            }
        }
        return scores;
    }

    private static bool Decide(TreeEnsemble ensemble, TreeNode node, double x)
    {
        if (node.ZeroIsMissing && Math.Abs(x) <= 1e-35f)
        {
            x = double.NaN;
        }
        if (double.IsNaN(x) && (node.MissingIsTrue || node.MissingIsFalse))
        {
            return node.MissingIsTrue;
        }
        double threshold = InFeatureType(ensemble, node.Threshold);
        return node.Mode switch
        {
            TreeNodeMode.LessOrEqual => x <= threshold,
            TreeNodeMode.Less => x < threshold,
            TreeNodeMode.GreaterOrEqual => x >= threshold,
            TreeNodeMode.Greater => x > threshold,
            TreeNodeMode.Equal => x == threshold,
            TreeNodeMode.NotEqual => x != threshold,
            TreeNodeMode.Member => ensemble.Sets[(int)node.Threshold].Any(member => InFeatureType(ensemble, member) == x),
            _ => x >= 0 && ensemble.Sets[(int)node.Threshold].Contains(Math.Truncate(x)),
        };
    }

    private static double InFeatureType(TreeEnsemble ensemble, double value) => ensemble.FeatureType == ElementType.Float32 ? (float)value : value;
}
