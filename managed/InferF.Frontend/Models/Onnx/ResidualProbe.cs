using System.Collections.Immutable;
using Google.Protobuf;
using InferF.Plan.Model;
using Microsoft.ML.OnnxRuntime;

namespace InferF.Frontend.Models.Onnx;

/// <summary>Nodes that became one submodel, and the values they give.</summary>
/// <param name="Outputs">By name in the graph.</param>
internal sealed record Residual(ImmutableArray<(string Name, OnnxValue Value)> Outputs);

/// <summary>Finds out what ONNX Runtime makes of nodes without a rule, and turns them into <see cref="OnnxRunExpr"/>.</summary>
internal sealed class ResidualProbe(ImportFile file, RowLayout layout)
{
    /// <summary>Types and shapes of what a node gives. The expressions are placeholders until residuals are joined.</summary>
    /// <param name="index">The node.</param>
    /// <param name="valueOf">The values it may read.</param>
    /// <param name="isUsed">Tells whether somebody reads a value.</param>
    /// <returns>The values, and whether rows may be scored together.</returns>
    /// <exception cref="UnsupportedNodeException">Nothing runs the node.</exception>
    public (ImmutableArray<OnnxValue?> Values, bool IsBatched) Outputs(int index, Func<string, OnnxValue> valueOf, Predicate<string> isUsed)
    {
        NodeProto node = file.Index.Graph.Node[index];
        if (ResidualRules.Refusal(node) is { } reason)
        {
            throw new UnsupportedNodeException(reason, Refusal.Final);
        }
        if (ResidualRules.GivesText(node))
        {
            throw new UnsupportedNodeException("its result is text", Refusal.Final);
        }
        foreach (int position in ResidualRules.DecidingInputs(node).Where(position => position < node.Input.Count && node.Input[position].Length > 0))
        {
            if (valueOf(node.Input[position]) is RowValue)
            {
                throw new UnsupportedNodeException($"input {position} decides the shape of the result, so it must be a constant", Refusal.NeedsConstant) { Input = position };
            }
        }
        bool isBatched = layout.HasBatch && KeepsRowsApart(node, index, valueOf);
        if (layout.BatchSize > 1 && !isBatched)
        {
            throw new UnsupportedNodeException($"whether {node.OpType} keeps rows apart is not known", Refusal.MixesRows);
        }
        SubmodelBuilder builder = Builder([index], isBatched, valueOf);
        string[] used = [.. node.Output.Where(name => name.Length > 0 && isUsed(name))];
        foreach (string name in used)
        {
            builder.AddRawOutput(name);
        }
        using OnnxProbe probe = OnnxProbe.Open(builder.Model);
        Dictionary<string, OnnxValue> values = new(StringComparer.Ordinal);
        Dictionary<string, OnnxType> types = new(StringComparer.Ordinal);
        List<string> unknown = [];
        foreach (string name in used)
        {
            (OnnxType type, int[]? dims) = probe.Output(name);
            if (type.Element == ElementType.String)
            {
                throw new UnsupportedNodeException($"its result '{name}' is text", Refusal.Final);
            }
            types.Add(name, type);
            int[]? declared = Declared(name);
            if (RowDims(declared, isBatched) is { } fixedDims)
            {
                values.Add(name, Value(name, type, fixedDims));
            }
            else if (!ResidualRules.ShapeDependsOnData(node) && RowDims(dims, isBatched) is { } inferred)
            {
                values.Add(name, Value(name, type, inferred));
            }
            else
            {
                unknown.Add(name);
            }
        }
        if (unknown.Count > 0)
        {
            if (ResidualRules.ShapeDependsOnData(node))
            {
                throw new UnsupportedNodeException($"the shape of its result '{unknown[0]}' depends on the data", Refusal.Final);
            }
            foreach ((string name, int[] dims) in Run(probe, builder, unknown, isBatched))
            {
                values.Add(name, Value(name, types[name], dims));
            }
        }
        return ([.. node.Output.Select(name => values.GetValueOrDefault(name))], isBatched);
    }

    /// <summary>Joins nodes to one submodel.</summary>
    /// <param name="nodes">The nodes, each after those it reads.</param>
    /// <param name="isBatched">Rows may be scored together.</param>
    /// <param name="valueOf">The values they read.</param>
    /// <param name="shapes">Types and shapes of the values they give, as <see cref="Outputs"/> or the nodes' rules found them.</param>
    /// <param name="outputs">Names of the values that others read.</param>
    /// <exception cref="UnsupportedNodeException">ONNX Runtime refuses the submodel.</exception>
    public Residual Join(
        ImmutableArray<int> nodes, bool isBatched, Func<string, OnnxValue> valueOf, IReadOnlyDictionary<string, OnnxValue> shapes, IEnumerable<string> outputs)
    {
        SubmodelBuilder builder = Builder(nodes, layout.HasBatch && isBatched, valueOf);
        RowValue[] results = [.. outputs.Select(name => (name, value: shapes[name] as RowValue)).Where(pair => pair.value is not null).Select(pair => pair.value!)];
        string[] names = [.. outputs.Where(name => shapes[name] is RowValue)];
        ImmutableArray<(string, ElementType, ImmutableArray<int>)> places =
        [
            .. names.Zip(results, (name, value) => (builder.AddOutput(name, value.Type), value.Type.Element, builder.RowDims(value))),
        ];
        byte[] bytes = builder.Model.ToByteArray();
        OnnxProbe.Open(builder.Model).Dispose();
        ConstantTensor model = ConstantTensor.Create(file.OriginOf(nodes[0]), bytes);
        ImmutableArray<OnnxSubmodelInput> inputs =
            [.. builder.Inputs.Select(input => new OnnxSubmodelInput(input.Name, input.Value.Type.Element, builder.RowDims(input.Value)))];
        string origin = string.Join(", ", nodes.Select(file.OriginOf));
        var run = new OnnxRunExpr(new OnnxSubmodel(model, inputs, places, layout.HasBatch && isBatched), [.. builder.Inputs.Select(input => input.Value.Expression)]) { Origin = origin };
        return new Residual([.. names.Select((name, i) => (name, (OnnxValue)(results[i] with { Expression = new OnnxOutputExpr(run, i) { Origin = origin } })))]);
    }

    private SubmodelBuilder Builder(IReadOnlyList<int> nodes, bool isBatched, Func<string, OnnxValue> valueOf)
    {
        var builder = new SubmodelBuilder(file.Model, layout, isBatched);
        HashSet<string> inside = [.. nodes.SelectMany(i => file.Index.Graph.Node[i].Output)];
        HashSet<string> added = new(StringComparer.Ordinal);
        foreach (string name in nodes.SelectMany(file.Index.InputsOf))
        {
            if (!inside.Contains(name) && added.Add(name))
            {
                builder.AddInput(name, valueOf(name));
            }
        }
        foreach (int i in nodes)
        {
            builder.AddNode(file.Index.Graph.Node[i]);
        }
        if (builder.Inputs.Count == 0)
        {
            throw new UnsupportedNodeException("it reads nothing that varies by row", Refusal.Final);
        }
        return builder;
    }

    private bool KeepsRowsApart(NodeProto node, int index, Func<string, OnnxValue> valueOf) =>
        ResidualRules.KeepsRowsApart(node) && valueOf(node.Input[0]) is RowValue && file.Index.InputsOf(index).Skip(1).All(name => valueOf(name) is ConstantValue);

    // Dimensions that the file declares for a value, all of them fixed but perhaps the first.
    private int[]? Declared(string name)
    {
        GraphProto graph = file.Index.Graph;
        ValueInfoProto? info = graph.Output.FirstOrDefault(value => value.Name == name) ?? graph.ValueInfo.FirstOrDefault(value => value.Name == name);
        return DeclaredInput.DimsOf(info?.Type) is { IsEmpty: false } dims ? [.. dims] : null;
    }

    // The dimensions of a row, or null while one is unknown.
    private int[]? RowDims(int[]? dims, bool isBatched)
    {
        if (dims is null || dims.Length == 0)
        {
            return null;
        }
        if (!layout.HasBatch)
        {
            return dims.All(dim => dim > 0) ? dims : null;
        }
        bool isRow = isBatched ? dims[0] == -1 || dims[0] == layout.BatchSize : dims[0] == 1;
        return isRow && dims.Skip(1).All(dim => dim > 0) ? dims[1..] : null;
    }

    private IEnumerable<(string Name, int[] Dims)> Run(OnnxProbe probe, SubmodelBuilder builder, List<string> names, bool isBatched)
    {
        Dictionary<string, OrtValue> inputs = builder.MadeUpInputs();
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> results = probe.Run(inputs, names);
            List<(string, int[])> found = [];
            foreach ((string name, OrtValue value) in names.Zip(results))
            {
                long[] dims = value.GetTensorTypeAndShape().Shape;
                if (layout.HasBatch && dims is not [1, ..])
                {
                    throw new UnsupportedNodeException($"the first dimension of its result '{name}' is not that of the rows", Refusal.MixesRows);
                }
                found.Add((name, [.. (layout.HasBatch ? dims[1..] : dims).Select(dim => (int)Math.Min(dim, int.MaxValue))]));
            }
            return found;
        }
        finally
        {
            foreach (OrtValue value in inputs.Values)
            {
                value.Dispose();
            }
        }
    }

    private RowValue Value(string name, OnnxType type, int[] dims)
    {
        long width = OnnxTensor.Product(dims.Select(dim => (long)dim));
        if (width is < 1 or > ModelLimits.MaxWidth)
        {
            throw new UnsupportedNodeException($"its result '{name}' has {width} elements per row; between 1 and {ModelLimits.MaxWidth} are possible", Refusal.Final);
        }
        return new RowValue(new InputExpr(-1, type.Element, (int)width), [.. dims], type, layout.HasBatch);
    }
}
