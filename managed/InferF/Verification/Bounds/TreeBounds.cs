using InferF.Plan.Model;

namespace InferF.Verification.Bounds;

/// <summary>
/// Decision trees. Over exact features every row exits at one leaf per tree, and only the sum of the leaves' weights rounds. A computed feature that
/// lies within its error of a threshold may take either branch: then the bound covers every leaf below both.
/// </summary>
internal sealed class TreeBounds
{
    private readonly TreeEnsemble _ensemble;
    private readonly int[] _firstWeights;
    private readonly double[] _thresholds;
    private readonly HashSet<double>[] _sets;

    /// <summary>Prepares an ensemble for many rows.</summary>
    public TreeBounds(TreeEnsemble ensemble)
    {
        _ensemble = ensemble;
        _firstWeights = new int[ensemble.NumLeaves + 1];
        foreach (TreeLeafWeight weight in ensemble.Weights)
        {
            _firstWeights[weight.Leaf + 1]++;
        }
        for (int leaf = 0; leaf < ensemble.NumLeaves; leaf++)
        {
            _firstWeights[leaf + 1] += _firstWeights[leaf];
        }
        _thresholds = [.. ensemble.Nodes.Select(n => InFeatureType(n.Threshold))];
        _sets = [.. ensemble.Sets.Select(set => set.Select(InFeatureType).ToHashSet())];
    }

    /// <summary>Scores of every row.</summary>
    /// <param name="type">Type of the scores.</param>
    /// <param name="argument">The features.</param>
    /// <param name="rows">Number of rows.</param>
    public Block Evaluate(ElementType type, Block argument, int rows)
    {
        int targets = _ensemble.NumTargets;
        double[] y = new double[rows * targets];
        double[] f = new double[rows * targets];
        Scores scores = new(_ensemble, new Rounding(type));
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<double> x = argument.Floats.AsSpan(row * _ensemble.NumFeatures, _ensemble.NumFeatures);
            ReadOnlySpan<double> e = argument.Errors.AsSpan(row * _ensemble.NumFeatures, _ensemble.NumFeatures);
            scores.Clear();
            foreach (int root in _ensemble.Roots)
            {
                AddTree(root, x, e, scores);
            }
            for (int target = 0; target < targets; target++)
            {
                (y[row * targets + target], f[row * targets + target]) = scores.Result(target);
            }
        }
        return Block.Rounded(type, y, f);
    }

    private void AddTree(int root, ReadOnlySpan<double> x, ReadOnlySpan<double> e, Scores scores)
    {
        bool open = false;
        int at = root;
        while (at >= 0)
        {
            TreeNode node = _ensemble.Nodes[at];
            open |= e[node.Feature] != 0 && IsOpen(node, at, x[node.Feature], e[node.Feature]);
            at = Decide(node, at, x[node.Feature]) ? node.TrueChild : node.FalseChild;
        }
        scores.Add(Weights(~at));
        if (!open)
        {
            return;
        }
        // Every node has one parent, so each is visited at most once.
        Stack<int> pending = new([root]);
        while (pending.TryPop(out int next))
        {
            if (next < 0)
            {
                scores.AddAlternative(Weights(~next));
                continue;
            }
            TreeNode node = _ensemble.Nodes[next];
            bool decided = Decide(node, next, x[node.Feature]);
            pending.Push(decided ? node.TrueChild : node.FalseChild);
            if (e[node.Feature] != 0 && IsOpen(node, next, x[node.Feature], e[node.Feature]))
            {
                pending.Push(decided ? node.FalseChild : node.TrueChild);
            }
        }
        scores.EndAlternatives();
    }

    private ReadOnlySpan<TreeLeafWeight> Weights(int leaf) => _ensemble.Weights.AsSpan()[_firstWeights[leaf].._firstWeights[leaf + 1]];

    private bool Decide(TreeNode node, int index, double x)
    {
        if (node.ZeroIsMissing && Math.Abs(x) <= 1e-35f)
        {
            x = double.NaN;
        }
        if (double.IsNaN(x) && (node.MissingIsTrue || node.MissingIsFalse))
        {
            return node.MissingIsTrue;
        }
        double threshold = _thresholds[index];
        return node.Mode switch
        {
            TreeNodeMode.LessOrEqual => x <= threshold,
            TreeNodeMode.Less => x < threshold,
            TreeNodeMode.GreaterOrEqual => x >= threshold,
            TreeNodeMode.Greater => x > threshold,
            TreeNodeMode.Equal => x == threshold,
            TreeNodeMode.NotEqual => x != threshold,
            TreeNodeMode.Member => _sets[(int)node.Threshold].Contains(x),
            _ => x >= 0 && _sets[(int)node.Threshold].Contains(Math.Truncate(x)),
        };
    }

    // True if some number within the error may be decided otherwise.
    private bool IsOpen(TreeNode node, int index, double x, double e)
    {
        if (!double.IsFinite(e) || (node.ZeroIsMissing && Math.Abs(x) - e <= 1e-35f))
        {
            return true;
        }
        return node.Mode switch
        {
            TreeNodeMode.Member => _sets[(int)node.Threshold].Any(member => Math.Abs(x - member) <= e),
            TreeNodeMode.IntegerMember => Math.Truncate(x - e) != Math.Truncate(x + e) || (x - e < 0) != (x + e < 0),
            _ => Math.Abs(x - _thresholds[index]) <= e,
        };
    }

    private double InFeatureType(double value) => _ensemble.FeatureType == ElementType.Float32 ? (float)value : value;

    /// <summary>Aggregates of one row.</summary>
    private sealed class Scores(TreeEnsemble ensemble, Rounding rounding)
    {
        private readonly int _numTargets = ensemble.NumTargets;
        private readonly double[] _values = new double[ensemble.NumTargets];
        private readonly double[] _magnitudes = new double[ensemble.NumTargets];
        private readonly int[] _terms = new int[ensemble.NumTargets];
        private readonly double[] _errors = new double[ensemble.NumTargets];

        // Of the tree at hand: what it adds, and the least and most it might add (NaN where a possible leaf does not carry the target).
        private readonly double[] _tree = new double[ensemble.NumTargets];
        private readonly double[] _alternative = new double[ensemble.NumTargets];
        private readonly double[] _least = new double[ensemble.NumTargets];
        private readonly double[] _most = new double[ensemble.NumTargets];

        private bool IsSum => ensemble.Aggregate is TreeAggregate.Sum or TreeAggregate.Average;

        public void Clear()
        {
            Array.Clear(_values);
            Array.Clear(_magnitudes);
            Array.Clear(_terms);
            Array.Clear(_errors);
        }

        public void Add(ReadOnlySpan<TreeLeafWeight> weights)
        {
            Collect(weights, _tree);
            for (int target = 0; target < _numTargets; target++)
            {
                double weight = _tree[target];
                _least[target] = _most[target] = weight;
                if (double.IsNaN(weight))
                {
                    continue;
                }
                _values[target] = _terms[target] == 0 ? weight : ensemble.Aggregate switch
                {
                    TreeAggregate.Min => Math.Min(_values[target], weight),
                    TreeAggregate.Max => Math.Max(_values[target], weight),
                    _ => _values[target] + weight,
                };
            }
            foreach (TreeLeafWeight weight in weights)
            {
                _terms[weight.Target]++;
                _magnitudes[weight.Target] += Math.Abs(weight.Weight);
            }
        }

        public void AddAlternative(ReadOnlySpan<TreeLeafWeight> weights)
        {
            Collect(weights, _alternative);
            for (int target = 0; target < _numTargets; target++)
            {
                double weight = double.IsNaN(_alternative[target]) && IsSum ? 0 : _alternative[target];
                double chosen = double.IsNaN(_tree[target]) && IsSum ? 0 : _tree[target];
                if (weight.Equals(chosen))
                {
                    continue;
                }
                _least[target] = Math.Min(IsSum && double.IsNaN(_least[target]) ? 0 : _least[target], weight);
                _most[target] = Math.Max(IsSum && double.IsNaN(_most[target]) ? 0 : _most[target], weight);
            }
        }

        public void EndAlternatives()
        {
            for (int target = 0; target < _numTargets; target++)
            {
                double chosen = IsSum && double.IsNaN(_tree[target]) ? 0 : _tree[target];
                if (_least[target].Equals(_most[target]))
                {
                    continue;
                }
                double reach = Math.Max(_most[target] - chosen, chosen - _least[target]);
                // A smallest or largest weight moves by no more than the one that moves most; whether a target is carried at all is another matter.
                reach = double.IsNaN(reach) ? double.PositiveInfinity : reach;
                _errors[target] = IsSum ? _errors[target] + reach : Math.Max(_errors[target], reach);
                _magnitudes[target] += IsSum ? reach : 0;
            }
        }

        public (double Value, double Error) Result(int target)
        {
            double baseValue = ensemble.BaseValues.IsEmpty ? 0 : ensemble.BaseValues[target];
            (double value, double magnitude, double error) = (_values[target], _magnitudes[target], _errors[target]);
            int terms = _terms[target];
            if (ensemble.Aggregate == TreeAggregate.Average)
            {
                (value, magnitude, error) = (value / ensemble.NumTrees, magnitude / ensemble.NumTrees, error / ensemble.NumTrees);
                terms += 2;
            }
            if (!IsSum)
            {
                (terms, magnitude) = (1, Math.Abs(value));
            }
            if (baseValue != 0)
            {
                (value, magnitude) = (value + baseValue, magnitude + Math.Abs(baseValue));
                terms++;
            }
            // A single term is not rounded, except from the precision of the file to that of the scores.
            return (value, error + (terms <= 1 ? 0 : rounding.UnlessOverflow(rounding.Sum(terms) * magnitude, magnitude)));
        }

        private void Collect(ReadOnlySpan<TreeLeafWeight> weights, double[] byTarget)
        {
            Array.Fill(byTarget, double.NaN);
            foreach (TreeLeafWeight weight in weights)
            {
                double before = byTarget[weight.Target];
                byTarget[weight.Target] = double.IsNaN(before) ? weight.Weight : ensemble.Aggregate switch
                {
                    TreeAggregate.Min => Math.Min(before, weight.Weight),
                    TreeAggregate.Max => Math.Max(before, weight.Weight),
                    _ => before + weight.Weight,
                };
            }
        }
    }
}
