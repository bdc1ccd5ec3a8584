using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace InferF.Runtime.Sources;

/// <summary>
/// Reads a DuckDB query chunk by chunk and shows the columns of the current chunk as spans over DuckDB's own memory, without conversion.
/// One thread at a time; spans are valid until the next <see cref="MoveNext"/>.
/// </summary>
public sealed unsafe class DuckDbChunkCursor : IDisposable
{
    private readonly DuckDBPreparedStatement _statement;
    private DuckDBResult _result;
    private DuckDBDataChunk? _chunk;

    /// <summary>Starts a streaming query.</summary>
    /// <param name="connection">An open connection, used by nothing else meanwhile.</param>
    /// <param name="sql">One SELECT statement.</param>
    /// <exception cref="InferFException">DuckDB refuses the query.</exception>
    public DuckDbChunkCursor(DuckDBConnection connection, string sql)
    {
        if (NativeMethods.PreparedStatements.DuckDBPrepare(connection.NativeConnection, sql, out _statement) != DuckDBState.Success)
        {
            string message = NativeMethods.PreparedStatements.DuckDBPrepareError(_statement);
            _statement.Dispose();
            throw new InferFException(InferFErrorCode.Source, message);
        }
        if (NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(_statement, out _result) != DuckDBState.Success)
        {
            string message = NativeMethods.Query.DuckDBResultError(ref _result);
            Dispose();
            throw new InferFException(InferFErrorCode.Source, message);
        }
    }

    /// <summary>Rows of the current chunk.</summary>
    public int Count { get; private set; }

    /// <summary>Fetches the next chunk; false at the end.</summary>
    public bool MoveNext()
    {
        _chunk?.Dispose();
        _chunk = NativeMethods.StreamingResult.DuckDBStreamFetchChunk(_result);
        Count = _chunk.IsInvalid ? 0 : checked((int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(_chunk));
        return Count > 0;
    }

    /// <summary>Values of a fixed-width column (undefined where NULL).</summary>
    /// <typeparam name="T">The column's physical type.</typeparam>
    /// <param name="column">Column of the result.</param>
    public ReadOnlySpan<T> Values<T>(int column)
        where T : unmanaged => new(NativeMethods.Vectors.DuckDBVectorGetData(Vector(column)), Count);

    /// <summary>Elements of an ARRAY column, row after row.</summary>
    /// <typeparam name="T">The element's physical type.</typeparam>
    /// <param name="column">Column of the result.</param>
    /// <param name="width">Elements per row.</param>
    public ReadOnlySpan<T> ArrayElements<T>(int column, int width)
        where T : unmanaged =>
        new(NativeMethods.Vectors.DuckDBVectorGetData(NativeMethods.Vectors.DuckDBArrayVectorGetChild(Vector(column))), Count * width);

    /// <inheritdoc/>
    public void Dispose()
    {
        _chunk?.Dispose();
        _chunk = null;
        NativeMethods.Query.DuckDBDestroyResult(ref _result);
        _statement.Dispose();
    }

    private IntPtr Vector(int column) =>
        _chunk is null ? throw new InvalidOperationException("There is no current chunk.") : NativeMethods.DataChunks.DuckDBDataChunkGetVector(_chunk, column);
}
