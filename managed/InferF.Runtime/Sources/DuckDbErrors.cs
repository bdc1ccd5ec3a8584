using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace InferF.Runtime.Sources;

/// <summary>Turns DuckDB's errors into ours.</summary>
internal static class DuckDbErrors
{
    /// <summary>The exception for a failed statement.</summary>
    /// <param name="type">DuckDB's classification.</param>
    /// <param name="message">DuckDB's message.</param>
    /// <param name="context">What was being done, as the first sentence.</param>
    /// <param name="inner">The exception it arrived as, if any.</param>
    public static InferFException ToException(DuckDBErrorType type, string message, string context, Exception? inner = null)
    {
        InferFErrorCode code = type switch
        {
            DuckDBErrorType.OutOfMemory => InferFErrorCode.MemoryLimit,
            DuckDBErrorType.Interrupt => InferFErrorCode.Cancelled,
            DuckDBErrorType.Parser or DuckDBErrorType.Syntax => InferFErrorCode.Syntax,
            DuckDBErrorType.Catalog => InferFErrorCode.UnknownName,
            DuckDBErrorType.Binder => IsUnknownColumn(message) ? InferFErrorCode.UnknownName : InferFErrorCode.TypeMismatch,
            DuckDBErrorType.OutOfRange => InferFErrorCode.Arithmetic,
            _ => InferFErrorCode.Source,
        };
        return new InferFException(code, $"{context} {message}", inner: inner);
    }

    /// <summary>The exception for a failed statement.</summary>
    public static InferFException ToException(DuckDBException exception, string context) =>
        ToException(exception.ErrorType == DuckDBErrorType.Invalid ? Classify(exception.Message) : exception.ErrorType, exception.Message, context, exception);

    /// <summary>The classification of an error that carries only text, as a failed preparation does: its first words.</summary>
    public static DuckDBErrorType Classify(string message) => message.Split(" Error:", 2)[0] switch
    {
        "Parser" => DuckDBErrorType.Parser,
        "Binder" => DuckDBErrorType.Binder,
        "Catalog" => DuckDBErrorType.Catalog,
        "Out of Memory" => DuckDBErrorType.OutOfMemory,
        "INTERRUPT" => DuckDBErrorType.Interrupt,
        _ => DuckDBErrorType.Io,
    };

    // The second is what DuckDB says if the missing column's name is also an alias of the same SELECT.
    private static bool IsUnknownColumn(string message) =>
        message.Contains("not found", StringComparison.Ordinal) || message.Contains("referenced that exists in the SELECT clause", StringComparison.Ordinal);
}
