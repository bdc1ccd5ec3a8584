using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx;

/// <summary>Imports a model in the first layout of rows in which all of it can be run.</summary>
internal sealed class ModelImporter
{
    private readonly ImportFile _file;
    private readonly List<string> _problems = [];
    private GraphImporter? _attempt;

    public ModelImporter(ModelProto model, string? directory, ModelOptions options) => _file = new ImportFile(model, directory, options);

    /// <summary>Why the model cannot be run, in file order; complete after <see cref="Import"/>.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Imports the graph, or returns null if there are <see cref="Problems"/>.</summary>
    public ModelGraph? Import(string name)
    {
        List<DeclaredInput> inputs = [];
        bool hasMaps = false;
        foreach (ValueInfoProto input in _file.Index.Inputs.Where(input => !_file.Given.ContainsKey(input.Name)))
        {
            if (MapInput.Is(input))
            {
                hasMaps = true;
                continue;
            }
            try
            {
                inputs.Add(DeclaredInput.Of(input));
            }
            catch (InferFException e) when (e.Code == InferFErrorCode.UnsupportedModel)
            {
                // The attempt below reports it, together with what else is unsupported.
                inputs.Clear();
                break;
            }
        }
        InferFException? contradiction = null;
        foreach (RowLayout layout in RowLayout.Candidates(inputs, hasMaps, _file.Model.Graph.Output))
        {
            try
            {
                _attempt = new GraphImporter(_file, layout);
                _problems.Clear();
                if (_attempt.Import(name) is { } graph)
                {
                    return graph;
                }
                contradiction = null;
                _problems.AddRange(_attempt.Problems);
            }
            catch (InferFException e) when (layout.HasBatch && layout.BatchSize > 0 && e.Code == InferFErrorCode.InvalidModel)
            {
                // Read as rows the shapes contradict each other; read as whole tensors they may not.
                contradiction = e;
            }
        }
        if (contradiction is not null)
        {
            throw contradiction;
        }
        if (_attempt is null)
        {
            _problems.Add(
                "Unsupported shapes of inputs: the first dimension must count rows in all of them, with one symbolic or fixed size, or all shapes must be fixed. "
                + string.Join(", ", _file.Index.Inputs.Take(10).Select(input => $"Input '{input.Name}' {DeclaredInput.ShapeOf(input.Type)}")) + ".");
        }
        if (Wanted() is { Count: > 0 } wanted)
        {
            _problems.Add($"Give the value of {string.Join(" and ", wanted.Select(input => $"input '{input}'"))} as a constant when the model is loaded (ModelOptions.Constants, --constant).");
        }
        return null;
    }

    /// <summary>Reports on the model after <see cref="Import"/>.</summary>
    /// <param name="imported">What it returned.</param>
    public ModelCheck Describe(ModelGraph? imported)
    {
        GraphProto graph = _file.Model.Graph;
        return new ModelCheck(
            $"{_file.Model.ProducerName} {_file.Model.ProducerVersion}".Trim(),
            [.. _file.Index.Inputs.Select(DescribeValue)],
            [.. graph.Output.Select(DescribeValue)],
            [.. _file.Opsets.Select(opset => new ModelOpset(opset.Key, opset.Value))],
            [.. graph.Node.Select(DescribeNode)],
            [.. _problems])
        {
            WantedConstants = imported is null ? [.. Wanted()] : [],
            Parameters = graph.Initializer.Sum(tensor => Math.Max(0, OnnxTensor.Product(tensor.Dims))),
            Graph = imported,
        };

        static ModelValueCheck DescribeValue(ValueInfoProto value) =>
            new(value.Name, DeclaredInput.TypeName(value.Type), DeclaredInput.ShapeOf(value.Type));
    }

    // Inputs to give as constants: what the attempt asked for; without one, inputs that nodes read where shapes are decided.
    private IReadOnlyCollection<string> Wanted()
    {
        if (_attempt is not null)
        {
            return _attempt.WantedConstants;
        }
        HashSet<string> open = [.. _file.Index.Inputs.Select(input => input.Name).Where(name => !_file.Given.ContainsKey(name))];
        IEnumerable<string> deciding = _file.Index.Order.Select(i => _file.Model.Graph.Node[i])
            .SelectMany(node => ResidualRules.DecidingInputs(node).Where(position => position < node.Input.Count).Select(position => node.Input[position]));
        return [.. deciding.Where(open.Contains).Distinct().Order(StringComparer.Ordinal)];
    }

    private ModelNodeCheck DescribeNode(NodeProto node, int index)
    {
        (NodeFate fate, string reason) = _attempt?.FateOf(index) ?? (NodeFate.Unused, "");
        return new ModelNodeCheck(node.Name, node.OpType, _file.DomainOf(node), _file.OpsetOf(node), fate != NodeFate.Unsupported, fate switch
        {
            NodeFate.Unused => _attempt is null ? "" : "no output needs it",
            NodeFate.Folded => "computed when the model is loaded",
            _ => reason,
        })
        {
            Origin = _file.OriginOf(index),
            IsResidual = fate == NodeFate.Residual,
        };
    }
}
