using InferF.Plan.Model;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Tests;

/// <summary>What of a model splits by table, before any query is known.</summary>
public sealed class ModelCoverageTests
{
    [Fact]
    public void LinearLayersSplitAndWhatFollowsThemDoesNot()
    {
        InputExpr x = new(0, ElementType.Float32, 4);
        LinearExpr layer = new(x, ConstantTensor.Create("W", 4, 2, new float[8]), null) { Origin = "Gemm 'one'" };
        SoftmaxExpr softmax = new(layer) { Origin = "Softmax 'two'" };
        ModelGraph model = new("m", [new ModelInput("x", ElementType.Float32, 4, "float")], [new ModelOutput("y", softmax)]);

        OperatorCoverage[] coverage = [.. ModelCoverage.Of(model)];

        Assert.Equal([("Gemm 'one'", true), ("Softmax 'two'", false)], coverage.Select(entry => (entry.Operator, entry.Pushable)));
    }

    [Fact]
    public void TowersOverInputsOfTheirOwnAreLocal()
    {
        InputExpr user = new(0, ElementType.Float32, 1);
        InputExpr item = new(1, ElementType.Float32, 1);
        SoftmaxExpr tower = new(new LinearExpr(user, ConstantTensor.Create("W", 1, 3, new float[3]), null) { Origin = "Gemm" }) { Origin = "Softmax" };
        BinaryExpr both = new(BinaryFunction.Multiply, tower, item) { Origin = "Mul" };
        ModelGraph model = new(
            "m",
            [new ModelInput("u", ElementType.Float32, 1, "float"), new ModelInput("i", ElementType.Float32, 1, "float")],
            [new ModelOutput("y", both)]);

        Assert.Equal([("Gemm", true), ("Softmax", true), ("Mul", false)], ModelCoverage.Of(model).Select(entry => (entry.Operator, entry.Pushable)));
    }
}
