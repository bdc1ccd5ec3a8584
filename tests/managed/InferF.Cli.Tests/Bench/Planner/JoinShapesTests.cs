using InferF.Cli.Bench.Planner;

namespace InferF.Cli.Tests.Bench.Planner;

/// <summary>The join graphs of generated workloads.</summary>
public sealed class JoinShapesTests
{
    public static TheoryData<int> Sizes => [2, 3, 4, 6, 8, 10, 20];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void EveryShapeIsATreeBelowTheFactTable(int tables)
    {
        foreach (IReadOnlyList<TableShape> shape in new[] { JoinShapes.Star(tables), JoinShapes.Chain(tables), JoinShapes.Bushy(tables) })
        {
            Assert.Equal(tables, shape.Count);
            Assert.Equal(tables, shape.Select(table => table.Name).Distinct().Count());
            Assert.Null(shape[0].Parent);
            for (int i = 1; i < tables; i++)
            {
                Assert.Contains(shape.Take(i), table => table.Name == shape[i].Parent);
                Assert.InRange(shape[i].Width, 1, 150);
                Assert.InRange(shape[i].Rows, 1, shape[0].Rows);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void ShapesDiffer(int tables)
    {
        Assert.All(JoinShapes.Star(tables).Skip(1), table => Assert.Equal("f", table.Parent));
        IReadOnlyList<TableShape> chain = JoinShapes.Chain(tables);
        Assert.Equal(chain.SkipLast(1).Select(table => table.Name), chain.Skip(1).Select(table => table.Parent!));
        Assert.All(JoinShapes.Bushy(tables).Skip(1).GroupBy(table => table.Parent), children => Assert.InRange(children.Count(), 1, 2));
    }
}
