namespace InferF.Frontend.Models.Onnx;

/// <summary>The bounds within which a model file is believed. They keep sizes a file merely claims from becoming allocations.</summary>
internal static class ModelLimits
{
    /// <summary>Bytes of a model file (the limit of the protobuf format) and of all constants of a model together.</summary>
    public const long MaxBytes = int.MaxValue;

    /// <summary>Elements of one row of a value.</summary>
    public const int MaxWidth = 1 << 24;

    /// <summary>Dimensions of a tensor.</summary>
    public const int MaxRank = 16;

    /// <summary>Longest chain of operators; keeps recursive passes over the expression within any thread's stack.</summary>
    public const int MaxDepth = 2000;

    /// <summary>Tests on the longest path of a decision tree; learners stop far below, and the reference runtime recurses over them.</summary>
    public const int MaxTreeDepth = 5000;
}

/// <summary>Makes the exceptions of this reader.</summary>
internal static class ModelErrors
{
    /// <summary>The bytes break the format or contradict themselves.</summary>
    public static InferFException Invalid(string message, Exception? inner = null) => new(InferFErrorCode.InvalidModel, message, inner: inner);

    /// <summary>A valid model that InferF does not run.</summary>
    public static InferFException Unsupported(string message) => new(InferFErrorCode.UnsupportedModel, message);

    /// <summary>A file cannot be opened or read.</summary>
    public static InferFException Source(string message, Exception? inner = null) => new(InferFErrorCode.Source, message, inner: inner);
}

/// <summary>Why an operator's rule does not take a node.</summary>
internal enum Refusal
{
    /// <summary>The rule has no expression for this use; ONNX Runtime may run the node.</summary>
    NoRule,
    /// <summary>The node's result for one row depends on other rows.</summary>
    MixesRows,
    /// <summary>An input that decides the shape of the result must be a constant.</summary>
    NeedsConstant,
    /// <summary>Nothing can run the node.</summary>
    Final,
}

/// <summary>Raised by an operator's import when its rule does not take a node; the importer collects these.</summary>
internal sealed class UnsupportedNodeException(string reason, Refusal refusal = Refusal.NoRule) : Exception(reason)
{
    /// <summary>Why.</summary>
    public Refusal Refusal { get; } = refusal;

    /// <summary>For <see cref="Refusal.NeedsConstant"/>: position of the input.</summary>
    public int Input { get; init; } = -1;
}
