using InferF.Frontend.Models.Onnx.Operators;

namespace InferF.Frontend.Models.Onnx;

/// <summary>A parsed model file: its graph, operator sets, rules and given constants, the same for every attempt to import it.</summary>
internal sealed class ImportFile
{
    /// <summary>The domain of an operator that names none.</summary>
    public const string DefaultDomain = "ai.onnx";

    private readonly Dictionary<string, long> _opsets = new(StringComparer.Ordinal);
    private readonly HashSet<(string Domain, string Name)> _functions;
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly string? _directory;

    public ImportFile(ModelProto model, string? directory, ModelOptions options)
    {
        (Model, _directory) = (model, directory);
        foreach (OperatorSetIdProto opset in model.OpsetImport)
        {
            if (!_opsets.TryAdd(Canonical(opset.Domain), opset.Version))
            {
                throw ModelErrors.Invalid($"An operator set is imported twice. Domain {Canonical(opset.Domain)}.");
            }
        }
        if (_opsets.Count == 0)
        {
            throw ModelErrors.Invalid("The model imports no operator set.");
        }
        Index = new GraphIndex(model.Graph);
        _functions = [.. model.Functions.Select(function => (Canonical(function.Domain), function.Name))];
        foreach (NodeProto node in model.Graph.Node)
        {
            _names[node.Name] = _names.GetValueOrDefault(node.Name) + 1;
        }
        GivenConstants.RequireInputs(options, Index.Inputs);
        Given = Index.Inputs.Where(input => options.Constants.ContainsKey(input.Name))
            .ToDictionary(input => input.Name, input => GivenConstants.Of(input, options.Constants[input.Name]), StringComparer.Ordinal);
    }

    public ModelProto Model { get; }

    public GraphIndex Index { get; }

    /// <summary>Inputs that are the same for every row.</summary>
    public IReadOnlyDictionary<string, OnnxTensor> Given { get; }

    /// <summary>The operator sets the file imports.</summary>
    public IReadOnlyDictionary<string, long> Opsets => _opsets;

    /// <summary>A decoder that counts the memory of one attempt.</summary>
    public TensorDecoder NewDecoder() => new(new ExternalData(_directory));

    public string DomainOf(NodeProto node) => Canonical(node.Domain);

    /// <summary>Version of a node's operator set, or 0 if the file imports none.</summary>
    public int OpsetOf(NodeProto node) => (int)Math.Clamp(_opsets.GetValueOrDefault(DomainOf(node)), 0, int.MaxValue);

    /// <summary>How nodes of an operator become expressions, or null if there is no rule.</summary>
    public OperatorImport? FindRule(NodeProto node) =>
        _functions.Contains((DomainOf(node), node.OpType)) ? null : OperatorTable.Find(DomainOf(node), node.OpType);

    public bool HasRule(NodeProto node) => FindRule(node) is not null;

    /// <summary>Names a node for expressions and reports; unique in the graph.</summary>
    public string OriginOf(int index)
    {
        if (index < 0)
        {
            return "";
        }
        NodeProto node = Model.Graph.Node[index];
        return node.Name.Length > 0 && _names[node.Name] == 1 ? $"{node.OpType} '{node.Name}'" : $"{node.OpType} #{index}";
    }

    /// <summary>Why no node of this operator can be run, or null.</summary>
    public string? UnsupportedAsSuch(NodeProto node)
    {
        string domain = DomainOf(node);
        if (!_opsets.TryGetValue(domain, out long version))
        {
            return HasRule(node) ? throw ModelErrors.Invalid($"The model does not import the operator set of a node. {GraphIndex.Where(node)}, domain {domain}.") : "";
        }
        (int minimum, int maximum) = domain == DefaultDomain ? (1, 28) : (1, 5);
        return domain is not (DefaultDomain or "ai.onnx.ml") || (version >= minimum && version <= maximum)
            ? null
            : $"opsets {minimum} to {maximum} of {domain} are supported";
    }

    private static string Canonical(string domain) => domain.Length == 0 ? DefaultDomain : domain;
}
