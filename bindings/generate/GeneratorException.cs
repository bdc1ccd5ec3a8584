namespace InferF.Bindings.Generator;

/// <summary>The header cannot be read, or contains something the bindings have no shape for.</summary>
public sealed class GeneratorException(string message, Exception? inner = null) : Exception(message, inner);
