using System.Collections.Immutable;
using Google.Protobuf;
using InferF.Plan.Model;
using AttributeType = InferF.Frontend.Models.Onnx.AttributeProto.Types.AttributeType;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>
/// Class probabilities of an SVMClassifier from its pair scores. ONNX Runtime iterates until an error falls below a tolerance, so the result is that of its iteration
/// and of nothing else: it is run by ONNX Runtime, as an SVMClassifier over the pair scores, whose kernel and machines only pass them on. The kernel values, which cost
/// the most, stay outside and are shared between rows.
/// </summary>
internal static class SvmProbability
{
    private const string Input = "pair_scores";
    private const string Output = "probabilities";

    /// <summary>The probabilities, after the node's post-transform.</summary>
    /// <param name="context">The SVMClassifier.</param>
    /// <param name="scores">One score per pair of classes, float.</param>
    /// <param name="classes">Number of classes.</param>
    public static OnnxOutputExpr Of(OperatorContext context, TensorExpr scores, int classes)
    {
        int pairs = scores.Width;
        float[] probA = context.Attributes.Floats("prob_a");
        float[] probB = context.Attributes.Floats("prob_b");
        if (probA.Length != probB.Length || probA.Length < pairs)
        {
            throw context.Invalid($"prob_a and prob_b must have {pairs} elements each, found {probA.Length} and {probB.Length}");
        }
        context.CheckedWidth((long)pairs * pairs);
        var node = new NodeProto { OpType = "SVMClassifier", Domain = "ai.onnx.ml", Name = Output };
        node.Input.Add(Input);
        node.Output.Add(["label", Output]);

        // Class i owns a support vector for each pair (i, j): the unit vector that the linear kernel reads the pair's score with.
        float[] identity = new float[pairs * pairs];
        float[] coefficients = new float[(classes - 1) * pairs];
        int pair = 0;
        for (int i = 0; i < classes; i++)
        {
            for (int j = i + 1; j < classes; j++, pair++)
            {
                identity[(pair * pairs) + pair] = 1;
                coefficients[((j - 1) * pairs) + pair] = 1;
            }
        }
        AddFloats(node, "coefficients", coefficients);
        AddFloats(node, "support_vectors", identity);
        AddFloats(node, "rho", new float[pairs]);
        AddFloats(node, "kernel_params", [0, 0, 0]);
        AddFloats(node, "prob_a", probA[..pairs]);
        AddFloats(node, "prob_b", probB[..pairs]);
        AddIntegers(node, "vectors_per_class", [.. Enumerable.Range(0, classes).Select(i => classes - 1L - i)]);
        AddIntegers(node, "classlabels_ints", [.. Enumerable.Range(0, classes).Select(i => (long)i)]);
        AddText(node, "kernel_type", "LINEAR");
        AddText(node, "post_transform", context.Attributes.Text("post_transform", "NONE"));
        _ = ScoreTransforms.Read(context);

        var model = new ModelProto { IrVersion = 8, ProducerName = "InferF", Graph = new GraphProto { Name = "svm_probabilities" } };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = 1 });
        model.Graph.Node.Add(node);
        model.Graph.Input.Add(Value(Input, pairs));
        model.Graph.Output.Add(Value(Output, classes));
        var submodel = new OnnxSubmodel(
            ConstantTensor.Create(context.ParameterName("probabilities"), model.ToByteArray()),
            [new OnnxSubmodelInput(Input, ElementType.Float32, [pairs])],
            [(Output, ElementType.Float32, [classes])],
            isBatched: true);
        return new OnnxOutputExpr(new OnnxRunExpr(submodel, [scores]) { Origin = context.Origin }, 0) { Origin = context.Origin };
    }

    private static ValueInfoProto Value(string name, int width)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "rows" });
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = width });
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)OnnxType.Float.Code, Shape = shape } },
        };
    }

    private static void AddFloats(NodeProto node, string name, float[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Floats };
        attribute.Floats.AddRange(values);
        node.Attribute.Add(attribute);
    }

    private static void AddIntegers(NodeProto node, string name, long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Ints };
        attribute.Ints.AddRange(values);
        node.Attribute.Add(attribute);
    }

    private static void AddText(NodeProto node, string name, string text) =>
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeType.String, S = ByteString.CopyFromUtf8(text) });
}
