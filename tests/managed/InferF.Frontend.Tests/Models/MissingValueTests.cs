using InferF.Frontend.Models;
using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

public class MissingValueTests
{
    private const long N = OnnxBuilder.Open;

    [Fact]
    public void RearrangementMayComeBeforeTheImputer() => Assert.Equal([true, true], TakesMissing(Inputs()
        .Node("Reshape", ["a", "s"], ["r"]).Node("Concat", ["r", "b"], ["c"], ("axis", 1)).Node("Cast", ["c"], ["d"], ("to", 11))
        .Node("Cast", ["d"], ["f"], ("to", 1)).MlNode("Imputer", ["f"], ["i"], NaN).Node("Relu", ["i"], ["y"]).Output("y")));

    [Fact]
    public void OneUseWithoutAnImputerIsEnough() => Assert.Equal([true, false], TakesMissing(Inputs()
        .Node("Concat", ["a", "b"], ["c"], ("axis", 1)).MlNode("Imputer", ["c"], ["y"], NaN).Node("Relu", ["b"], ["z"]).Output("y").Output("z")));

    [Fact]
    public void ComputationBeforeTheImputerIsNoReplacement() => Assert.Equal([false, true], TakesMissing(Inputs()
        .Node("Relu", ["a"], ["r"]).Node("Concat", ["r", "b"], ["c"], ("axis", 1)).MlNode("Imputer", ["c"], ["y"], NaN).Output("y")));

    [Fact]
    public void AnUnusedInputStaysAndTakesMissingValues() => Assert.Equal([true, false], TakesMissing(Inputs().Node("Relu", ["b"], ["y"]).Output("y")));

    private static (string, object)[] NaN => [("imputed_value_floats", new[] { 1f }), ("replaced_value_float", float.NaN)];

    private static OnnxBuilder Inputs() => new OnnxBuilder().Input("a", "float", N, 2).Input("b", "float", N, 1).Initializer("s", [0L, 2L], 2);

    private static IEnumerable<bool> TakesMissing(OnnxBuilder builder)
    {
        ModelGraph graph = OnnxModelReader.Read(builder.Build(), "model", null);
        Assert.Equal(["a", "b"], graph.Inputs.Select(input => input.Name));
        return graph.Inputs.Select(input => input.TakesMissing);
    }
}
