using InferF.Optimizer.Analysis;
using InferF.Plan.Model;

namespace InferF.Optimizer.Cost;

/// <summary>What an operator that is no sum costs per row, its arguments being at hand.</summary>
internal static class OperatorCost
{
    /// <summary>An exponential costs about as much as this many multiply-adds.</summary>
    public const double TranscendentalFlops = 10;

    // A look-up in a hash table of keys.
    private const double LookUpFlops = 20;

    // What calling ONNX Runtime costs beside the arithmetic: once per row, or shared by the rows of a chunk.
    private const double SecondsPerRun = 10e-6;
    private const double RowsPerRun = 256;

    // Bytes of a weight, and how often a weight of a convolution is used per row.
    private const double BytesPerWeight = 4;
    private const double UsesPerWeight = 16;

    /// <summary>Floating-point operations and modelled seconds of one row.</summary>
    public static (double Flops, double Seconds) PerRow(TensorExpr template, MachineConstants machine)
    {
        switch (template)
        {
            case MatrixProductExpr product:
                double multiplications = 2.0 * product.Batch * product.Rows * product.Inner * product.Columns;
                return (multiplications, multiplications * machine.SecondsPerFlop);
            case DistanceExpr distance:
                double differences = 3.0 * distance.Width * distance.Arguments[0].Width;
                return (differences, differences * machine.SecondsPerFlop);
            case EmbeddingExpr embedding:
                double bytes = (double)embedding.Width * ModelValue.ElementBytes(embedding.Type);
                double tableBytes = (double)embedding.Table.Data.Length * ModelValue.ElementBytes(embedding.Type);
                return (0, bytes * machine.Gather(tableBytes));
            case OnnxRunExpr run:
                double flops = 2 * run.Submodel.Model.Columns / BytesPerWeight * UsesPerWeight;
                return (flops, flops * machine.SecondsPerFlop + SecondsPerRun / (run.Submodel.IsBatched ? RowsPerRun : 1));
            default:
                double perRow = Elements(template) * PerElement(template);
                return (perRow, Math.Max(perRow, template.Width) * machine.SecondsPerElement);
        }
    }

    private static double Elements(TensorExpr template) => template is ReduceExpr or TopKExpr or SelectLabelExpr ? template.Arguments[0].Width : template.Width;

    private static double PerElement(TensorExpr template) => template switch
    {
        ConstantExpr or SelectColumnsExpr or OnnxOutputExpr => 0,
        UnaryExpr unary => unary.Function is UnaryFunction.Relu or UnaryFunction.LeakyRelu or UnaryFunction.Abs or UnaryFunction.Negate or UnaryFunction.Not
            or UnaryFunction.Floor or UnaryFunction.Ceil or UnaryFunction.Round or UnaryFunction.Sqrt or UnaryFunction.Reciprocal ? 1 : TranscendentalFlops,
        BinaryExpr { Function: BinaryFunction.Power } or ConstantBinaryExpr { Function: BinaryFunction.Power } => 2 * TranscendentalFlops,
        SoftmaxExpr { Function: not SoftmaxFunction.Hardmax } or ReduceExpr { Function: ReduceFunction.LogSumExp } => TranscendentalFlops,
        NormalizeExpr => 3,
        LabelEncodeExpr => LookUpFlops,
        TopKExpr topK => 1 + Math.Log2(topK.Count + 1),
        _ => 1,
    };
}
