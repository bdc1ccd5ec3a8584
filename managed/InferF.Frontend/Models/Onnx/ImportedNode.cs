namespace InferF.Frontend.Models.Onnx;

/// <summary>What has become of a node of a graph.</summary>
internal enum NodeFate
{
    /// <summary>No output needs it.</summary>
    Unused,
    /// <summary>It became expressions.</summary>
    Native,
    /// <summary>It was computed while the file was loaded.</summary>
    Folded,
    /// <summary>ONNX Runtime runs it.</summary>
    Residual,
    /// <summary>Nothing runs it.</summary>
    Unsupported,
}
