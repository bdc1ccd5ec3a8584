using System.Collections.Immutable;
using InferF.Plan.Model;
using Proto = InferF.Plan.Proto;

namespace InferF.Optimizer.Lowering;

/// <summary>Writes one operator of a model as its plan message. The enumerations of both sides have the same names in the same meaning.</summary>
/// <param name="tensor">Index of a constant in the plan.</param>
internal sealed class OperatorWriter(Func<ConstantTensor, uint> tensor)
{
    /// <summary>Sets the kind of <paramref name="value"/>.</summary>
    /// <param name="value">The plan's value: node, type and width are set.</param>
    /// <param name="template">The operator.</param>
    /// <param name="arguments">Indices of its arguments in the plan.</param>
    public void Write(Proto.Value value, TensorExpr template, ImmutableArray<uint> arguments)
    {
        uint argument = arguments.IsEmpty ? 0 : arguments[0];
        switch (template)
        {
            case ConstantExpr constant:
                value.Constant = new Proto.Constant { Tensor = tensor(constant.Tensor) };
                break;
            case SelectColumnsExpr select:
                value.SelectColumns = new Proto.SelectColumns { Value = argument, Indices = tensor(select.Indices) };
                break;
            case UnaryExpr unary:
                value.Unary = new Proto.Unary { Function = Named<Proto.UnaryFunction>(unary.Function), Value = argument, Alpha = unary.Alpha, Beta = unary.Beta };
                break;
            case BinaryExpr binary:
                value.Binary = new Proto.Binary
                {
                    Function = Named<Proto.BinaryFunction>(binary.Function), Left = argument, Right = arguments[1], IsUnsigned = binary.IsUnsigned,
                };
                break;
            case ConstantBinaryExpr binary:
                value.ConstantBinary = new Proto.ConstantBinary
                {
                    Function = Named<Proto.BinaryFunction>(binary.Function),
                    Value = argument,
                    Constant = tensor(binary.Constant),
                    ConstantOnLeft = binary.ConstantOnLeft,
                    IsUnsigned = binary.IsUnsigned,
                };
                break;
            case WhereExpr:
                value.Where = new Proto.Where { Condition = argument, Left = arguments[1], Right = arguments[2] };
                break;
            case CastExpr cast:
                value.Cast = Cast(cast, argument);
                break;
            case SoftmaxExpr softmax:
                value.Softmax = new Proto.Softmax { Value = argument, Length = softmax.Length == softmax.Width ? 0 : (uint)softmax.Length, Function = Named<Proto.SoftmaxFunction>(softmax.Function) };
                break;
            case ImputeExpr impute:
                value.Impute = new Proto.Impute { Value = argument, Imputed = tensor(impute.Imputed) };
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
                value.OneHot = new Proto.OneHot { Value = argument, Categories = tensor(oneHot.Categories), UnknownIsError = oneHot.UnknownIsError };
                break;
            case NormalizeExpr normalize:
                value.Normalize = new Proto.Normalize { Value = argument, Norm = Named<Proto.Norm>(normalize.Norm) };
                break;
            case SelectLabelExpr select:
                value.SelectLabel = new Proto.SelectLabel
                {
                    Scores = argument, Labels = tensor(select.Labels), Binary = select.Threshold is not null, Threshold = select.Threshold ?? 0,
                };
                break;
            case ReduceExpr reduce:
                value.Reduce = new Proto.Reduce
                {
                    Function = Named<Proto.ReduceFunction>(reduce.Function),
                    Value = argument,
                    Length = (uint)reduce.Length,
                    Inner = (uint)reduce.Inner,
                    SelectLast = reduce.SelectLast,
                };
                break;
            case TopKExpr topK:
                value.TopK = new Proto.TopK
                {
                    Value = argument,
                    Length = (uint)topK.Length,
                    Count = (uint)topK.Count,
                    Smallest = !topK.Largest,
                    Positions = topK.Positions,
                    IsUnsigned = topK.IsUnsigned,
                };
                break;
            case MatrixProductExpr product:
                value.MatrixProduct = new Proto.MatrixProduct
                {
                    Left = argument,
                    Right = arguments[1],
                    Batch = (uint)product.Batch,
                    Rows = (uint)product.Rows,
                    Inner = (uint)product.Inner,
                    Columns = (uint)product.Columns,
                };
                break;
            case DistanceExpr distance:
                value.Distance = new Proto.Distance
                {
                    Value = argument,
                    Points = tensor(distance.Points),
                    Column = (uint)distance.FirstColumn,
                    Metric = Named<Proto.DistanceMetric>(distance.Metric),
                };
                break;
            case LabelEncodeExpr encode:
                value.LabelEncode = new Proto.LabelEncode
                {
                    Value = argument, Keys = tensor(encode.Keys), Values = tensor(encode.Values), DefaultValue = tensor(encode.DefaultValue),
                };
                break;
            case EmbeddingExpr embedding:
                value.Embedding = new Proto.Embedding { Value = argument, Table = tensor(embedding.Table) };
                break;
            case OnnxRunExpr run:
                value.OnnxRun = Run(run.Submodel, arguments);
                break;
            case OnnxOutputExpr output:
                value.OnnxOutput = new Proto.OnnxOutput { Run = argument, Output = (uint)output.Output };
                break;
            default:
                throw new InferFException(InferFErrorCode.Internal, $"A model operator has no plan message. Got '{template.GetType().Name}'.");
        }
    }

    /// <summary>The plan's name of an element type.</summary>
    public static Proto.ElementType Type(ElementType type) => Named<Proto.ElementType>(type);

    private static Proto.Cast Cast(CastExpr cast, uint argument) => new()
    {
        Value = argument,
        IntegerBits = (uint)cast.IntegerBits,
        IntegerUnsigned = cast.IntegerUnsigned,
        Boolean = cast.Boolean,
        ArgumentUnsigned = cast.ArgumentUnsigned,
        FloatFormat = Named<Proto.FloatFormat>(cast.FloatFormat),
        Saturate = cast.Saturate,
        ScaleRounding = Named<Proto.ScaleRounding>(cast.ScaleRounding),
    };

    private Proto.OnnxRun Run(OnnxSubmodel submodel, ImmutableArray<uint> arguments)
    {
        Proto.OnnxRun run = new() { Model = tensor(submodel.Model), Batched = submodel.IsBatched };
        for (int i = 0; i < arguments.Length; i++)
        {
            Proto.OnnxRunInput input = new() { Value = arguments[i], Name = submodel.Inputs[i].Name };
            input.Dims.AddRange(submodel.Inputs[i].Dims.Select(dim => (uint)dim));
            run.Inputs.Add(input);
        }
        foreach (OnnxSubmodelOutput output in submodel.Outputs)
        {
            Proto.OnnxRunOutput written = new() { Name = output.Name, Type = Type(output.Type), Offset = (uint)output.Offset };
            written.Dims.AddRange(output.Dims.Select(dim => (uint)dim));
            run.Outputs.Add(written);
        }
        return run;
    }

    private static T Named<T>(Enum value)
        where T : struct, Enum => NameMap<T>.Of(value);

    private static class NameMap<T>
        where T : struct, Enum
    {
        private static readonly Dictionary<string, T> s_byName = Enum.GetValues<T>().ToDictionary(member => member.ToString(), StringComparer.OrdinalIgnoreCase);

        public static T Of(Enum value) => s_byName.TryGetValue(value.ToString(), out T member)
            ? member
            : throw new InferFException(InferFErrorCode.Internal, $"{typeof(T).Name} of the plan has no member {value}.");
    }
}
