using InferF.Bindings;

namespace InferF.Runtime.Errors;

/// <summary>The single place where a status of the engine becomes an exception.</summary>
internal static unsafe class NativeCall
{
    /// <summary>Throws what a failed call reported.</summary>
    /// <param name="status">What the call returned.</param>
    /// <param name="error">What it filled.</param>
    /// <param name="cancellation">If the call was cancelled through this token, the exception is an <see cref="OperationCanceledException"/>.</param>
    internal static void Check(int status, in inferf_error error, CancellationToken cancellation = default)
    {
        if (status != NativeMethods.INFERF_OK)
        {
            throw ToException(status, MessageOf(error), cancellation);
        }
    }

    /// <summary>The exception for a code of the engine.</summary>
    internal static Exception ToException(int code, string message, CancellationToken cancellation = default) =>
        code == NativeMethods.INFERF_ERROR_CANCELLED && cancellation.IsCancellationRequested
            ? new OperationCanceledException(message, cancellation)
            : new InferFException(ToErrorCode(code), message);

    /// <summary>The text of an error struct.</summary>
    internal static string MessageOf(in inferf_error error)
    {
        ReadOnlySpan<byte> bytes = error.message;
        int length = bytes.IndexOf((byte)0);
        string message = System.Text.Encoding.UTF8.GetString(length < 0 ? bytes : bytes[..length]);
        return message.Length > 0 ? message : $"The engine reported an error without a message. Code: {error.code}.";
    }

    private static InferFErrorCode ToErrorCode(int code) => code switch
    {
        NativeMethods.INFERF_ERROR_INVALID_ARGUMENT => InferFErrorCode.InvalidArgument,
        NativeMethods.INFERF_ERROR_INVALID_PLAN => InferFErrorCode.InvalidPlan,
        NativeMethods.INFERF_ERROR_INVALID_DATA => InferFErrorCode.InvalidData,
        NativeMethods.INFERF_ERROR_TYPE_MISMATCH => InferFErrorCode.TypeMismatch,
        NativeMethods.INFERF_ERROR_NULL_INPUT => InferFErrorCode.NullInput,
        NativeMethods.INFERF_ERROR_MEMORY_LIMIT => InferFErrorCode.MemoryLimit,
        NativeMethods.INFERF_ERROR_CANCELLED => InferFErrorCode.Cancelled,
        NativeMethods.INFERF_ERROR_UNSUPPORTED => InferFErrorCode.Unsupported,
        NativeMethods.INFERF_ERROR_SOURCE => InferFErrorCode.Source,
        NativeMethods.INFERF_ERROR_ARITHMETIC => InferFErrorCode.Arithmetic,
        _ => InferFErrorCode.Internal,
    };
}
