using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using InferF.Optimizer.Placement;
using InferF.Plan.Model;
using Proto = InferF.Plan.Proto;

namespace InferF.Optimizer.Lowering;

/// <summary>Writes tree ensembles, their masks and scores.</summary>
/// <param name="fragment">Where ensembles are listed.</param>
/// <param name="tensor">Index of a constant in the plan.</param>
internal sealed class TreeWriter(Proto.PlanFragment fragment, Func<ConstantTensor, uint> tensor)
{
    // An ensemble's arrays are made once, however often it is planned.
    private static readonly ConditionalWeakTable<TreeEnsemble, EnsembleTensors> s_tensors = [];

    private readonly Dictionary<TreeEnsemble, uint> _ensembles = new(ReferenceEqualityComparer.Instance);

    /// <summary>Sets the kind of <paramref name="value"/>.</summary>
    public void Write(Proto.Value value, PlacedTree tree, ImmutableArray<PlacedValue> arguments)
    {
        IEnumerable<uint> indices = arguments.Select(argument => (uint)argument.Index);
        switch (tree.Role)
        {
            case TreeRole.Mask:
                value.TreeMask = new Proto.TreeMask { Value = indices.First(), Ensemble = Ensemble(tree.Ensemble), FirstFeature = (uint)tree.FirstFeature };
                break;
            case TreeRole.Intersection:
                value.MaskAnd = new Proto.MaskAnd();
                value.MaskAnd.Masks.AddRange(indices);
                break;
            case TreeRole.Score:
                value.TreeScore = new Proto.TreeScore { Ensemble = Ensemble(tree.Ensemble) };
                value.TreeScore.Masks.AddRange(indices);
                break;
            default:
                value.TreeTraversal = new Proto.TreeTraversal { Value = indices.First(), Ensemble = Ensemble(tree.Ensemble) };
                break;
        }
    }

    private uint Ensemble(TreeEnsemble ensemble)
    {
        if (!_ensembles.TryGetValue(ensemble, out uint index))
        {
            index = (uint)fragment.TreeEnsembles.Count;
            _ensembles.Add(ensemble, index);
            fragment.TreeEnsembles.Add(Written(ensemble));
        }
        return index;
    }

    private Proto.TreeEnsemble Written(TreeEnsemble ensemble)
    {
        EnsembleTensors tensors = s_tensors.GetValue(ensemble, trees => new EnsembleTensors(trees));
        Proto.TreeEnsemble written = new()
        {
            FeatureType = OperatorWriter.Type(ensemble.FeatureType),
            NumFeatures = (uint)ensemble.NumFeatures,
            NumTargets = (uint)ensemble.NumTargets,
            Roots = tensor(tensors.Roots),
            FirstLeaves = tensor(tensors.FirstLeaves),
            Aggregate = ensemble.Aggregate switch
            {
                TreeAggregate.Sum => Proto.TreeAggregate.Sum,
                TreeAggregate.Average => Proto.TreeAggregate.Average,
                TreeAggregate.Min => Proto.TreeAggregate.Min,
                _ => Proto.TreeAggregate.Max,
            },
        };
        if (tensors.Nodes is not null)
        {
            written.Nodes = tensor(tensors.Nodes);
            written.Thresholds = tensor(tensors.Thresholds!);
        }
        if (tensors.SetOffsets is not null)
        {
            written.SetOffsets = tensor(tensors.SetOffsets);
        }
        if (tensors.SetMembers is not null)
        {
            written.SetMembers = tensor(tensors.SetMembers);
        }
        if (tensors.Weights is not null)
        {
            written.WeightLeaves = tensor(tensors.WeightLeaves!);
            written.WeightTargets = tensor(tensors.WeightTargets!);
            written.Weights = tensor(tensors.Weights);
        }
        if (tensors.BaseValues is not null)
        {
            written.BaseValues = tensor(tensors.BaseValues);
        }
        return written;
    }

    /// <summary>The arrays of an ensemble, as plan.proto describes them; null where there is nothing.</summary>
    private sealed class EnsembleTensors(TreeEnsemble ensemble)
    {
        private const long MissingIsTrue = 16;
        private const long MissingIsFalse = 32;
        private const long ZeroIsMissing = 64;

        public ConstantTensor Roots { get; } = Integers("roots", ensemble.Roots.Select(root => (long)root))!;

        public ConstantTensor FirstLeaves { get; } = Integers("first leaves", ensemble.FirstLeaves.Select(leaf => (long)leaf))!;

        public ConstantTensor? Nodes { get; } = ensemble.Nodes.IsEmpty
            ? null
            : ConstantTensor.Create("nodes", ensemble.Nodes.Length, 4, [.. ensemble.Nodes.SelectMany(node => (long[])[node.Feature, Flags(node), node.TrueChild, node.FalseChild])]);

        public ConstantTensor? Thresholds { get; } = Numbers("thresholds", ensemble.Nodes.Select(node => Threshold(ensemble, node)));

        public ConstantTensor? SetOffsets { get; } = ensemble.Sets.IsEmpty ? null : Integers("set offsets", Offsets(ensemble));

        public ConstantTensor? SetMembers { get; } = Numbers("set members", ensemble.Sets.SelectMany(set => set));

        public ConstantTensor? WeightLeaves { get; } = Integers("weight leaves", ensemble.Weights.Select(weight => (long)weight.Leaf));

        public ConstantTensor? WeightTargets { get; } = Integers("weight targets", ensemble.Weights.Select(weight => (long)weight.Target));

        public ConstantTensor? Weights { get; } = Numbers("weights", ensemble.Weights.Select(weight => weight.Weight));

        public ConstantTensor? BaseValues { get; } = Numbers("base values", ensemble.BaseValues);

        // In the type it is compared in; the number of a set stays as it is.
        private static double Threshold(TreeEnsemble ensemble, TreeNode node) =>
            ensemble.FeatureType == ElementType.Float32 && node.Mode is not (TreeNodeMode.Member or TreeNodeMode.IntegerMember) ? (float)node.Threshold : node.Threshold;

        private static long Flags(TreeNode node) =>
            (long)node.Mode + (node.MissingIsTrue ? MissingIsTrue : 0) + (node.MissingIsFalse ? MissingIsFalse : 0) + (node.ZeroIsMissing ? ZeroIsMissing : 0);

        private static IEnumerable<long> Offsets(TreeEnsemble ensemble)
        {
            long offset = 0;
            yield return offset;
            foreach (ImmutableArray<double> set in ensemble.Sets)
            {
                yield return offset += set.Length;
            }
        }

        private static ConstantTensor? Integers(string name, IEnumerable<long> values)
        {
            long[] data = [.. values];
            return data.Length == 0 ? null : ConstantTensor.Create(name, 1, data.Length, data);
        }

        private static ConstantTensor? Numbers(string name, IEnumerable<double> values)
        {
            double[] data = [.. values];
            return data.Length == 0 ? null : ConstantTensor.Create(name, 1, data.Length, data);
        }
    }
}
