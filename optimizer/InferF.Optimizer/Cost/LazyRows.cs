using InferF.Optimizer.Joins;

namespace InferF.Optimizer.Cost;

/// <summary>
/// Decides from row counts alone which nodes are lazy: build-side nodes whose values are computed row by row when a probe row first refers to
/// them, because few of their rows are referenced. See <c>docs/COST.md</c>.
/// </summary>
internal sealed class LazyRows
{
    /// <summary>What a row computed on first reference costs more than one computed in order: it is claimed, and batches are smaller.</summary>
    public const double Overhead = 0.5;

    /// <summary>Looking whether a value is there, in units of computing one: what it costs at least to be lazy about a row that is read often.</summary>
    public const double ChecksPerRow = 100;

    /// <summary>A node is lazy only if that saves at least this fraction of its work, since references are estimated.</summary>
    public const double LeastSaving = 0.5;

    private readonly double[] _referenced;
    private readonly bool[] _isLazy;

    /// <summary>Looks at every node of a plan.</summary>
    public LazyRows(RelationalPlan relations)
    {
        _referenced = new double[relations.Count];
        _isLazy = new bool[relations.Count];
        // Parents have larger numbers than their children, so the rows that a node's readers refer to are known when it is its turn.
        for (int node = relations.Count - 1; node >= 0; node--)
        {
            double all = Math.Max(0, relations[node].Rows);
            int parent = relations.Parent(node);
            if (parent < 0 || relations.IsStreamed(node))
            {
                _referenced[node] = all;
                continue;
            }
            double draws = relations.IsStreamed(parent) ? relations[parent].Rows : _referenced[parent];
            _referenced[node] = Math.Min(all, relations[parent] switch
            {
                HashJoinTree join when relations.Inputs(parent)[1] == node => Math.Min(join.ReferencedRows, DistinctValues.HitByDraws(all, draws)),
                HashJoinTree => DistinctValues.HitByDraws(all, draws),
                _ => draws,
            });
            _isLazy[node] = _referenced[node] * (1 + Overhead) + draws / ChecksPerRow < all * (1 - LeastSaving);
        }
    }

    /// <summary>True if the node's values are to be computed on first reference.</summary>
    public bool IsLazy(int node) => _isLazy[node];

    /// <summary>Rows for which a node's values are computed, in units of rows computed in order; at least 1.</summary>
    public double Computed(int node, double all) => Math.Max(1, _isLazy[node] ? _referenced[node] * (1 + Overhead) : all);
}
