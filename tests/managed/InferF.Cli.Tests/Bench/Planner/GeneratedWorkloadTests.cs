using Apache.Arrow;
using InferF.Cli.Bench.Planner;

namespace InferF.Cli.Tests.Bench.Planner;

/// <summary>Generated tables join as declared and come out the same for the same seed.</summary>
public sealed class GeneratedWorkloadTests
{
    private static readonly TableShape[] s_tables = [new("f", 300_000, 3), new("t1", 500, 2, "f", 0.1), new("t2", 40, 0, "t1"), new("t3", 7, 5, "f")];

    [Fact]
    public void KeysReferToRowsThatAreThere()
    {
        Dictionary<string, IReadOnlyList<RecordBatch>> tables = Make(seed: 3);
        foreach (TableShape table in s_tables)
        {
            int[] ids = Column(tables[table.Name], "id");
            Assert.Equal(Enumerable.Range(0, table.Rows), ids.Order());
            if (table.Parent is string parent)
            {
                int[] references = [.. Column(tables[parent], $"{table.Name}_id").Distinct()];
                Assert.Subset(ids.ToHashSet(), references.ToHashSet());
                Assert.InRange(references.Length, 1, table.Rows * table.Referenced);
            }
        }
        Assert.Equal(50, Column(tables["f"], "t1_id").Distinct().Count());
    }

    [Fact]
    public void FeaturesHaveTheDeclaredWidth()
    {
        Dictionary<string, IReadOnlyList<RecordBatch>> tables = Make(seed: 3);
        foreach (TableShape table in s_tables)
        {
            RecordBatch batch = tables[table.Name][0];
            int index = batch.Schema.GetFieldIndex("x");
            Assert.Equal(table.Width > 0, index >= 0);
            if (index >= 0)
            {
                FixedSizeListArray lists = (FixedSizeListArray)batch.Column(index);
                Assert.Equal(batch.Length * table.Width, lists.Values.Length);
                Assert.All(((FloatArray)lists.Values).Values[..10].ToArray(), value => Assert.InRange(value, -1, 1));
            }
        }
    }

    [Fact]
    public void TheSeedDecides()
    {
        Assert.Equal(Column(Make(seed: 3)["f"], "t1_id"), Column(Make(seed: 3)["f"], "t1_id"));
        Assert.NotEqual(Column(Make(seed: 3)["f"], "t1_id"), Column(Make(seed: 4)["f"], "t1_id"));
    }

    [Fact]
    public void LargeTablesComeInBatches() => Assert.True(Make(seed: 1)["f"].Count > 1);

    private static Dictionary<string, IReadOnlyList<RecordBatch>> Make(int seed) =>
        GeneratedWorkload.MakeTables(s_tables, seed).ToDictionary(table => table.Name, table => table.Batches);

    private static int[] Column(IReadOnlyList<RecordBatch> batches, string name) =>
        [.. batches.SelectMany(batch => ((Int32Array)batch.Column(batch.Schema.GetFieldIndex(name))).Values.ToArray())];
}
