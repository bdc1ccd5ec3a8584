using InferF.Frontend.Models;
using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

public class ModelCheckTests
{
    private const long N = OnnxBuilder.Open;

    [Fact]
    public void EverySupportedNodeIsListed()
    {
        ModelCheck check = OnnxModelReader.Inspect(OnnxModels.Mlp(["a", "b"], [4], "Tanh", seed: 1), null);
        Assert.True(check.IsSupported);
        Assert.Equal("InferF.Testing", check.Producer);
        Assert.Equal([new ModelValueCheck("a", "float", "[N, 1]"), new ModelValueCheck("b", "float", "[N, 1]")], check.Inputs.AsEnumerable());
        Assert.Equal([new ModelValueCheck("y", "float", "[N, 1]")], check.Outputs.AsEnumerable());
        Assert.Equal([new ModelOpset("ai.onnx", 17), new ModelOpset("ai.onnx.ml", 3)], check.Opsets.AsEnumerable());
        Assert.Equal(["Concat", "Gemm", "Tanh", "Gemm"], check.Nodes.Select(node => node.Operator));
        Assert.All(check.Nodes, node => Assert.True(node is { IsSupported: true, Reason: "" }));
    }

    [Fact]
    public void UnsupportedNodesCarryTheirReason()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", "float", N, 3).Node("Bernoulli", ["x"], ["e"]).Node("Relu", ["e"], ["r"])
            .Node("Softmax", ["x"], ["s"], ("axis", 0)).Node("Custom", "com.example", ["r"], ["y"]).Node("Gelu", ["x"], ["dead"]).Output("y").Output("s");
        ModelCheck check = OnnxModelReader.Inspect(builder.Build(), null);
        Assert.False(check.IsSupported);
        Assert.Equal([false, true, false, false, true], check.Nodes.Select(node => node.IsSupported));
        Assert.Contains("depends on something unsupported", check.Nodes[1].Reason, StringComparison.Ordinal);
        Assert.Contains("axis 0", check.Nodes[2].Reason, StringComparison.Ordinal);
        Assert.Contains("no output needs it", check.Nodes[4].Reason, StringComparison.Ordinal);
        Assert.Equal(3, check.Problems.Length);

        // The exception lists all of them, the first one of the file first.
        InferFException error = Assert.Throws<InferFException>(() => OnnxModelReader.Read(builder.Build(), "m", null));
        Assert.Equal(string.Join(' ', check.Problems), error.Message);
        Assert.StartsWith("Unsupported operator Bernoulli (node 'e', domain ai.onnx, opset 17): its result is random.", error.Message, StringComparison.Ordinal);
        Assert.Contains("Unsupported operator Custom (node 'y', domain com.example, opset 0).", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DeadNodesDoNotMatter() => ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).Node("Relu", ["x"], ["y"])
        .Node("Identity", ["x"], ["unused"]).Output("y"));

    [Fact]
    public void WhatReadsAZipMapIsAClearError() => RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 3)
        .MlNode("ZipMap", ["x"], ["z"], ("classlabels_int64s", new[] { 1L, 2L, 3L })).Node("SequenceLength", ["z"], ["y"]).Output("y", "int64"),
        "SequenceLength", "maps of 3 classes");

    [Fact]
    public void UnusedInputsStay()
    {
        ModelGraph graph = OnnxModelReader.Read(new OnnxBuilder().Input("x", "float", N, 3).Input("spare", "int32", N, 2, 2).Node("Relu", ["x"], ["y"]).Output("y").Build(), "m", null);
        ModelInput spare = graph.Inputs[1];
        Assert.Equal(("spare", ElementType.Int64, 4, "int32"), (spare.Name, spare.Type, spare.Width, spare.FileType));
        Assert.Equal([2L, 2L], spare.TrailingShape.AsEnumerable());
    }
}
