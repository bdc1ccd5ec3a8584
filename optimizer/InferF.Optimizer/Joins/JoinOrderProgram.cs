using System.Numerics;

namespace InferF.Optimizer.Joins;

/// <summary>
/// The cheapest join order by dynamic programming over connected subsets (DPsub; Moerkotte and Neumann, "Analysis of Two Existing and One New Dynamic
/// Programming Algorithm for the Generation of Optimal Bushy Join Trees without Cross Products", VLDB 2006, figure 2). Every split of a set is tried with
/// either part on the probe side. Time O(3ⁿ) for n inputs, memory O(2ⁿ).
/// </summary>
internal sealed class JoinOrderProgram
{
    /// <summary>Most inputs that are ordered exactly: 3¹² = 531 441 splits.</summary>
    public const int MostInputs = 12;

    private readonly JoinGraph _graph;
    private readonly IJoinCost _cost;
    private readonly JoinOrderNode[] _inputs;
    private readonly TableSet[] _vertices;
    private readonly double[] _rows;
    private readonly bool[] _isConnected;
    private readonly bool[] _mayBeHashed;
    private readonly double[] _seconds;
    private readonly int[] _spineJoins;
    private readonly int[] _probe;

    private JoinOrderProgram(JoinGraph graph, IJoinCost cost, JoinOrderNode[] inputs)
    {
        (_graph, _cost, _inputs) = (graph, cost, inputs);
        int sets = 1 << inputs.Length;
        _vertices = new TableSet[sets];
        _rows = new double[sets];
        _isConnected = new bool[sets];
        _mayBeHashed = new bool[sets];
        _seconds = new double[sets];
        _spineJoins = new int[sets];
        _probe = new int[sets];
        for (int set = 1; set < sets; set++)
        {
            int last = BitOperations.Log2((uint)set);
            _vertices[set] = _vertices[set & ~(1 << last)] | inputs[last].Vertices;
            _isConnected[set] = BitOperations.IsPow2(set) || graph.IsConnected(_vertices[set]);
            if (_isConnected[set])
            {
                _rows[set] = graph.RowsOf(_vertices[set]);
                _mayBeHashed[set] = BitOperations.IsPow2(set) || JoinOrderRules.MayBeHashed(_rows[set], graph.LargestTable(_vertices[set]), _vertices[set].Count);
            }
        }
    }

    /// <summary>Orders the joins of some inputs that are connected and have no vertex in common.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="cost">What joins cost.</param>
    /// <param name="inputs">Tables, or joins that stay as they are; at most <see cref="MostInputs"/>.</param>
    /// <param name="driver">Index of the input that must be at the end of the probe spine, or −1 if any may.</param>
    /// <returns>The cheapest order, or null if every order would hash a set that has too many rows.</returns>
    public static JoinOrderNode? Order(JoinGraph graph, IJoinCost cost, JoinOrderNode[] inputs, int driver = -1)
    {
        JoinOrderProgram program = new(graph, cost, inputs);
        program.Run(driver);
        return program.Node((1 << inputs.Length) - 1);
    }

    private void Run(int driver)
    {
        int driverBit = driver < 0 ? 0 : 1 << driver;
        for (int set = 1; set < _seconds.Length; set++)
        {
            _seconds[set] = double.PositiveInfinity;
            if (BitOperations.IsPow2(set))
            {
                JoinOrderNode input = _inputs[BitOperations.Log2((uint)set)];
                (_seconds[set], _spineJoins[set]) = (input.Seconds, input.SpineJoins);
            }
            else if (_isConnected[set])
            {
                Split(set, set & driverBit);
            }
        }
    }

    private void Split(int set, int driverBit)
    {
        for (int probe = (set - 1) & set; probe != 0; probe = (probe - 1) & set)
        {
            int build = set ^ probe;
            if (!_isConnected[probe] || !_isConnected[build] || !_mayBeHashed[build] || (probe & driverBit) != driverBit)
            {
                continue;
            }
            double seconds = _seconds[probe] + _seconds[build] + _cost.Seconds(_rows[probe], _rows[build], _rows[set], _vertices[build].Count);
            if (double.IsFinite(seconds)
                && (double.IsInfinity(_seconds[set])
                    || JoinOrderRules.IsBetter(seconds, _spineJoins[probe] + 1, _vertices[probe].Bits, _seconds[set], _spineJoins[set], _vertices[_probe[set]].Bits)))
            {
                (_seconds[set], _spineJoins[set], _probe[set]) = (seconds, _spineJoins[probe] + 1, probe);
            }
        }
    }

    private JoinOrderNode? Node(int set) =>
        double.IsInfinity(_seconds[set]) ? null
        : BitOperations.IsPow2(set) ? _inputs[BitOperations.Log2((uint)set)]
        : JoinOrderNode.Join(_graph, _cost, Node(_probe[set])!, Node(set ^ _probe[set])!);
}
