namespace InferF;

/// <summary>What kind of failure an <see cref="InferFException"/> reports; the CLI derives its exit code from it.</summary>
public enum InferFErrorCode
{
    /// <summary>An argument or option is wrong.</summary>
    InvalidArgument,
    /// <summary>The SQL text cannot be parsed.</summary>
    Syntax,
    /// <summary>A table, column, model or model input does not exist.</summary>
    UnknownName,
    /// <summary>A name fits several columns.</summary>
    AmbiguousName,
    /// <summary>A column's type does not fit its use.</summary>
    TypeMismatch,
    /// <summary>Correct SQL that InferF does not run.</summary>
    UnsupportedSql,
    /// <summary>A model with an operator, type or shape that InferF does not run.</summary>
    UnsupportedModel,
    /// <summary>The bytes of a model file are broken or hostile.</summary>
    InvalidModel,
    /// <summary>The columns bound to a model do not fit its inputs.</summary>
    ModelInputMismatch,
    /// <summary>NULL reached a model input that cannot take it.</summary>
    NullInput,
    /// <summary>A file or database cannot be opened or read.</summary>
    Source,
    /// <summary>Malformed Arrow data or a list of another length.</summary>
    InvalidData,
    /// <summary>The engine refused plan bytes.</summary>
    InvalidPlan,
    /// <summary>The memory limit was reached.</summary>
    MemoryLimit,
    /// <summary>The run was cancelled.</summary>
    Cancelled,
    /// <summary>Integer overflow or division by zero in an expression.</summary>
    Arithmetic,
    /// <summary>Valid, but not something the engine can do.</summary>
    Unsupported,
    /// <summary>A broken invariant: a bug of InferF.</summary>
    Internal,
}

/// <summary>Any failure that InferF reports: what happened, where, what was expected and the nearest valid name.</summary>
public class InferFException : Exception
{
    /// <summary>Creates an exception.</summary>
    /// <param name="code">What kind of failure this is.</param>
    /// <param name="message">A static sentence first, run-time values last.</param>
    /// <param name="position">Zero-based UTF-8 byte offset into the SQL text, or null.</param>
    /// <param name="inner">The cause, if another exception is.</param>
    public InferFException(InferFErrorCode code, string message, int? position = null, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        Position = position;
    }

    /// <summary>What kind of failure this is.</summary>
    public InferFErrorCode Code { get; }

    /// <summary>Zero-based UTF-8 byte offset into the SQL text the error refers to, or null.</summary>
    public int? Position { get; }
}
