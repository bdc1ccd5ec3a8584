using System.Collections.Immutable;
using System.Data.Common;
using Apache.Arrow;
using Apache.Arrow.C;
using Apache.Arrow.Types;
using InferF.Plan.Physical;
using InferF.Plan.Query;
using InferF.Runtime.Arrow;
using InferF.Runtime.Sources;

namespace InferF.Runtime.Tests;

/// <summary>Tables that lie in memory as Arrow batches.</summary>
public sealed class ArrowSourceTests : IDisposable
{
    private readonly DuckDbDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Fact]
    public unsafe void PlainColumnsAreSharedWithoutCopying()
    {
        Int32Array ids = new Int32Array.Builder().AppendRange(Enumerable.Range(0, 100)).Build();
        TableSource table = _database.AddArrow("t", Batch(ids).Schema, [Batch(ids)]);
        for (int i = 0; i < 3; i++)
        {
            using NativeArrowStream rows = table.OpenScan(Scans.Of("t", null, ("renamed", "\"id\"")));
            Assert.Equal("renamed", rows.Schema.FieldsList[0].Name);
            using RecordBatch batch = rows.ReadNext()!;
            fixed (byte* original = ids.ValueBuffer.Span, read = ((Int32Array)batch.Column(0)).ValueBuffer.Span)
            {
                Assert.Equal((nint)original, (nint)read);
            }
            Assert.Null(rows.ReadNext());
        }
    }

    [Fact]
    public void SlicesNullsListsAndDictionariesArrive()
    {
        StringArray names = new StringArray.Builder().Append("a").AppendNull().Append("c").Build();
        var features = new FixedSizeListArray(new FixedSizeListType(FloatType.Default, 2), 3, new FloatArray.Builder().AppendRange([1, 2, 3, 4, 5, 6]).Build(), ArrowBuffer.Empty, 0);
        RecordBatch whole = Rows.Batch(("name", names), ("features", features));
        TableSource table = _database.AddArrow("t", whole.Schema, [whole.Slice(1, 2)]);
        foreach (string? filter in new[] { null, "true" })
        {
            using NativeArrowStream rows = table.OpenScan(Scans.Of("t", filter, ("name", "\"name\""), ("features", "\"features\"")));
            List<object?[]> read = Rows.ReadAll(rows);
            Assert.Equal([null, "c"], read.Select(row => row[0]));
            Assert.Equal([3f, 4f], (float[])read[0][1]!);
            Assert.Equal([5f, 6f], (float[])read[1][1]!);
        }
    }

    [Fact]
    public void FiltersAndExpressionsGoThroughDuckDb()
    {
        RecordBatch batch = Batch(new Int32Array.Builder().AppendRange(Enumerable.Range(0, 10_000)).Build());
        TableSource table = _database.AddArrow("t", batch.Schema, [batch]);
        Assert.Equal([ColumnKind.Integer], table.DescribeExpressions(["\"id\" + 1"]).Select(type => type.Kind));
        using NativeArrowStream rows = table.OpenScan(Scans.Of("t", "\"id\" < 5", ("next", "\"id\" + 1")));
        Assert.Equal([1, 2, 3, 4, 5], Rows.ReadAll(rows).Select(row => (int)row[0]!).Order());
        Assert.Equal(5, table.ReadStatistics(Scans.Of("t", "\"id\" < 5", ("id", "\"id\"")), []).Rows.Value);
        using NativeArrowStream sum = _database.Query($"SELECT count(*) FROM {table.Relation}");
        Assert.Equal(10_000L, Assert.Single(Rows.ReadAll(sum))[0]);
    }

    [Fact]
    public void StatisticsNeedNoLoading()
    {
        Int64Array keys = new Int64Array.Builder().AppendRange(Enumerable.Range(0, 50_000).Select(i => (long)(i % 7000))).Build();
        StringArray texts = new StringArray.Builder().AppendRange(Enumerable.Range(0, 50_000).Select(i => $"value number {i % 30}")).Build();
        RecordBatch batch = Rows.Batch(("k", keys), ("s", texts));
        TableSource table = _database.AddArrow("t", batch.Schema, [batch]);
        TableStatistics statistics = table.ReadStatistics(Scans.Plain("t", "k", "s"), [0, 1]);
        Assert.Equal(new Statistic(50_000, StatisticSource.Exact), statistics.Rows);
        Assert.InRange(statistics.Columns[0].Distinct.Value, 6600, 7400);
        Assert.Equal(StatisticSource.Sketch, statistics.Columns[0].Distinct.Source);
        Assert.InRange(statistics.Columns[1].Distinct.Value, 29, 31);
    }

    [Fact]
    public void LentBatchesOutliveTheTable()
    {
        RecordBatch batch = Batch(new Int32Array.Builder().AppendRange(Enumerable.Range(0, 10)).Build());
        TableSource table = _database.AddArrow("t", batch.Schema, [batch]);
        using NativeArrowStream rows = table.OpenScan(Scans.Plain("t", "id"));
        using RecordBatch read = rows.ReadNext()!;
        Assert.True(_database.Remove("t"));
        Assert.Equal(9, ((Int32Array)read.Column(0)).GetValue(9));
        Assert.Throws<ObjectDisposedException>(() => table.OpenScan(Scans.Plain("t", "id")));
    }

    [Fact]
    public void AStreamThatNobodyHasReadYetOutlivesTheTable()
    {
        RecordBatch batch = Batch(new Int32Array.Builder().AppendRange(Enumerable.Range(0, 10)).Build());
        TableSource table = _database.AddArrow("t", batch.Schema, [batch.Slice(0, 4), batch.Slice(4, 6)]);
        using NativeArrowStream rows = table.OpenScan(Scans.Plain("t", "id"));
        Assert.True(_database.Remove("t"));
        using RecordBatch first = rows.ReadNext()!;
        using RecordBatch second = rows.ReadNext()!;
        Assert.Null(rows.ReadNext());
        Assert.Equal((3, 9), (((Int32Array)first.Column(0)).GetValue(3), ((Int32Array)second.Column(0)).GetValue(5)));
    }

    [Fact]
    public unsafe void MovedChildrenKeepTheBatchAlive()
    {
        var set = new SharedBatchSet([Rows.Batch(("a", new Int32Array.Builder().Append(5).Build()), ("b", new Int32Array.Builder().Append(6).Build()))]);
        ArrowArray root;
        set.Batches[0].Lend([0, 1], &root);
        ArrowArray child = *root.Children[1];
        root.Children[1]->ReleaseCallback = null;
        root.Release();
        set.Release();
        Assert.True(root.ReleaseCallback is null);
        Assert.Equal(6, ((int*)child.Buffers[1])[0]);
        child.Release();
        Assert.True(child.ReleaseCallback is null);
    }

    [Fact]
    public async Task SlicesOfOneBatchAreFreedTogether()
    {
        using var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using DuckDB.NET.Data.DuckDBCommand command = connection.CreateCommand();
        command.CommandText = "SELECT range::INTEGER AS id FROM range(10)";
        using Apache.Arrow.Ipc.IArrowArrayStream stream = command.ExecuteArrowStream();
        RecordBatch batch = await stream.ReadNextRecordBatchAsync(TestContext.Current.CancellationToken);
        TableSource table = _database.AddArrow("slices", batch.Schema, [batch.Slice(0, 4), batch.Slice(4, 6)]);
        using NativeArrowStream rows = table.OpenScan(Scans.Plain("slices", "id"));
        using RecordBatch first = rows.ReadNext()!;
        using RecordBatch second = rows.ReadNext()!;
        Assert.True(_database.Remove("slices"));
        Assert.Equal((3, 9), (((Int32Array)first.Column(0)).GetValue(3), ((Int32Array)second.Column(0)).GetValue(5)));
    }

    [Fact]
    public void BatchesWithOtherColumnsAreRefused()
    {
        RecordBatch good = Batch(new Int32Array.Builder().Append(1).Build());
        RecordBatch bad = Rows.Batch(("id", new DoubleArray.Builder().Append(1).Build()));
        Assert.Equal(InferFErrorCode.InvalidData, Assert.Throws<InferFException>(() => _database.AddArrow("t", good.Schema, [good, bad])).Code);
    }

    [Fact]
    public async Task StreamsAndReadersAreReadToTheirEnd()
    {
        using var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT range::INTEGER AS i, range::DOUBLE / 2 AS d, CASE WHEN range = 1 THEN NULL ELSE 's' || range END AS s, DATE '2020-01-01' + range::INTEGER AS day, 1.5::DECIMAL(8, 2) AS n FROM range(3)";
        await using DbDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        TableSource table = await _database.AddReaderAsync("r", reader, TestContext.Current.CancellationToken);
        Assert.Equal([ColumnKind.Integer, ColumnKind.Float64, ColumnKind.String, ColumnKind.Temporal, ColumnKind.Float64], table.Describe().Columns.Select(column => column.Type.Kind));
        using NativeArrowStream rows = table.OpenScan(Scans.Plain("r", "i", "d", "s", "n"));
        Assert.Equal([[0, 0.0, "s0", 1.5], [1, 0.5, null, 1.5], [2, 1.0, "s2", 1.5]], Rows.ReadAll(rows));

        TableSource copy = await _database.AddArrowAsync("copy", table.OpenScan(Scans.Plain("r", "i")), TestContext.Current.CancellationToken);
        Assert.Equal(3, copy.ReadStatistics(Scans.Plain("copy", "i"), []).Rows.Value);
    }

    [Fact]
    public void TensorsAreExported()
    {
        CheckTensor(Plan.Model.ConstantTensor.Create("w", 2, 2, [1f, 2f, 3f, 4f]), FloatType.Default, array => ((FloatArray)array).ToArray());
        CheckTensor(Plan.Model.ConstantTensor.Create("w", 1, 2, [1L, -2L]), Int64Type.Default, array => ((Int64Array)array).ToArray());
        CheckTensor(Plan.Model.ConstantTensor.Create("w", 1, 2, [1.5, 2.5]), DoubleType.Default, array => ((DoubleArray)array).ToArray());
        CheckTensor(Plan.Model.ConstantTensor.Create("w", 1, 3, ["a", "", "größer"]), LargeStringType.Default, array => Enumerable.Range(0, 3).Select(i => ((LargeStringArray)array).GetString(i)).ToArray());
    }

    private static unsafe void CheckTensor(Plan.Model.ConstantTensor tensor, IArrowType type, Func<IArrowArray, System.Array> read)
    {
        ArrowSchema schema;
        ArrowArray array;
        TensorExport.Export(tensor, &schema, &array);
        Assert.Equal(type.TypeId, CArrowSchemaImporter.ImportType((CArrowSchema*)&schema).TypeId);
        using IArrowArray imported = CArrowArrayImporter.ImportArray((CArrowArray*)&array, type);
        Assert.Equal(tensor.Data, read(imported));
    }

    private static RecordBatch Batch(Int32Array ids) => Rows.Batch(("id", ids));
}
