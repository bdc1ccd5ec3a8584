using Apache.Arrow;
using InferF.Plan.Query;
using InferF.Runtime.Arrow;
using InferF.Runtime.Sources;

namespace InferF.Runtime.Tests;

/// <summary>ORDER BY and LIMIT over a stream.</summary>
public sealed class ResultSorterTests : IDisposable
{
    private readonly DuckDbDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Fact]
    public void SortsCutsAndDropsHiddenColumnsOfEqualNames()
    {
        NativeArrowStream rows = _database.Query("SELECT range::INTEGER AS x, (range % 10)::INTEGER AS x, CASE WHEN range = 7 THEN NULL ELSE -range END AS k FROM range(5000)");
        using NativeArrowStream sorted = ResultSorter.Sort(_database, rows, [Output("x"), Output("x"), Output("k", hidden: true)], [new OrderKey(2, Descending: false, NullsFirst: true)], limit: 3, offset: 0);
        Assert.Equal(["x", "x"], sorted.Schema.FieldsList.Select(field => field.Name));
        Assert.Equal([[7, 7], [4999, 9], [4998, 8]], Rows.ReadAll(sorted));
    }

    [Fact]
    public void LimitAndOffsetWorkWithoutKeys()
    {
        using NativeArrowStream cut = ResultSorter.Sort(_database, _database.Query("SELECT range AS x FROM range(100000)"), [Output("x")], [], limit: 10, offset: 5);
        Assert.Equal(10, Rows.ReadAll(cut).Count);
    }

    [Fact]
    public void AFailureOfTheRunKeepsItsType()
    {
        NativeArrowStream failing = NativeArrowStream.Produce(new FailingProducer(1));
        InferFException exception = Assert.Throws<InferFException>(() =>
        {
            using NativeArrowStream sorted = ResultSorter.Sort(_database, failing, [Output("x")], [new OrderKey(0, false, false)], null, 0);
            Rows.ReadAll(sorted);
        });
        Assert.Equal(InferFErrorCode.NullInput, exception.Code);
        Assert.Equal("This source always fails.", exception.Message);
        Assert.Equal(InferFErrorCode.NullInput, Assert.Throws<InferFException>(() => ResultSorter.Sort(_database, NativeArrowStream.Produce(new FailingProducer(-1)), [Output("x")], [], 1, 0)).Code);
    }

    [Fact]
    public void EveryStreamIsReleasedOnce()
    {
        for (int i = 0; i < 50; i++)
        {
            var producer = new FailingProducer(i % 3);
            NativeArrowStream sorted;
            try
            {
                sorted = ResultSorter.Sort(_database, NativeArrowStream.Produce(producer), [Output("x")], [new OrderKey(0, false, false)], null, 0);
                sorted.Dispose();
            }
            catch (InferFException)
            {
                // The failure may come while sorting starts or when its result is read.
            }
            Assert.Equal(1, producer.Disposals);
        }
    }

    private static OutputItem Output(string name, bool hidden = false) => new(name, new ColumnOutput(default), hidden);

    // Yields some batches and then fails; a negative number makes the schema fail.
    private sealed unsafe class FailingProducer(int batches) : StreamProducer
    {
        private int _read;

        public int Disposals { get; private set; }

        public override void Dispose()
        {
            Disposals++;
            base.Dispose();
        }

        protected override void ReadSchema(ArrowSchema* schema)
        {
            if (batches < 0)
            {
                throw new InferFException(InferFErrorCode.NullInput, "This source always fails.");
            }
            Apache.Arrow.C.CArrowSchemaExporter.ExportSchema(new Schema([new Field("x", Apache.Arrow.Types.Int32Type.Default, true)], null), (Apache.Arrow.C.CArrowSchema*)schema);
        }

        protected override void ReadNext(ArrowArray* array)
        {
            if (_read++ >= batches)
            {
                throw new InferFException(InferFErrorCode.NullInput, "This source always fails.");
            }
            Apache.Arrow.C.CArrowArrayExporter.ExportRecordBatch(Rows.Batch(("x", new Int32Array.Builder().Append(1).Build())), (Apache.Arrow.C.CArrowArray*)array);
        }
    }
}
