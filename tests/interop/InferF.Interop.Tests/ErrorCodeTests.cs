using Apache.Arrow;
using InferF.Plan.Proto;
using InferF.Runtime;
using InferF.Runtime.Arrow;

namespace InferF.Interop.Tests;

/// <summary>One test per error code of inferf.h.</summary>
// One collection: some tests count what lives in the whole process.
[Collection("Engine")]
public sealed class ErrorCodeTests : IDisposable
{
    private readonly Engine _engine = new(new EngineOptions { Threads = 2 });

    public void Dispose() => _engine.Dispose();

    [Fact]
    public void InvalidArgument()
    {
        Check(InferFErrorCode.InvalidArgument, () => new Engine(new EngineOptions { Threads = -1 }));
        using EngineQuery query = _engine.CreateQuery(Plans.Join(), Plans.JoinTensors());
        Check(InferFErrorCode.InvalidArgument, () => query.BindTable(7, Runs.Facts()));
        Check(InferFErrorCode.InvalidArgument, () => query.BindTensor(0, Plans.JoinTensors()[0]));
        Check(InferFErrorCode.InvalidArgument, () => query.Execute());
    }

    [Fact]
    public void InvalidPlan()
    {
        Check(InferFErrorCode.InvalidPlan, () => _engine.CreateQuery([0xff, 0xff, 0xff]));
        Check(InferFErrorCode.InvalidPlan, () => _engine.CreateQuery([]));
    }

    [Fact]
    public void InvalidData()
    {
        NativeArrowStream facts = NativeArrowStream.Produce(new HostileProducer(HostileProducer.MissingBuffer));
        Check(InferFErrorCode.InvalidData, () => Runs.Run(_engine, facts, Runs.Dims()));
    }

    [Fact]
    public void TypeMismatch()
    {
        RecordBatch batch = Producers.Batch(("k", new Int32Array.Builder().Append(1).Build()), ("x", new StringArray.Builder().Append("a").Build()));
        Assert.Contains("x", Check(InferFErrorCode.TypeMismatch, () => Runs.Run(_engine, Producers.Once(batch), Runs.Dims())), StringComparison.Ordinal);
        RecordBatch other = Producers.Batch("xx", 1, i => i, i => i);
        Assert.Contains("xx", Check(InferFErrorCode.TypeMismatch, () => Runs.Run(_engine, Producers.Once(other), Runs.Dims())), StringComparison.Ordinal);
    }

    [Fact]
    public void NullInput()
    {
        string message = Check(InferFErrorCode.NullInput, () => Runs.Run(_engine, Producers.Once(Producers.Batch("x", 4, i => i % 3, i => i == 2 ? null : i)), Runs.Dims()));
        Assert.Contains("x", message, StringComparison.Ordinal);
        Assert.Contains("facts", message, StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryLimit()
    {
        using var engine = new Engine(new EngineOptions { Threads = 2, MemoryLimit = 1 << 20 });
        Check(InferFErrorCode.MemoryLimit, () => Runs.Run(engine, Runs.Facts(), Runs.Dims(2_000_000)));
        Assert.Equal(0, engine.MemoryUsage.BytesInUse);
        Assert.Equal(6, Runs.Run(engine, Runs.Facts(), Runs.Dims()).Count);
    }

    [Fact]
    public async Task Cancelled()
    {
        var reached = new TaskCompletionSource();
        using EngineQuery query = Runs.Bind(_engine, Runs.EndlessFacts(i => reached.TrySetResult()), Runs.Dims());
        using ResultStream results = query.Execute();
        Task<string> failure = Task.Run(() => Check(InferFErrorCode.Cancelled, () => Runs.ReadAll(results)));
        await Task.WhenAny(reached.Task, failure);
        query.Cancel();
        Assert.NotEmpty(await failure);
    }

    [Fact]
    public void CancellationByTokenIsTheExceptionOfDotNet()
    {
        using var source = new CancellationTokenSource();
        using EngineQuery query = Runs.Bind(_engine, Runs.EndlessFacts(i =>
        {
            if (i == 3)
            {
                source.Cancel();
            }
        }), Runs.Dims());
        using ResultStream results = query.Execute(source.Token);
        Assert.Equal(source.Token, Assert.ThrowsAny<OperationCanceledException>(() => Runs.ReadAll(results)).CancellationToken);
    }

    [Fact]
    public void Unsupported()
    {
        RecordBatch batch = Producers.Batch(("x", new Decimal128Array.Builder(new Apache.Arrow.Types.Decimal128Type(10, 2)).Append(1.5m).Build()));
        ScalarExpression column = new() { Column = new ColumnRef() };
        InferFException exception = Assert.Throws<InferFException>(() => RunScalar(batch, column));
        Assert.Equal(InferFErrorCode.Unsupported, exception.Code);
    }

    [Fact]
    public void Source()
    {
        RecordBatch first = Producers.Batch("x", 3, i => i, i => i);
        NativeArrowStream facts = Producers.Stream(first.Schema, i => i == 0 ? first : throw new InvalidOperationException("The disk is on fire."));
        Assert.Contains("The disk is on fire.", Check(InferFErrorCode.Source, () => Runs.Run(_engine, facts, Runs.Dims())), StringComparison.Ordinal);
    }

    [Fact]
    public void Arithmetic()
    {
        RecordBatch batch = Producers.Batch(("x", new Int64Array.Builder().Append(long.MaxValue).Build()));
        var sum = new ScalarExpression { Call = new ScalarCall { Function = ScalarFunction.Add, Arguments = { new ScalarExpression { Column = new ColumnRef() }, new ScalarExpression { Literal = new Literal { Int64 = 1 } } } } };
        Check(InferFErrorCode.Arithmetic, () => RunScalar(batch, sum));
    }

    [Fact]
    public void EveryCodeHasAnException()
    {
        foreach (InferFErrorCode code in Enumerable.Range(1, 11).Select(native => ((InferFException)Runtime.Errors.NativeCall.ToException(native, "m")).Code))
        {
            Assert.True(Enum.IsDefined(code));
        }
        Assert.Equal(InferFErrorCode.Internal, ((InferFException)Runtime.Errors.NativeCall.ToException(11, "m")).Code);
        Assert.Equal(10, Enumerable.Range(1, 10).Select(native => ((InferFException)Runtime.Errors.NativeCall.ToException(native, "m")).Code).Distinct().Count());
    }

    private void RunScalar(RecordBatch batch, ScalarExpression expression)
    {
        using EngineQuery query = _engine.CreateQuery(Plans.Scalar(expression), []);
        query.BindTable(0, Producers.Once(batch));
        using ResultStream results = query.Execute();
        results.ReadNext()?.Dispose();
    }

    private static string Check(InferFErrorCode code, Action action)
    {
        InferFException exception = Assert.Throws<InferFException>(action);
        Assert.True(exception.Code == code, $"{exception.Code} instead of {code}: {exception.Message}");
        return exception.Message;
    }

    private static string Check<T>(InferFErrorCode code, Func<T> action) => Check(code, () => { action(); });
}
