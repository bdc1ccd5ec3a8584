using System.Runtime.InteropServices;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using InferF.Runtime.Arrow;

namespace InferF.Runtime.Sources;

/// <summary>Streams the rows of a DuckDB query as Arrow structs. Chunks go from DuckDB to the reader as pointers, never as managed arrays.</summary>
internal sealed unsafe class DuckDbResultProducer : StreamProducer
{
    private readonly DuckDBConnection _connection;
    private readonly string _context;
    private readonly CancellationTokenRegistration _registration;
    private readonly CancellationToken _cancellation;
    private readonly DuckDbArrowView? _view;
    private DuckDBPreparedStatement? _statement;
    private DuckDBArrowOptions? _options;
    private DuckDBResult _result;
    private bool _hasResult;

    /// <summary>Starts a query.</summary>
    /// <param name="connection">A connection of its own; owned and closed by the producer, also if this constructor throws.</param>
    /// <param name="sql">One SELECT statement.</param>
    /// <param name="context">First sentence of error messages.</param>
    /// <param name="cancellation">Interrupts the query.</param>
    /// <param name="view">A view of the connection that the query reads; owned like the connection. Its failures come first.</param>
    /// <exception cref="InferFException">DuckDB refuses the statement.</exception>
    public DuckDbResultProducer(DuckDBConnection connection, string sql, string context, CancellationToken cancellation, DuckDbArrowView? view = null)
    {
        (_connection, _context, _cancellation, _view) = (connection, context, cancellation, view);
        try
        {
            DuckDBState state = NativeMethods.PreparedStatements.DuckDBPrepare(connection.NativeConnection, sql, out DuckDBPreparedStatement statement);
            _statement = statement;
            if (state != DuckDBState.Success)
            {
                string message = NativeMethods.PreparedStatements.DuckDBPrepareError(statement);
                throw DuckDbErrors.ToException(DuckDbErrors.Classify(message), message, context);
            }
            _registration = cancellation.UnsafeRegister(static native => ((DuckDBNativeConnection)native!).Interrupt(), connection.NativeConnection);
            state = NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(statement, out _result);
            _hasResult = true;
            if (state != DuckDBState.Success)
            {
                throw ResultError();
            }
            _options = NativeMethods.Arrow.DuckDBResultGetArrowOptions(ref _result);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Names and formats of the result's columns (<see cref="SchemaText"/>).</summary>
    public string DescribeColumns()
    {
        ArrowSchema schema = default;
        ReadSchema(&schema);
        try
        {
            return SchemaText.Of(&schema);
        }
        finally
        {
            schema.Release();
        }
    }

    /// <summary>Fills the next batch, or leaves it released at the end.</summary>
    public void Read(ArrowArray* array) => ReadNext(array);

    /// <inheritdoc/>
    protected override void ReadSchema(ArrowSchema* schema)
    {
        int count = (int)NativeMethods.Query.DuckDBColumnCount(ref _result);
        var types = new DuckDBLogicalType[count];
        nint* handles = (nint*)NativeMemory.AllocZeroed((nuint)(2 * count) + 1, (nuint)sizeof(nint));
        nint* names = handles + count;
        try
        {
            for (int i = 0; i < count; i++)
            {
                types[i] = NativeMethods.Query.DuckDBColumnLogicalType(ref _result, i);
                handles[i] = types[i].DangerousGetHandle();
                names[i] = Marshal.StringToCoTaskMemUTF8(NativeMethods.Query.DuckDBColumnName(ref _result, i));
            }
            using DuckDBErrorData error = NativeMethods.Arrow.DuckDBToArrowSchema(_options!, (nint)handles, (nint)names, (ulong)count, (nint)schema);
            Check(error);
        }
        finally
        {
            for (int i = 0; i < count; i++)
            {
                Marshal.FreeCoTaskMem(names[i]);
                types[i]?.Dispose();
            }
            NativeMemory.Free(handles);
        }
    }

    /// <inheritdoc/>
    protected override void ReadNext(ArrowArray* array)
    {
        using DuckDBDataChunk chunk = NativeMethods.StreamingResult.DuckDBStreamFetchChunk(_result);
        if (chunk.IsInvalid)
        {
            if (!string.IsNullOrEmpty(NativeMethods.Query.DuckDBResultError(ref _result)))
            {
                throw ResultError();
            }
            return;
        }
        using DuckDBErrorData error = NativeMethods.Arrow.DuckDBDataChunkToArrow(_options!, chunk, (nint)array);
        Check(error);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _registration.Dispose();
        _options?.Dispose();
        _options = null;
        if (_hasResult)
        {
            _result.Close();
            _hasResult = false;
        }
        _statement?.Dispose();
        _statement = null;
        try
        {
            _view?.Dispose();
        }
        finally
        {
            _connection.Dispose();
        }
        base.Dispose();
    }

    private Exception ResultError()
    {
        string message = NativeMethods.Query.DuckDBResultError(ref _result);
        if (_view?.Failure is Exception cause)
        {
            return cause;
        }
        return _cancellation.IsCancellationRequested
            ? new OperationCanceledException($"{_context} {message}", _cancellation)
            : DuckDbErrors.ToException(NativeMethods.Query.DuckDBResultErrorType(ref _result), message, _context);
    }

    private void Check(DuckDBErrorData error)
    {
        if (!error.IsInvalid && NativeMethods.ErrorData.DuckDBErrorDataHasError(error))
        {
            throw DuckDbErrors.ToException(NativeMethods.ErrorData.DuckDBErrorDataErrorType(error), NativeMethods.ErrorData.DuckDBErrorDataMessage(error), _context);
        }
    }
}
