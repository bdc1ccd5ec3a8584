namespace InferF.Optimizer.Planners.Problem;

/// <summary>
/// One sum, tree ensemble or movable value as numbers: a tree of candidate nodes, the terms with the seconds of computing each of them at each node above its lowest one, and the
/// seconds of storing an accumulator and of handing it over. Immutable. Nodes are numbered with children before parents; the last one is the root, the place of use.
/// </summary>
/// <remarks>
/// The engine carries row ids, so an accumulator made at node a costs nothing at the nodes it passes: it is gathered once, by the next node above that combines accumulators of this
/// stage, or by the root.
/// </remarks>
internal sealed class StageProblem
{
    // Differences below this fraction are rounding.
    private const double Rounding = 1e-9;

    private readonly double[] _seconds;
    private readonly double[] _handOver;
    private readonly double[] _store;
    private readonly int[] _firstTerms;
    private readonly int[] _termsByNode;

    /// <summary>Creates a stage; the arrays are not copied.</summary>
    /// <param name="nodes">The candidate nodes.</param>
    /// <param name="lowest">By term: its lowest candidate node, possibly the root.</param>
    /// <param name="seconds">[term × node]: seconds of computing a term at a node; only nodes from its lowest one upwards count.</param>
    /// <param name="store">By node: seconds of storing an accumulator there, and of making one at all.</param>
    /// <param name="handOver">[from × to]: seconds of gathering an accumulator of one node at another one above it, and of adding it there.</param>
    public StageProblem(StageNodes nodes, int[] lowest, double[] seconds, double[] store, double[] handOver)
    {
        (Nodes, Lowest, _seconds, _store, _handOver) = (nodes, lowest, seconds, store, handOver);
        _firstTerms = new int[nodes.Count + 1];
        _termsByNode = new int[lowest.Length];
        foreach (int node in lowest)
        {
            _firstTerms[node + 1]++;
        }
        for (int node = 0; node < nodes.Count; node++)
        {
            _firstTerms[node + 1] += _firstTerms[node];
        }
        int[] next = [.. _firstTerms];
        for (int term = 0; term < lowest.Length; term++)
        {
            _termsByNode[next[lowest[term]]++] = term;
        }
        RowsDecide = CheckRowsDecide();
    }

    /// <summary>The candidate nodes.</summary>
    public StageNodes Nodes { get; }

    /// <summary>By term: its lowest candidate node.</summary>
    public int[] Lowest { get; }

    /// <summary>Seconds that no placement changes.</summary>
    public double Constant { get; init; }

    /// <summary>Seconds of everything at the root if that is not the sum of the terms (a forest is walked instead of intersecting masks); otherwise NaN.</summary>
    public double Unpushed { get; init; } = double.NaN;

    /// <summary>Terms whose value at the root has an input that is computed below: with one of them, <see cref="Unpushed"/> does not apply.</summary>
    public bool[] HasInputsBelow { get; init; } = [];

    /// <summary>Arriving accumulators that a node without terms of its own needs to combine them: 1 where a single one may be gathered into fewer rows on its way, otherwise 2.</summary>
    public int LeastArriving { get; init; } = 1;

    /// <summary>
    /// True if of the nodes on the probe spine of a term's lowest node, and of all others, the one with fewer rows is never dearer for the term. Then
    /// <see cref="StageProgramme"/> is exact.
    /// </summary>
    public bool RowsDecide { get; }

    /// <summary>
    /// True if the dynamic programme finds the optimum: rows decide, a single accumulator may be gathered on its way, and everything at the root costs what its terms cost.
    /// </summary>
    public bool IsExact => RowsDecide && LeastArriving == 1 && double.IsNaN(Unpushed);

    /// <summary>Number of terms.</summary>
    public int TermCount => Lowest.Length;

    /// <summary>The terms whose lowest node is this one.</summary>
    public ReadOnlySpan<int> TermsOf(int node) => _termsByNode.AsSpan(_firstTerms[node].._firstTerms[node + 1]);

    /// <summary>Seconds of computing a term at a node.</summary>
    public double TermSeconds(int term, int node) => _seconds[term * Nodes.Count + node];

    /// <summary>Seconds of making an accumulator at one node and reading it at another.</summary>
    public double AccumulatorSeconds(int from, int to) => _store[from] + _handOver[from * Nodes.Count + to];

    /// <summary>The same stage with other seconds per term and node added to its own.</summary>
    /// <param name="added">[term × node].</param>
    public StageProblem Adding(ReadOnlySpan<double> added)
    {
        double[] seconds = [.. _seconds];
        for (int i = 0; i < seconds.Length; i++)
        {
            seconds[i] += added[i];
        }
        double unpushed = Unpushed;
        for (int term = 0; term < TermCount; term++)
        {
            unpushed += added[term * Nodes.Count + Nodes.Root];
        }
        return new StageProblem(Nodes, Lowest, seconds, _store, _handOver)
        {
            Constant = Constant, Unpushed = unpushed, HasInputsBelow = HasInputsBelow, LeastArriving = LeastArriving,
        };
    }

    /// <summary>Seconds of a placement.</summary>
    public double Seconds(StagePlacement placement) => Seconds(placement.TermNodes, placement.Merges);

    /// <summary>Seconds of a placement.</summary>
    /// <param name="termNodes">By term: the node that computes it.</param>
    /// <param name="merges">By node: whether it adds up what arrives.</param>
    public double Seconds(ReadOnlySpan<int> termNodes, ReadOnlySpan<bool> merges)
    {
        int count = Nodes.Count;
        int root = Nodes.Root;
        ReadOnlySpan<int> parents = Nodes.Parents;
        Span<int> own = stackalloc int[count];
        Span<int> leaving = stackalloc int[count];
        Span<bool> combines = stackalloc bool[count];
        double seconds = Constant;
        bool isPushed = double.IsNaN(Unpushed);
        for (int term = 0; term < termNodes.Length; term++)
        {
            int node = termNodes[term];
            seconds += TermSeconds(term, node);
            own[node]++;
            isPushed |= node != root || HasInputsBelow.Length > 0 && HasInputsBelow[term];
        }
        if (!isPushed)
        {
            return Unpushed;
        }
        for (int node = 0; node < root; node++)
        {
            combines[node] = merges[node] && (own[node] > 0 || leaving[node] >= LeastArriving);
            leaving[node] = combines[node] ? 1 : leaving[node] + Math.Min(own[node], 1);
            leaving[parents[node]] += leaving[node];
        }
        Span<int> consumers = stackalloc int[count];
        for (int node = root - 1; node >= 0; node--)
        {
            int parent = parents[node];
            consumers[node] = parent == root || combines[parent] ? parent : consumers[parent];
            if (own[node] > 0 || combines[node])
            {
                seconds += AccumulatorSeconds(node, consumers[node]);
            }
        }
        return seconds;
    }

    private bool CheckRowsDecide()
    {
        for (int term = 0; term < TermCount; term++)
        {
            int spine = Nodes.Drivers[Lowest[term]];
            for (int a = Lowest[term]; a >= 0; a = Nodes.Parents[a])
            {
                for (int b = Nodes.Parents[a]; b >= 0; b = Nodes.Parents[b])
                {
                    bool isSameClass = (Nodes.Drivers[a] == spine) == (Nodes.Drivers[b] == spine);
                    double difference = TermSeconds(term, a) - TermSeconds(term, b);
                    double tolerance = Rounding * Math.Max(TermSeconds(term, a), TermSeconds(term, b));
                    if (isSameClass && (Nodes.Rows[a] <= Nodes.Rows[b] && difference > tolerance || Nodes.Rows[a] >= Nodes.Rows[b] && difference < -tolerance))
                    {
                        return false;
                    }
                }
            }
        }
        return true;
    }
}
