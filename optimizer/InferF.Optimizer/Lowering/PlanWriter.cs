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

    private PlanWriter(BoundQuery query, RelationalPlan relations, PlacedQuery placed) => (_query, _relations, _placed) = (query, relations, placed);

    /// <summary>Writes the fragment and lists its tensors in order.</summary>
    public static (Proto.PlanFragment Fragment, ImmutableArray<ConstantTensor> Tensors) Write(BoundQuery query, RelationalPlan relations, PlacedQuery placed)
    {
        PlanWriter writer = new(query, relations, placed);
        writer.WriteTables();
        writer.WriteNodes();
        writer._fragment.Values.AddRange(placed.Values.Select(writer.Write));
        writer._fragment.Outputs.AddRange(query.Outputs.Select(writer.Write));
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
            _fragment.Tensors.Add(new Proto.Tensor { Name = tensor.Name, Type = Type(tensor.Type), Rows = (uint)tensor.Rows, Columns = (uint)tensor.Columns });
        }
        return index;
    }

    private Proto.Value Write(PlacedValue placed)
    {
        Proto.Value value = new()
        {
            Node = (uint)placed.Node,
            Type = Type(placed.Source.Type),
            Width = (uint)placed.Width,
            Label = ValueLabels.LabelOf(placed, _query),
        };
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
                Write(value, apply.Template, placed.Arguments);
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

    private void Write(Proto.Value value, TensorExpr template, ImmutableArray<PlacedValue> arguments)
    {
        uint argument = (uint)arguments[0].Index;
        switch (template)
        {
            case UnaryExpr unary:
                value.Unary = new Proto.Unary { Function = Function(unary.Function), Value = argument, Alpha = unary.Alpha };
                break;
            case BinaryExpr binary:
                value.Binary = new Proto.Binary { Function = Function(binary.Function), Left = argument, Right = (uint)arguments[1].Index };
                break;
            case ConstantBinaryExpr binary:
                value.ConstantBinary = new Proto.ConstantBinary
                {
                    Function = Function(binary.Function), Value = argument, Constant = Tensor(binary.Constant), ConstantOnLeft = binary.ConstantOnLeft,
                };
                break;
            case CastExpr cast:
                value.Cast = new Proto.Cast
                {
                    Value = argument, IntegerBits = (uint)cast.IntegerBits, IntegerUnsigned = cast.IntegerUnsigned, Boolean = cast.Boolean,
                };
                break;
            case SoftmaxExpr:
                value.Softmax = new Proto.Softmax { Value = argument };
                break;
            case ImputeExpr impute:
                value.Impute = new Proto.Impute { Value = argument, Imputed = Tensor(impute.Imputed) };
                if (impute.Type == ElementType.Int64)
                {
                    value.Impute.ReplacedInt = (long)impute.Replaced;
                }
                else
                {
                    value.Impute.ReplacedFloat = impute.Replaced;
                }
                break;
            case OneHotExpr oneHot:
                value.OneHot = new Proto.OneHot { Value = argument, Categories = Tensor(oneHot.Categories), UnknownIsError = oneHot.UnknownIsError };
                break;
            case NormalizeExpr normalize:
                value.Normalize = new Proto.Normalize { Value = argument, Norm = Function(normalize.Norm) };
                break;
            case SelectLabelExpr select:
                value.SelectLabel = new Proto.SelectLabel
                {
                    Scores = argument, Labels = Tensor(select.Labels), Binary = select.Threshold is not null, Threshold = select.Threshold ?? 0,
                };
                break;
            default:
                throw new InferFException(InferFErrorCode.Internal, $"A model operator has no plan message. Got '{template.GetType().Name}'.");
        }
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
                column.Struct.Fields.AddRange(model.Outputs.Select((output, i) =>
                    new Proto.OutputColumn { Name = output.Name, Value = (uint)_placed.Outputs[source.Prediction][i].Index }));
                break;
            default:
                throw new InferFException(InferFErrorCode.Internal, $"Unknown output. Got '{item.Source.GetType().Name}'.");
        }
        return column;
    }

    private static Proto.ElementType Type(ElementType type) => type switch
    {
        ElementType.Float32 => Proto.ElementType.Float32,
        ElementType.Float64 => Proto.ElementType.Float64,
        ElementType.Int64 => Proto.ElementType.Int64,
        _ => Proto.ElementType.String,
    };

    private static Proto.UnaryFunction Function(UnaryFunction function) => function switch
    {
        UnaryFunction.Relu => Proto.UnaryFunction.Relu,
        UnaryFunction.LeakyRelu => Proto.UnaryFunction.LeakyRelu,
        UnaryFunction.Sigmoid => Proto.UnaryFunction.Sigmoid,
        UnaryFunction.Tanh => Proto.UnaryFunction.Tanh,
        UnaryFunction.Probit => Proto.UnaryFunction.Probit,
        _ => Proto.UnaryFunction.SoftmaxZero,
    };

    private static Proto.BinaryFunction Function(BinaryFunction function) => function switch
    {
        BinaryFunction.Add => Proto.BinaryFunction.Add,
        BinaryFunction.Subtract => Proto.BinaryFunction.Subtract,
        BinaryFunction.Multiply => Proto.BinaryFunction.Multiply,
        _ => Proto.BinaryFunction.Divide,
    };

    private static Proto.Norm Function(Norm norm) => norm switch
    {
        Norm.Max => Proto.Norm.Max,
        Norm.L1 => Proto.Norm.L1,
        _ => Proto.Norm.L2,
    };
}
