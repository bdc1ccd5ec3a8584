using Apache.Arrow.C;
using InferF.Runtime.Arrow;
using InferF.Runtime.Handles;

namespace InferF.Runtime;

/// <summary>The rows a query produces. Failures of the run are typed; disposing it early cancels the run.</summary>
public sealed unsafe class ResultStream : NativeArrowStream
{
    private readonly QueryHandle _query;
    private readonly EngineTimer _timer;
    private readonly CancellationToken _runCancellation;
    private CancellationTokenRegistration _registration;

    /// <summary>Takes ownership of the stream, which keeps the query alive.</summary>
    internal ResultStream(ArrowStreamHandle stream, QueryHandle query, EngineTimer timer, CancellationToken cancellationToken)
        : base(stream)
    {
        (_query, _timer, _runCancellation) = (query, timer, cancellationToken);
        _registration = cancellationToken.UnsafeRegister(static handle => EngineQuery.Cancel((QueryHandle)handle!), query);
    }

    /// <inheritdoc/>
    public override void MoveTo(CArrowArrayStream* target)
    {
        // The plain C stream would not keep the query alive, so that it would end with an early disposal of the query.
        var producer = new ForwardingProducer(Detach(), message => ToException(message, CancellationToken.None), _registration);
        _registration = default;
        StreamProducer.Export(producer, (ArrowStream*)target);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _registration.Dispose();
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    private protected override void Waited(long start) => _timer.AddSince(start);

    /// <inheritdoc/>
    private protected override void Interrupt() => EngineQuery.Cancel(_query);

    /// <inheritdoc/>
    private protected override Exception ToException(string message, CancellationToken cancellationToken)
    {
        CancellationToken cause = _runCancellation.IsCancellationRequested ? _runCancellation : cancellationToken;
        return EngineQuery.ReadFailure(_query, cause) ?? new InferFException(InferFErrorCode.Internal, message);
    }
}
