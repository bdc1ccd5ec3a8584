using InferF.Plan;

namespace InferF.Frontend.Models.Onnx;

/// <summary>Who defines which name in a graph, checked for contradictions, and the order in which its nodes are evaluated.</summary>
internal sealed class GraphIndex
{
    private readonly Dictionary<string, int> _producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorProto> _initializers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ValueInfoProto> _inputs = new(StringComparer.Ordinal);

    private readonly IReadOnlyList<string>?[] _reads;

    public GraphIndex(GraphProto graph)
    {
        Graph = graph;
        _reads = new IReadOnlyList<string>?[graph.Node.Count];
        foreach (TensorProto initializer in graph.Initializer)
        {
            if (initializer.Name.Length == 0 || !_initializers.TryAdd(initializer.Name, initializer))
            {
                throw ModelErrors.Invalid($"Initializers must have distinct names. Initializer '{initializer.Name}'.");
            }
        }
        foreach (ValueInfoProto input in graph.Input)
        {
            if (input.Name.Length == 0 || !_inputs.TryAdd(input.Name, input))
            {
                throw ModelErrors.Invalid($"Graph inputs must have distinct names. Input '{input.Name}'.");
            }
        }
        for (int i = 0; i < graph.Node.Count; i++)
        {
            foreach (string output in graph.Node[i].Output)
            {
                if (output.Length > 0 && (_initializers.ContainsKey(output) || _inputs.ContainsKey(output) || !_producers.TryAdd(output, i)))
                {
                    throw ModelErrors.Invalid($"A value is defined twice. Value '{output}', {Where(graph.Node[i])}.");
                }
            }
        }
        CheckOutputs();
        Order = EvaluationOrder();
    }

    public GraphProto Graph { get; }

    /// <summary>Indices of the nodes that some output needs, each after the nodes it reads.</summary>
    public IReadOnlyList<int> Order { get; }

    /// <summary>The graph's inputs, without those that are only listed because older files must list every initializer.</summary>
    public IEnumerable<ValueInfoProto> Inputs => Graph.Input.Where(input => !_initializers.ContainsKey(input.Name));

    public TensorProto? FindInitializer(string name) => _initializers.GetValueOrDefault(name);

    /// <summary>Index of the node that computes a value, or −1.</summary>
    public int ProducerOf(string name) => _producers.GetValueOrDefault(name, -1);

    /// <summary>The node that computes a value, or null.</summary>
    public NodeProto? FindProducer(string name) => _producers.TryGetValue(name, out int index) ? Graph.Node[index] : null;

    /// <summary>What a node reads: its inputs, and what the bodies of a control flow operator read of this graph.</summary>
    public IReadOnlyList<string> InputsOf(int index) => _reads[index] ??= Reads(Graph.Node[index]);

    /// <summary>Names a node in messages.</summary>
    public static string Where(NodeProto node) => node.Name.Length > 0
        ? $"node '{node.Name}' ({node.OpType})"
        : $"{node.OpType} node with output '{node.Output.FirstOrDefault() ?? ""}'";

    private static string[] Reads(NodeProto node)
    {
        IEnumerable<string> inputs = node.Input.Where(name => name.Length > 0);
        GraphProto[] bodies = [.. Bodies(node)];
        if (bodies.Length == 0)
        {
            return [.. inputs];
        }
        HashSet<string> captured = new(StringComparer.Ordinal);
        foreach (GraphProto body in bodies)
        {
            captured.UnionWith(FreeNames(body));
        }
        return [.. inputs, .. captured.Order(StringComparer.Ordinal)];
    }

    /// <summary>The bodies of a control flow operator.</summary>
    public static IEnumerable<GraphProto> Bodies(NodeProto node) =>
        node.Attribute.SelectMany(attribute => attribute.G is null ? attribute.Graphs : attribute.Graphs.Prepend(attribute.G));

    // Names that a body reads and does not define. The parser bounds how deep bodies nest.
    private static HashSet<string> FreeNames(GraphProto body)
    {
        HashSet<string> free = new(StringComparer.Ordinal);
        foreach (NodeProto node in body.Node)
        {
            free.UnionWith(node.Input.Where(name => name.Length > 0));
            foreach (GraphProto inner in Bodies(node))
            {
                free.UnionWith(FreeNames(inner));
            }
        }
        free.UnionWith(body.Output.Select(output => output.Name));
        free.ExceptWith(body.Input.Select(input => input.Name));
        free.ExceptWith(body.Initializer.Select(initializer => initializer.Name));
        free.ExceptWith(body.Node.SelectMany(node => node.Output));
        return free;
    }

    private void CheckOutputs()
    {
        if (Graph.Output.Count == 0)
        {
            throw ModelErrors.Invalid("A model needs at least one output.");
        }
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (ValueInfoProto output in Graph.Output)
        {
            if (!seen.Add(output.Name))
            {
                throw ModelErrors.Invalid($"Graph outputs must have distinct names. Output '{output.Name}'.");
            }
            RequireDefined(output.Name, $"graph output '{output.Name}'");
        }
    }

    // Depth-first search with an explicit stack, for a hostile chain may be longer than any thread's stack.
    private List<int> EvaluationOrder()
    {
        List<int> order = [];
        var state = new VisitState[Graph.Node.Count];
        Stack<int> stack = new();
        foreach (ValueInfoProto output in Graph.Output)
        {
            Push(output.Name);
            while (stack.TryPeek(out int index))
            {
                NodeProto node = Graph.Node[index];
                switch (state[index])
                {
                    case VisitState.New:
                        state[index] = VisitState.Open;
                        foreach (string input in InputsOf(index))
                        {
                            RequireDefined(input, Where(node));
                            Push(input);
                        }
                        break;
                    case VisitState.Open:
                        stack.Pop();
                        state[index] = VisitState.Done;
                        order.Add(index);
                        break;
                    default:
                        stack.Pop();
                        break;
                }
            }
        }
        return order;

        void Push(string name)
        {
            if (!_producers.TryGetValue(name, out int producer))
            {
                return;
            }
            if (state[producer] == VisitState.Open)
            {
                throw ModelErrors.Invalid($"The graph has a cycle. {Where(Graph.Node[producer])} depends on its own output '{name}'.");
            }
            if (state[producer] == VisitState.New)
            {
                stack.Push(producer);
            }
        }
    }

    private void RequireDefined(string name, string user)
    {
        if (!_producers.ContainsKey(name) && !_inputs.ContainsKey(name) && !_initializers.ContainsKey(name))
        {
            IEnumerable<string> defined = _inputs.Keys.Concat(_initializers.Keys).Concat(_producers.Keys);
            throw ModelErrors.Invalid($"A value is used but never defined. Value '{name}', {user}.{NearestName.Hint(name, defined.Take(1000))}");
        }
    }

    private enum VisitState : byte
    {
        New,
        Open,
        Done,
    }
}
