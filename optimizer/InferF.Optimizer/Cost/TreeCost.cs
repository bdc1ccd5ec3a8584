using System.Runtime.CompilerServices;
using InferF.Optimizer.Placement;
using InferF.Plan.Model;

namespace InferF.Optimizer.Cost;

/// <summary>Work of the values of a tree ensemble on one row; what they read from other nodes is counted like any hand-over.</summary>
internal static class TreeCost
{
    private static readonly ConditionalWeakTable<TreeEnsemble, StrongBox<double>> s_steps = [];

    /// <summary>Modelled seconds.</summary>
    public static double Seconds(PlacedTree tree, PlacedValue value, MachineConstants machine) => tree.Role switch
    {
        TreeRole.Mask => tree.Tests * machine.SecondsPerMaskTest + value.Width * machine.SecondsPerMaskWord,
        TreeRole.Intersection => (value.Arguments.Length + 1) * value.Width * machine.SecondsPerMaskWord,
        TreeRole.Score => value.Arguments.Sum(mask => mask.Width) * machine.SecondsPerMaskWord + Exits(tree.Ensemble) * machine.SecondsPerExitLeaf,
        _ => Steps(tree.Ensemble) * machine.SecondsPerTreeStep + Exits(tree.Ensemble) * machine.SecondsPerExitLeaf,
    };

    /// <summary>Comparisons, and additions of weights.</summary>
    public static double Flops(PlacedTree tree) => tree.Role switch
    {
        TreeRole.Mask => tree.Tests,
        TreeRole.Intersection => 0,
        TreeRole.Score => Exits(tree.Ensemble),
        _ => Steps(tree.Ensemble) + Exits(tree.Ensemble),
    };

    // Exit leaves weigh as many targets as an average leaf carries.
    private static double Exits(TreeEnsemble ensemble) => ensemble.NumTrees * Math.Max(1, (double)ensemble.Weights.Length / ensemble.NumLeaves);

    // Expected length of all paths of a row, every leaf of a tree being equally likely.
    private static double Steps(TreeEnsemble ensemble) => s_steps.GetValue(ensemble, static trees => new StrongBox<double>(MeanDepths(trees))).Value;

    private static double MeanDepths(TreeEnsemble ensemble)
    {
        double total = 0;
        for (int tree = 0; tree < ensemble.NumTrees; tree++)
        {
            long depths = 0;
            Stack<(int Child, int Depth)> pending = new([(ensemble.Roots[tree], 0)]);
            while (pending.TryPop(out (int Child, int Depth) next))
            {
                if (next.Child < 0)
                {
                    depths += next.Depth;
                    continue;
                }
                TreeNode node = ensemble.Nodes[next.Child];
                pending.Push((node.FalseChild, next.Depth + 1));
                pending.Push((node.TrueChild, next.Depth + 1));
            }
            total += (double)depths / (ensemble.FirstLeaves[tree + 1] - ensemble.FirstLeaves[tree]);
        }
        return total;
    }
}
