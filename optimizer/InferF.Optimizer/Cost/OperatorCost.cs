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

    // Products inside ONNX Runtime are taken for ones of this width.
    private const double WidthOfRun = 128;

    /// <summary>Floating-point operations and modelled seconds of one row.</summary>
    public static (double Flops, double Seconds) PerRow(TensorExpr template, MachineConstants machine)
    {
        switch (template)
        {
            case MatrixProductExpr product:
                double multiplications = 2.0 * product.Batch * product.Rows * product.Inner * product.Columns;
                return (multiplications, multiplications * machine.SecondsPerFlop(product.Inner, product.Columns));
            case DistanceExpr distance:
                double differences = 3.0 * distance.Width * distance.Arguments[0].Width;
                return (differences, differences * machine.SecondsPerFlop(distance.Arguments[0].Width, distance.Width));
            case EmbeddingExpr embedding:
                double bytes = (double)embedding.Width * ModelValue.ElementBytes(embedding.Type);
                double tableBytes = (double)embedding.Table.Data.Length * ModelValue.ElementBytes(embedding.Type);
                return (0, machine.GatherSeconds(tableBytes, bytes) + embedding.Width * machine.SecondsPerElement);
            case OnnxRunExpr run:
                double flops = 2 * run.Submodel.Model.Columns / BytesPerWeight * UsesPerWeight;
                return (flops, flops * machine.SecondsPerFlop(WidthOfRun, WidthOfRun) + SecondsPerRun / (run.Submodel.IsBatched ? RowsPerRun : 1));
            default:
                double elements = Elements(template);
                (double perElement, double transcendentals) = PerElement(template);
                double seconds = Math.Max(elements * perElement, template.Width) * machine.SecondsPerElement + elements * transcendentals * machine.SecondsPerTranscendental;
                return (elements * (perElement + transcendentals * TranscendentalFlops), seconds);
        }
    }

    private static double Elements(TensorExpr template) => template is ReduceExpr or TopKExpr or SelectLabelExpr ? template.Arguments[0].Width : template.Width;

    // Simple operations and transcendental functions per element.
    private static (double Simple, double Transcendental) PerElement(TensorExpr template) => template switch
    {
        ConstantExpr or SelectColumnsExpr or OnnxOutputExpr => (0, 0),
        UnaryExpr unary => unary.Function is UnaryFunction.Relu or UnaryFunction.LeakyRelu or UnaryFunction.Abs or UnaryFunction.Negate or UnaryFunction.Not
            or UnaryFunction.Floor or UnaryFunction.Ceil or UnaryFunction.Round or UnaryFunction.Sqrt or UnaryFunction.Reciprocal ? (1, 0) : (0, 1),
        BinaryExpr { Function: BinaryFunction.Power } or ConstantBinaryExpr { Function: BinaryFunction.Power } => (0, 2),
        SoftmaxExpr { Function: not SoftmaxFunction.Hardmax } or ReduceExpr { Function: ReduceFunction.LogSumExp } => (3, 1),
        NormalizeExpr => (3, 0),
        LabelEncodeExpr => (LookUpFlops, 0),
        TopKExpr topK => (1 + Math.Log2(topK.Count + 1), 0),
        _ => (1, 0),
    };
}
