using Apache.Arrow;
using InferF.Cli.Bench;
using InferF.Cli.Bench.Contenders;
using InferF.Cli.Bench.Data;
using InferF.Cli.Bench.Workloads;

namespace InferF.Cli.Tests.Bench.Workloads;

/// <summary>Generated data: the same for the same seed, keys that refer to rows.</summary>
public sealed class WorkloadDataTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("inferf-workloads-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Generated => [.. WorkloadList.All.Where(workload => workload != RealFlights.UnitedStates && workload != RealFlights.NewYork).Select(workload => workload.Name)];

    [Fact]
    public void NamesAreUniqueAndContendersKnown()
    {
        Assert.Equal(WorkloadList.All.Count, WorkloadList.All.Select(workload => workload.Name).Distinct().Count());
        Assert.All(WorkloadList.All, workload => Assert.Equal(workload.Contenders.Count, ContenderList.Find(workload.Contenders).Count));
    }

    [Theory]
    [MemberData(nameof(Generated))]
    public async Task TheSeedDecides(string name)
    {
        WorkloadData first = await Make(name, 1);
        byte[] model = await File.ReadAllBytesAsync(first.ModelPath, Cancellation);
        WorkloadData same = await Make(name, 1);
        Assert.Equal(model, await File.ReadAllBytesAsync(same.ModelPath, Cancellation));
        WorkloadData other = await Make(name, 2);
        foreach ((BenchTable one, BenchTable two) in first.Tables.Zip(same.Tables))
        {
            Assert.Equal(Fingerprint(one), Fingerprint(two));
            // Made again, as for a file.
            Assert.Equal(Fingerprint(one), Fingerprint(one));
        }
        Assert.Contains(first.Tables.Zip(other.Tables), pair => Fingerprint(pair.First) != Fingerprint(pair.Second));
    }

    [Fact]
    public void LinesBelongToOrdersOfOneToSevenLines()
    {
        int[] orders = [.. Enumerable.Range(0, 28 * 100).Select(Snowflake.OrderOfLine)];
        Assert.Equal(orders.Order(), orders);
        int[] lines = [.. orders.GroupBy(order => order).Select(order => order.Count())];
        Assert.Equal(700, lines.Length);
        Assert.Equal(Enumerable.Range(1, 7), lines.Distinct().Order());
        Assert.Equal([0, 1, 7, 32, 39, 64], new[] { 0, 1, 7, 8, 15, 16 }.Select(Snowflake.OrderKey));
    }

    [Fact]
    public void CategoriesAreOneHot()
    {
        FixedSizeListArray lists = (FixedSizeListArray)new FeatureColumn(2, 3, 4).Make(new Random(1), 0, 50);
        float[][] rows = [.. ((FloatArray)lists.Values).Values.ToArray().Chunk(9)];
        Assert.Equal(50, rows.Length);
        Assert.All(rows, row =>
        {
            Assert.Equal((1, 2), (row[2..5].Count(value => value == 1), row[2..5].Count(value => value == 0)));
            Assert.Equal((1, 3), (row[5..].Count(value => value == 1), row[5..].Count(value => value == 0)));
        });
        Assert.True(rows.Select(row => System.Array.IndexOf(row, 1f, 5)).Distinct().Count() > 1);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private Task<WorkloadData> Make(string name, int seed) =>
        WorkloadList.Find(name)!.MakeAsync(new WorkloadRequest(300, seed, _directory.FullName), Cancellation);

    private static long Fingerprint(BenchTable table)
    {
        HashCode hash = new();
        foreach (RecordBatch batch in table.Batches().Take(2))
        {
            Assert.Equal(table.Keys.Count + (table.Width > 0 ? 1 : 0), batch.ColumnCount);
            foreach (IArrowArray column in batch.Arrays)
            {
                ArrayData data = column is FixedSizeListArray lists ? lists.Values.Data : column.Data;
                hash.Add(column.Length);
                foreach (ArrowBuffer buffer in data.Buffers)
                {
                    hash.AddBytes(buffer.Span[..Math.Min(buffer.Length, 4000)]);
                }
            }
        }
        return hash.ToHashCode();
    }
}
