using System.Collections.Immutable;
using InferF.Frontend.Models.Onnx.Operators;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx;

/// <summary>
/// Imports one graph in one layout of rows: evaluates its nodes symbolically, in dependency order, from inputs to outputs. What has no rule is
/// looked at by ONNX Runtime; then, in a second pass, such nodes are joined to residuals. What nothing runs is collected, so that one
/// attempt reports all of it; what contradicts the format is thrown at once.
/// </summary>
internal sealed class GraphImporter
{
    private readonly ImportFile _file;
    private readonly GraphIndex _index;
    private readonly RowLayout _layout;
    private readonly ImportSession _session;
    private readonly ResidualProbe _residuals;
    private readonly Dictionary<string, OnnxValue> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, InputSet> _sources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _depths = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unavailable = new(StringComparer.Ordinal);
    private readonly SortedList<(int Node, int Number), string> _problems = [];
    private readonly SortedSet<string> _wanted = new(StringComparer.Ordinal);
    private readonly List<string> _inputNames = [];
    private readonly HashSet<int> _scoresRowByRow = [];
    private readonly NodeFate[] _fates;
    private readonly string[] _reasons;

    public GraphImporter(ImportFile file, RowLayout layout)
    {
        (_file, _index, _layout) = (file, file.Index, layout);
        _session = new ImportSession(file.NewDecoder(), layout);
        _session.UsedNames.UnionWith(_index.Order.SelectMany(_index.InputsOf));
        _session.UsedNames.UnionWith(_index.Graph.Output.Select(output => output.Name));
        _residuals = new ResidualProbe(file, layout);
        _fates = new NodeFate[_index.Graph.Node.Count];
        _reasons = [.. Enumerable.Repeat("", _fates.Length)];
    }

    /// <summary>Why the model cannot be run, in file order; complete after <see cref="Import"/>.</summary>
    public IReadOnlyList<string> Problems => [.. _problems.Values];

    /// <summary>Inputs that have to be given as constants; complete after <see cref="Import"/>.</summary>
    public IReadOnlyCollection<string> WantedConstants => _wanted;

    /// <summary>What has become of each node, and why or how; complete after <see cref="Import"/>.</summary>
    public (NodeFate Fate, string Reason) FateOf(int node) => (_fates[node], _reasons[node]);

    /// <summary>Imports the graph, or returns null if there are <see cref="Problems"/>.</summary>
    public ModelGraph? Import(string name)
    {
        ImmutableArray<ModelInput> inputs = ImportInputs();
        foreach (int i in _index.Order)
        {
            ImportNode(i);
        }
        if (_problems.Count == 0 && _fates.Contains(NodeFate.Residual))
        {
            ImportResiduals();
        }
        ImmutableArray<ModelOutput> outputs = ImportOutputs(out ImmutableArray<ModelEmptyOutput> empty);
        if (_problems.Count > 0)
        {
            return null;
        }
        HashSet<int> replaced = MissingValues.InputsThatReplaceThem(outputs, inputs.Length);
        inputs = [.. inputs.Select((input, i) => input with { TakesMissing = replaced.Contains(i) })];
        return new ModelGraph(name, inputs, outputs)
        {
            ConstantInputs = [.. _index.Inputs.Where(input => ConstantOf(input.Name) is not null).Select(input => Constant(input.Name, ConstantOf(input.Name)!))],
            EmptyOutputs = empty,
        };

        static ModelConstantInput Constant(string name, OnnxTensor tensor) => new(name, tensor.Type.Name, tensor.Dims, tensor.Data);
    }

    // The value of an input that is the same for every row: given, or without any element in the whole layout.
    private OnnxTensor? ConstantOf(string input) => _file.Given.TryGetValue(input, out OnnxTensor? given) ? given
        : _values.GetValueOrDefault(input) is ConstantValue { Tensor: var empty } ? empty : null;

    private ImmutableArray<ModelInput> ImportInputs()
    {
        var inference = new WidthInference(_index, ConstantDims);
        ImmutableArray<ModelInput>.Builder inputs = ImmutableArray.CreateBuilder<ModelInput>();
        foreach (ValueInfoProto proto in _index.Inputs)
        {
            if (_file.Given.TryGetValue(proto.Name, out OnnxTensor? given))
            {
                _values.Add(proto.Name, new ConstantValue(given));
                continue;
            }
            try
            {
                if (MapInput.Is(proto))
                {
                    AddMapInput(proto, inputs);
                    continue;
                }
                DeclaredInput declared = DeclaredInput.Of(proto);
                if (!_layout.HasBatch && declared.Dims.Contains(0))
                {
                    _values.Add(proto.Name, new ConstantValue(OnnxTensor.Empty(proto.Name, declared.Type, declared.Dims)));
                    continue;
                }
                ImmutableArray<int> shape = _layout.HasBatch ? RowShape(declared, inference) : declared.Dims;
                int width = shape.Aggregate(1, (product, dim) => checked(product * dim));
                if (width > ModelLimits.MaxWidth)
                {
                    throw ModelErrors.Invalid($"A graph input has too many elements per row: at most {ModelLimits.MaxWidth} are possible. Input '{proto.Name}', {width} elements.");
                }
                var expression = new InputExpr(inputs.Count, declared.Type.Element, width);
                _values.Add(proto.Name, new RowValue(expression, shape, declared.Type, _layout.HasBatch));
                _sources.Add(proto.Name, InputSet.Of(inputs.Count));
                _inputNames.Add(proto.Name);
                inputs.Add(new ModelInput(proto.Name, declared.Type.Element, width, declared.Type.Name)
                {
                    TrailingShape = [.. shape.Select(dim => (long)dim)],
                    HasBatchDimension = _layout.HasBatch,
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

    // A map is one per row: each word that the model knows becomes an input of its own.
    private void AddMapInput(ValueInfoProto proto, ImmutableArray<ModelInput>.Builder inputs)
    {
        OnnxType type = MapInput.ValueType(proto);
        ImmutableDictionary<string, RowValue>.Builder words = ImmutableDictionary.CreateBuilder<string, RowValue>(StringComparer.Ordinal);
        InputSet sources = InputSet.Empty;
        foreach (string word in MapInput.Words(_index, proto.Name))
        {
            words.Add(word, new RowValue(new InputExpr(inputs.Count, type.Element, 1), [1], type));
            sources = sources.Union(InputSet.Of(inputs.Count));
            _inputNames.Add(word);
            inputs.Add(new ModelInput(word, type.Element, 1, type.Name) { TrailingShape = [1], MapName = proto.Name });
        }
        _values.Add(proto.Name, new MapValue(words.ToImmutable(), type));
        _sources.Add(proto.Name, sources);
    }

    private static ImmutableArray<int> RowShape(DeclaredInput declared, WidthInference inference)
    {
        ImmutableArray<int> shape = declared.RowShape;
        if (!shape.Contains(-1))
        {
            return shape;
        }
        if (shape.Length == 1 && inference.Find(declared.Name) is { } width && width <= ModelLimits.MaxWidth)
        {
            return [width];
        }
        string found = declared.HasShape ? $"declares the shape {ShapeText.OfRows(shape)} with -1 for open dimensions" : "declares no shape";
        throw ModelErrors.Unsupported(
            $"The number of features of an input is unknown: it {found}, and no constant it meets first tells the number. Input '{declared.Name}'.");
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
        NodeProto node = _index.Graph.Node[index];
        if (node.Output.Count == 0)
        {
            throw ModelErrors.Invalid($"A node has no output. {GraphIndex.Where(node)}.");
        }
        if (_file.UnsupportedAsSuch(node) is { } reason)
        {
            Reject(index, reason, isOperator: true);
            return;
        }
        if (_index.InputsOf(index).Any(_unavailable.Contains))
        {
            _unavailable.UnionWith(node.Output);
            (_fates[index], _reasons[index]) = (NodeFate.Native, "not examined further: it depends on something unsupported");
            return;
        }
        try
        {
            RequireDepth(node, index);
            InputSet sources = _index.InputsOf(index).Aggregate(InputSet.Empty, (all, name) => all.Union(_sources.GetValueOrDefault(name, InputSet.Empty)));
            ImmutableArray<OnnxValue?> outputs = _index.InputsOf(index).All(name => ValueOf(name) is ConstantValue)
                ? Fold(index)
                : RuleOrResidual(index);
            Define(node, outputs, sources);
            _fates[index] = _fates[index] == NodeFate.Unused ? NodeFate.Native : _fates[index];
        }
        catch (UnsupportedNodeException e)
        {
            if (e.Refusal == Refusal.NeedsConstant)
            {
                Want(index, e);
            }
            Reject(index, e.Message, isOperator: e.Refusal == Refusal.Final && !_file.HasRule(node));
        }
        catch (InferFException e) when (e.Code == InferFErrorCode.UnsupportedModel)
        {
            Reject(index, e.Message.TrimEnd('.'), isOperator: false);
        }
    }

    private void Define(NodeProto node, ImmutableArray<OnnxValue?> outputs, InputSet sources)
    {
        for (int i = 0; i < node.Output.Count; i++)
        {
            if (node.Output[i].Length > 0 && i < outputs.Length && outputs[i] is { } value)
            {
                _values[node.Output[i]] = value;
                _sources[node.Output[i]] = value is ConstantValue ? InputSet.Empty : sources;
            }
        }
    }

    // A node that reads only constants: by its rule, if that gives constants, otherwise by ONNX Runtime. Where one row holds whole tensors, a
    // constant may also be computed again for every row.
    private ImmutableArray<OnnxValue?> Fold(int index)
    {
        NodeProto node = _index.Graph.Node[index];
        _fates[index] = NodeFate.Folded;
        bool hasRule = false;
        if (_file.FindRule(node) is { } rule)
        {
            try
            {
                ImmutableArray<OnnxValue?> outputs = Apply(rule, index, promotesConstants: false);
                if (!outputs.Any(output => output is RowValue))
                {
                    return outputs;
                }
            }
            catch (UnsupportedNodeException e) when (e.Refusal is Refusal.NoRule or Refusal.MixesRows)
            {
                // ONNX Runtime may compute it.
            }
            hasRule = true;
        }
        try
        {
            Dictionary<string, OnnxTensor> inputs = _index.InputsOf(index).Distinct().ToDictionary(name => name, name => ((ConstantValue)ValueOf(name)).Tensor, StringComparer.Ordinal);
            return ConstantFolding.Compute(_file.Model, node, inputs, _session.Decoder);
        }
        catch (UnsupportedNodeException) when (hasRule && !_layout.HasBatch)
        {
            _fates[index] = NodeFate.Native;
            return Apply(_file.FindRule(node)!, index, promotesConstants: true);
        }
    }

    private ImmutableArray<OnnxValue?> RuleOrResidual(int index)
    {
        NodeProto node = _index.Graph.Node[index];
        string? refusal = null;
        if (_file.FindRule(node) is { } rule)
        {
            // Rules of other domains are for rows, and they refuse what ONNX Runtime leaves undefined or does not survive.
            bool isGeneral = _file.DomainOf(node) == ImportFile.DefaultDomain;
            if (!isGeneral && !_layout.HasBatch)
            {
                throw OperatorContext.Unsupported("it needs a batch dimension", Refusal.Final);
            }
            try
            {
                return Apply(rule, index, promotesConstants: true);
            }
            catch (UnsupportedNodeException e) when (isGeneral && e.Refusal == Refusal.NoRule)
            {
                refusal = e.Message;
            }
        }
        try
        {
            (ImmutableArray<OnnxValue?> values, bool isBatched) = _residuals.Outputs(index, ValueOf, _session.UsedNames.Contains);
            if (!isBatched)
            {
                _scoresRowByRow.Add(index);
            }
            (_fates[index], _reasons[index]) = (NodeFate.Residual, refusal ?? $"InferF has no rule for {node.OpType}");
            return values;
        }
        catch (UnsupportedNodeException e) when (refusal is not null)
        {
            throw new UnsupportedNodeException($"{refusal}; {e.Message}", e.Refusal) { Input = e.Input };
        }
    }

    private ImmutableArray<OnnxValue?> Apply(OperatorImport rule, int index, bool promotesConstants)
    {
        NodeProto node = _index.Graph.Node[index];
        ImmutableArray<OnnxValue?> inputs = [.. node.Input.Select(name => name.Length == 0 ? null : ValueOf(name))];
        var context = new OperatorContext(_session, node, _file.OpsetOf(node), inputs, _file.OriginOf(index)) { PromotesConstants = promotesConstants };
        ImmutableArray<OnnxValue?> outputs = rule(context);
        for (int i = 0; i < node.Output.Count; i++)
        {
            if ((i >= outputs.Length || outputs[i] is null) && context.IsUsed(i))
            {
                throw OperatorContext.Unsupported($"output {i} ('{node.Output[i]}') is used");
            }
        }
        return outputs;
    }

    // The second pass: residual nodes are joined, and the expressions of all others are made again over the joined ones.
    private void ImportResiduals()
    {
        HashSet<int> residual = [.. Enumerable.Range(0, _fates.Length).Where(i => _fates[i] == NodeFate.Residual)];
        Dictionary<string, OnnxValue> shapes = new(_values, StringComparer.Ordinal);
        try
        {
            var groups = new ResidualGroups(_index, residual, i => _fates[i] == NodeFate.Native, name => _sources.GetValueOrDefault(name, InputSet.Empty));
            ImportGroups(groups, shapes);
            foreach (int node in groups.Joined)
            {
                (_fates[node], _reasons[node]) = (NodeFate.Residual, "between operators that ONNX Runtime runs");
            }
        }
        catch (UnsupportedNodeException)
        {
            // ONNX Runtime has no kernel for a node that joined; alone it has run every other one.
            foreach ((string name, OnnxValue value) in shapes)
            {
                _values[name] = value;
            }
            try
            {
                ImportGroups(ResidualGroups.Single(_index), shapes);
            }
            catch (UnsupportedNodeException e)
            {
                AddProblem(int.MaxValue, $"Unsupported model: {e.Message}.");
            }
        }
    }

    private void ImportGroups(ResidualGroups groups, Dictionary<string, OnnxValue> shapes)
    {
        foreach (ImmutableArray<int> unit in groups.Order())
        {
            if (unit is [var single] && _fates[single] is not NodeFate.Residual && !groups.Joined.Contains(single))
            {
                if (_fates[single] == NodeFate.Native)
                {
                    ImmutableArray<OnnxValue?> outputs = Apply(_file.FindRule(_index.Graph.Node[single])!, single, promotesConstants: true);
                    Define(_index.Graph.Node[single], outputs, InputSet.Empty);
                }
                continue;
            }
            bool isBatched = !unit.Any(_scoresRowByRow.Contains) && (_layout.BatchSize == 0 || unit.All(i => ResidualRules.KeepsRowsApart(_index.Graph.Node[i])));
            Residual joined = _residuals.Join(unit, isBatched, ValueOf, shapes, groups.ReadOutside(unit));
            foreach ((string output, OnnxValue value) in joined.Outputs)
            {
                _values[output] = value;
            }
        }
    }

    private void Want(int index, UnsupportedNodeException refusal)
    {
        NodeProto node = _index.Graph.Node[index];
        string name = refusal.Input >= 0 && refusal.Input < node.Input.Count ? node.Input[refusal.Input] : "";
        foreach (int input in _sources.GetValueOrDefault(name, InputSet.Empty).Indices)
        {
            _wanted.Add(_inputNames[input]);
        }
    }

    private void Reject(int index, string reason, bool isOperator)
    {
        NodeProto node = _index.Graph.Node[index];
        string where = $"(node '{node.Name}', domain {_file.DomainOf(node)}, opset {_file.OpsetOf(node)})";
        AddProblem(index, isOperator && reason.Length == 0
            ? $"Unsupported operator {node.OpType} {where}."
            : $"Unsupported {(isOperator ? "" : "use of ")}operator {node.OpType} {where}: {reason}.");
        (_fates[index], _reasons[index]) = (NodeFate.Unsupported, reason.Length > 0 ? reason : "InferF has no such operator");
        _unavailable.UnionWith(node.Output);
    }

    private OnnxValue ValueOf(string name)
    {
        if (_values.TryGetValue(name, out OnnxValue? value))
        {
            return value;
        }
        TensorProto initializer = _index.FindInitializer(name)
            ?? throw OperatorContext.Unsupported($"the value '{name}', which it reads, is not computed", Refusal.Final);
        value = new ConstantValue(_session.Decoder.Decode(initializer, $"Initializer '{name}'"));
        _values.Add(name, value);
        return value;
    }

    private void RequireDepth(NodeProto node, int index)
    {
        int depth = 1 + _index.InputsOf(index).Select(name => _depths.GetValueOrDefault(name)).DefaultIfEmpty().Max();
        if (depth > ModelLimits.MaxDepth)
        {
            throw OperatorContext.Unsupported($"it ends a chain of more than {ModelLimits.MaxDepth} operators", Refusal.Final);
        }
        foreach (string output in node.Output)
        {
            _depths[output] = depth;
        }
    }

    private ImmutableArray<ModelOutput> ImportOutputs(out ImmutableArray<ModelEmptyOutput> empty)
    {
        ImmutableArray<ModelOutput>.Builder outputs = ImmutableArray.CreateBuilder<ModelOutput>();
        ImmutableArray<ModelEmptyOutput>.Builder empties = ImmutableArray.CreateBuilder<ModelEmptyOutput>();
        foreach (string name in _index.Graph.Output.Select(output => output.Name).Where(name => !_unavailable.Contains(name)))
        {
            switch (ValueOf(name))
            {
                case RowValue row:
                    outputs.Add(new ModelOutput(name, row.Expression) { Shape = row.Shape, FileType = row.Type.Name, HasBatchDimension = row.HasBatch });
                    break;
                case ZippedRows { Rows: var scores } zipped:
                    outputs.Add(new ModelOutput(name, scores.Expression) { Shape = scores.Shape, FileType = scores.Type.Name, ClassNames = zipped.Names });
                    break;
                case ConstantValue { Tensor: { Count: > 0 } tensor }:
                    var constant = new ConstantExpr(_session.Share(tensor, 1, tensor.Count, transposed: false)) { Origin = _file.OriginOf(_index.ProducerOf(name)) };
                    outputs.Add(new ModelOutput(name, constant) { Shape = tensor.Dims, FileType = tensor.Type.Name, HasBatchDimension = false });
                    break;
                case ConstantValue { Tensor: var nothing }:
                    empties.Add(new ModelEmptyOutput(name, nothing.Type.Name, nothing.Dims));
                    break;
                case var other:
                    AddProblem(int.MaxValue, $"Unsupported output that is computed from the number of rows. Output '{name}': {other}.");
                    break;
            }
        }
        empty = empties.ToImmutable();
        return outputs.ToImmutable();
    }

    private void AddProblem(int node, string text) => _problems.Add((node, _problems.Count), text);
}
