using System.Collections.Immutable;
using InferF.Frontend.Models.Onnx.Operators;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx;

/// <summary>
/// Imports one graph: evaluates its nodes symbolically, in dependency order, from inputs to outputs. What InferF does not run is collected,
/// so that one attempt reports all of it; what contradicts the format is thrown at once.
/// </summary>
internal sealed class GraphImporter
{
    private const string DefaultDomain = "ai.onnx";

    private readonly ModelProto _model;
    private readonly GraphIndex _index;
    private readonly ImportSession _session;
    private readonly Dictionary<string, long> _opsets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxValue> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _depths = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unavailable = new(StringComparer.Ordinal);
    private readonly ModelNodeCheck?[] _checks;
    private readonly SortedList<(int Node, int Number), string> _problems = [];

    public GraphImporter(ModelProto model, string? directory)
    {
        _model = model;
        foreach (OperatorSetIdProto opset in model.OpsetImport)
        {
            if (!_opsets.TryAdd(DomainOf(opset.Domain), opset.Version))
            {
                throw ModelErrors.Invalid($"An operator set is imported twice. Domain {DomainOf(opset.Domain)}.");
            }
        }
        if (_opsets.Count == 0)
        {
            throw ModelErrors.Invalid("The model imports no operator set.");
        }
        _index = new GraphIndex(model.Graph);
        _session = new ImportSession(new TensorDecoder(new ExternalData(directory)));
        _checks = new ModelNodeCheck?[model.Graph.Node.Count];
    }

    /// <summary>Why the model cannot be run, in file order; complete after <see cref="Import"/>.</summary>
    public IReadOnlyList<string> Problems => [.. _problems.Values];

    /// <summary>Imports the graph, or returns null if there are <see cref="Problems"/>.</summary>
    public ModelGraph? Import(string name)
    {
        foreach (int i in _index.Order)
        {
            _session.UsedNames.UnionWith(_model.Graph.Node[i].Input);
        }
        _session.UsedNames.UnionWith(_model.Graph.Output.Select(output => output.Name));

        ImmutableArray<ModelInput> inputs = ImportInputs();
        foreach (int i in _index.Order)
        {
            ImportNode(i);
        }
        ImmutableArray<ModelOutput> outputs = ImportOutputs();
        if (_problems.Count > 0)
        {
            return null;
        }
        HashSet<int> replaced = MissingValues.InputsThatReplaceThem(outputs, inputs.Length);
        inputs = [.. inputs.Select((input, i) => input with { TakesMissing = replaced.Contains(i) })];
        return new ModelGraph(name, inputs, outputs);
    }

    /// <summary>Reports on the model after <see cref="Import"/>.</summary>
    public ModelCheck Describe()
    {
        GraphProto graph = _model.Graph;
        return new ModelCheck(
            $"{_model.ProducerName} {_model.ProducerVersion}".Trim(),
            [.. _index.Inputs.Select(Describe)],
            [.. graph.Output.Select(Describe)],
            [.. _opsets.Select(opset => new ModelOpset(opset.Key, opset.Value))],
            [.. graph.Node.Select((node, i) => _checks[i] ?? Check(node, isSupported: true, "no output needs it"))],
            [.. _problems.Values]);

        static ModelValueCheck Describe(ValueInfoProto value) =>
            new(value.Name, DeclaredInput.TypeName(value.Type), DeclaredInput.ShapeOf(value.Type));
    }

    private ImmutableArray<ModelInput> ImportInputs()
    {
        var inference = new WidthInference(_index, ConstantDims);
        ImmutableArray<ModelInput>.Builder inputs = ImmutableArray.CreateBuilder<ModelInput>();
        foreach (ValueInfoProto proto in _index.Inputs)
        {
            try
            {
                DeclaredInput declared = WithKnownWidth(DeclaredInput.Of(proto), inference);
                var expression = new InputExpr(inputs.Count, declared.Type.Element, declared.Width);
                _values.Add(proto.Name, new RowValue(expression, declared.Shape, declared.Type));
                _session.FixedBatch |= declared.FixedBatch;
                inputs.Add(new ModelInput(proto.Name, declared.Type.Element, declared.Width, declared.Type.Name)
                {
                    TrailingShape = [.. declared.Shape.Select(dim => (long)dim)],
                });
            }
            catch (InferFException e) when (e.Code == InferFErrorCode.UnsupportedModel)
            {
                AddProblem(-1, e.Message);
                _unavailable.Add(proto.Name);
            }
        }
        return inputs.ToImmutable();
    }

    private static DeclaredInput WithKnownWidth(DeclaredInput declared, WidthInference inference)
    {
        if (declared.Width > 0)
        {
            return declared;
        }
        if (declared.Shape.Length == 1 && inference.Find(declared.Name) is { } width && width <= ModelLimits.MaxWidth)
        {
            return declared with { Shape = [width] };
        }
        string shape = declared.HasShape ? $"declares the shape {ShapeText.OfRows(declared.Shape)} with -1 for open dimensions" : "declares no shape";
        throw ModelErrors.Unsupported(
            $"The number of features of an input is unknown: it {shape}, and no constant it meets first tells the number. Input '{declared.Name}'.");
    }

    private ImmutableArray<int>? ConstantDims(string name)
    {
        if (_index.FindInitializer(name) is { } initializer)
        {
            return DimsOf(initializer);
        }
        return _index.FindProducer(name) is { OpType: "Constant" } constant
            && new NodeAttributes(constant, GraphIndex.Where(constant)).Tensor("value") is { } value
            ? DimsOf(value)
            : null;

        static ImmutableArray<int>? DimsOf(TensorProto proto) =>
            proto.Dims.All(dim => dim is >= 0 and <= int.MaxValue) ? [.. proto.Dims.Select(dim => (int)dim)] : null;
    }

    private void ImportNode(int index)
    {
        NodeProto node = _model.Graph.Node[index];
        string domain = DomainOf(node.Domain);
        if (UnsupportedAsSuch(node, domain) is { } reason)
        {
            Reject(index, reason, isOperator: true);
            return;
        }
        if (node.Output.Count == 0)
        {
            throw ModelErrors.Invalid($"A node has no output. {GraphIndex.Where(node)}.");
        }
        if (node.Input.Any(_unavailable.Contains))
        {
            _unavailable.UnionWith(node.Output);
            _checks[index] = Check(node, isSupported: true, "not examined further: it depends on something unsupported");
            return;
        }
        try
        {
            RequireDepth(node);
            ImmutableArray<OnnxValue?> inputs = [.. node.Input.Select(name => name.Length == 0 ? null : ValueOf(name))];
            var context = new OperatorContext(_session, node, (int)_opsets[domain], inputs);
            ImmutableArray<OnnxValue?> outputs = OperatorTable.Find(domain, node.OpType)!(context);
            for (int i = 0; i < node.Output.Count; i++)
            {
                OnnxValue? value = i < outputs.Length ? outputs[i] : null;
                if (value is not null)
                {
                    _values[node.Output[i]] = value;
                }
                else if (context.IsUsed(i))
                {
                    throw OperatorContext.Unsupported($"output {i} ('{node.Output[i]}') is used");
                }
            }
            _checks[index] = Check(node, isSupported: true, "");
        }
        catch (UnsupportedNodeException e)
        {
            Reject(index, e.Message, isOperator: false);
        }
        catch (InferFException e) when (e.Code == InferFErrorCode.UnsupportedModel)
        {
            Reject(index, e.Message.TrimEnd('.'), isOperator: false);
        }
    }

    // Why no node of this operator can be run, or null.
    private string? UnsupportedAsSuch(NodeProto node, string domain)
    {
        if (_model.Functions.Any(function => function.Name == node.OpType && DomainOf(function.Domain) == domain))
        {
            return "functions defined in the model are not supported";
        }
        if (OperatorTable.Find(domain, node.OpType) is null)
        {
            return "";
        }
        if (!_opsets.TryGetValue(domain, out long version))
        {
            throw ModelErrors.Invalid($"The model does not import the operator set of a node. {GraphIndex.Where(node)}, domain {domain}.");
        }
        (int minimum, int maximum) = domain == DefaultDomain ? (7, 25) : (1, 5);
        return version >= minimum && version <= maximum ? null : $"opsets {minimum} to {maximum} of {domain} are supported";
    }

    private void Reject(int index, string reason, bool isOperator)
    {
        NodeProto node = _model.Graph.Node[index];
        string domain = DomainOf(node.Domain);
        long opset = _opsets.GetValueOrDefault(domain);
        string where = $"(node '{node.Name}', domain {domain}, opset {opset})";
        AddProblem(index, isOperator && reason.Length == 0
            ? $"Unsupported operator {node.OpType} {where}."
            : $"Unsupported {(isOperator ? "" : "use of ")}operator {node.OpType} {where}: {reason}.");
        _checks[index] = Check(node, isSupported: false, reason.Length > 0 ? reason : "InferF has no such operator");
        _unavailable.UnionWith(node.Output);
    }

    private ModelNodeCheck Check(NodeProto node, bool isSupported, string reason)
    {
        string domain = DomainOf(node.Domain);
        return new ModelNodeCheck(node.Name, node.OpType, domain, _opsets.GetValueOrDefault(domain), isSupported, reason);
    }

    private OnnxValue ValueOf(string name)
    {
        if (_values.TryGetValue(name, out OnnxValue? value))
        {
            return value;
        }
        TensorProto initializer = _index.FindInitializer(name)
            ?? throw new InferFException(InferFErrorCode.Internal, $"A value has no definition. Value '{name}'.");
        value = new ConstantValue(_session.Decoder.Decode(initializer, $"Initializer '{name}'"));
        _values.Add(name, value);
        return value;
    }

    private void RequireDepth(NodeProto node)
    {
        int depth = 1 + node.Input.Select(name => _depths.GetValueOrDefault(name)).DefaultIfEmpty().Max();
        if (depth > ModelLimits.MaxDepth)
        {
            throw OperatorContext.Unsupported($"it ends a chain of more than {ModelLimits.MaxDepth} operators");
        }
        foreach (string output in node.Output)
        {
            _depths[output] = depth;
        }
    }

    private ImmutableArray<ModelOutput> ImportOutputs()
    {
        ImmutableArray<ModelOutput>.Builder outputs = ImmutableArray.CreateBuilder<ModelOutput>();
        foreach (string name in _model.Graph.Output.Select(output => output.Name).Where(name => !_unavailable.Contains(name)))
        {
            if (ValueOf(name) is RowValue row)
            {
                outputs.Add(new ModelOutput(name, row.Expression));
            }
            else
            {
                AddProblem(int.MaxValue, $"Unsupported output that does not depend on the model's inputs. Output '{name}'.");
            }
        }
        return outputs.ToImmutable();
    }

    private void AddProblem(int node, string text) => _problems.Add((node, _problems.Count), text);

    private static string DomainOf(string domain) => domain.Length == 0 ? DefaultDomain : domain;
}
