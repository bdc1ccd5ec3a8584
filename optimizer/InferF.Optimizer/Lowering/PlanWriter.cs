using System.Collections.Immutable;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Placement;
using InferF.Plan;
using InferF.Plan.Model;
using InferF.Plan.Query;
using Proto = InferF.Plan.Proto;

namespace InferF.Optimizer.Lowering;

/// <summary>Writes a placed query as the message the engine executes.</summary>
internal sealed class PlanWriter
{
    private readonly BoundQuery _query;
    private readonly RelationalPlan _relations;
    private readonly PlacedQuery _placed;
    private readonly Proto.PlanFragment _fragment = new() { SchemaVersion = PlanSchema.Version };
    private readonly ImmutableArray<ConstantTensor>.Builder _tensors = ImmutableArray.CreateBuilder<ConstantTensor>();
    private readonly Dictionary<ConstantTensor, uint> _tensorIndex = new(ReferenceEqualityComparer.Instance);
    private readonly TreeWriter _trees;

    private PlanWriter(BoundQuery query, RelationalPlan relations, PlacedQuery placed)
    {
        (_query, _relations, _placed) = (query, relations, placed);
        _trees = new TreeWriter(_fragment, Tensor);
    }

    /// <summary>Writes the fragment and lists its tensors in order.</summary>
    /// <param name="query">The query.</param>
    /// <param name="relations">Its join tree.</param>
    /// <param name="placed">Its values.</param>
    /// <param name="lazyNodes">Build-side nodes whose stored values are computed when they are first referred to.</param>
    public static (Proto.PlanFragment Fragment, ImmutableArray<ConstantTensor> Tensors) Write(
        BoundQuery query, RelationalPlan relations, PlacedQuery placed, ImmutableArray<int> lazyNodes = default)
    {
        PlanWriter writer = new(query, relations, placed);
        writer.WriteTables();
        writer.WriteNodes();
        writer._fragment.Values.AddRange(placed.Values.Select(writer.Write));
        writer._fragment.Outputs.AddRange(query.Outputs.Select(writer.Write));
        if (!lazyNodes.IsDefaultOrEmpty)
        {
            writer._fragment.LazyNodes.AddRange(lazyNodes.Select(node => (uint)node));
        }
        return (writer._fragment, writer._tensors.ToImmutable());
    }

    private void WriteTables()
    {
        for (int table = 0; table < _query.Tables.Length; table++)
        {
            Proto.Table written = new() { Name = _query.Tables[table].Alias, Streamed = table == _relations.StreamedTable };
            written.Columns.AddRange(_query.Tables[table].Columns.Select(column => column.Name));
            _fragment.Tables.Add(written);
        }
    }

    private void WriteNodes()
    {
        for (int node = 0; node < _relations.Count; node++)
        {
            IReadOnlyList<int> inputs = _relations.Inputs(node);
            _fragment.Nodes.Add(_relations[node] switch
            {
                ScanTree scan => new Proto.RelationalNode { Scan = new Proto.ScanNode { Table = (uint)scan.Table } },
                FilterTree filter => Filter(inputs[0], filter.Predicate),
                HashJoinTree join => Join(join, inputs),
                _ => throw new InferFException(InferFErrorCode.Internal, "Unknown relational node."),
            });
        }
        _fragment.NullCheckNode = (uint)_relations.Root;
        if (_query.PredictionFilter is ScalarExpr predicate)
        {
            _fragment.Nodes.Add(Filter(_relations.Root, predicate));
        }
    }

    private Proto.RelationalNode Filter(int input, ScalarExpr predicate) =>
        new() { Filter = new Proto.FilterNode { Input = (uint)input, Predicate = ScalarWriter.Write(predicate, _placed) } };

    private static Proto.RelationalNode Join(HashJoinTree join, IReadOnlyList<int> inputs)
    {
        Proto.HashJoinNode written = new()
        {
            Type = join.Type == JoinType.Left ? Proto.JoinType.Left : Proto.JoinType.Inner,
            Probe = (uint)inputs[0],
            Build = (uint)inputs[1],
        };
        written.Keys.AddRange(join.Keys.Select(key => new Proto.JoinKey { Probe = ScalarWriter.Write(key.Probe), Build = ScalarWriter.Write(key.Build) }));
        return new Proto.RelationalNode { HashJoin = written };
    }

    private uint Tensor(ConstantTensor tensor)
    {
        if (!_tensorIndex.TryGetValue(tensor, out uint index))
        {
            index = (uint)_tensors.Count;
            _tensorIndex.Add(tensor, index);
            _tensors.Add(tensor);
            _fragment.Tensors.Add(new Proto.Tensor { Name = tensor.Name, Type = OperatorWriter.Type(tensor.Type), Rows = (uint)tensor.Rows, Columns = (uint)tensor.Columns });
        }
        return index;
    }

    private Proto.Value Write(PlacedValue placed)
    {
        Proto.Value value = new()
        {
            Node = (uint)placed.Node,
            Type = placed.IsNarrow ? Proto.ElementType.Float16 : OperatorWriter.Type(placed.Type),
            Width = (uint)placed.Width,
            Label = ValueLabels.LabelOf(placed, _query),
        };
        if (placed.Tree is PlacedTree tree)
        {
            _trees.Write(value, tree, placed.Arguments);
            return value;
        }
        if (placed.IsNarrow)
        {
            value.Narrow = new Proto.Narrow { Value = (uint)placed.Arguments[0].Index };
            return value;
        }
        switch (placed.Source.Operation)
        {
            case SumOperation:
                value.Sum = Write(placed.Sum!);
                break;
            case LoadOperation load:
                value.LoadColumns = new Proto.LoadColumns { NullPolicy = load.Nulls, NullConstant = load.NullConstant };
                value.LoadColumns.Columns.AddRange(load.Features.Select(feature => ScalarWriter.Write(feature.Column)));
                break;
            case ConcatOperation:
                value.Concat = new Proto.Concat();
                value.Concat.Values.AddRange(placed.Arguments.Select(argument => (uint)argument.Index));
                break;
            case SliceOperation slice:
                value.Slice = new Proto.Slice { Value = (uint)placed.Arguments[0].Index, Start = (uint)slice.Start };
                break;
            case ApplyOperation apply:
                new OperatorWriter(Tensor).Write(value, apply.Template, [.. placed.Arguments.Select(argument => (uint)argument.Index)]);
                break;
        }
        return value;
    }

    private Proto.Sum Write(PlacedSum sum)
    {
        Proto.Sum written = new() { Activation = sum.Activation, Alpha = sum.Alpha };
        if (sum.Bias is ConstantTensor bias)
        {
            written.Bias = Tensor(bias);
        }
        foreach (PlacedTerm term in sum.Terms)
        {
            Proto.Term writtenTerm = new() { Value = (uint)term.Value.Index, WeightRow = (uint)term.WeightRow };
            if (term.Weight is ConstantTensor weight)
            {
                writtenTerm.Weight = Tensor(weight);
            }
            written.Terms.Add(writtenTerm);
        }
        return written;
    }

    private Proto.OutputColumn Write(OutputItem item)
    {
        Proto.OutputColumn column = new() { Name = item.Name };
        switch (item.Source)
        {
            case ColumnOutput source:
                column.Column = ScalarWriter.Write(source.Column);
                break;
            case PredictionOutput source:
                column.Value = (uint)_placed.Outputs[source.Prediction][source.Output].Index;
                break;
            case ScalarOutput source:
                column.Scalar = ScalarWriter.Write(source.Expression, _placed);
                break;
            case PredictionStructOutput source:
                column.Struct = new Proto.StructOutput();
                ModelGraph model = _query.Predictions[source.Prediction].Model;
                column.Struct.Fields.AddRange(model.Columns.Select(field =>
                    new Proto.OutputColumn { Name = field.Name, Value = FieldValue(_placed.Outputs[source.Prediction][field.Output], field.Element) }));
                break;
            default:
                throw new InferFException(InferFErrorCode.Internal, $"Unknown output. Got '{item.Source.GetType().Name}'.");
        }
        return column;
    }

    // A field of a struct is a whole value: one class of a ZipMap is sliced out of its output.
    private uint FieldValue(PlacedValue output, int? element)
    {
        if (element is not int start || output.Width == 1)
        {
            return (uint)output.Index;
        }
        _fragment.Values.Add(new Proto.Value
        {
            Node = (uint)output.Node,
            Type = OperatorWriter.Type(output.Type),
            Width = 1,
            Slice = new Proto.Slice { Value = (uint)output.Index, Start = (uint)start },
            Label = ValueLabels.LabelOf(output, _query),
        });
        return (uint)_fragment.Values.Count - 1;
    }
}
