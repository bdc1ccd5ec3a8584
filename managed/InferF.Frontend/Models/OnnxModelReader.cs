using InferF.Frontend.Models.Onnx;
using InferF.Plan.Model;

namespace InferF.Frontend.Models;

/// <summary>Reads ONNX files: opsets 1 to 28 of <c>ai.onnx</c> and 1 to 5 of <c>ai.onnx.ml</c>.</summary>
/// <remarks>
/// How rows lie in the file's tensors is described in docs/MODELS.md. Nodes that no output needs are ignored, whatever they are. An input that
/// no node uses stays an input with its declared width. Calls ONNX Runtime where a file has operators that InferF has no rule for.
/// </remarks>
public static class OnnxModelReader
{
    /// <summary>Reads a model from a file; its external weights may lie in the same directory or below it.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="name">Name the model gets.</param>
    /// <exception cref="InferFException">
    /// <see cref="InferFErrorCode.Source"/>: the file or its external data cannot be read. <see cref="InferFErrorCode.InvalidModel"/>: it is
    /// broken, or its external data lead out of its directory. <see cref="InferFErrorCode.UnsupportedModel"/>: it needs something InferF does
    /// not run; the message lists every such node.
    /// </exception>
    public static ModelGraph Load(string path, string name) => Load(path, name, ModelOptions.Default);

    /// <summary>Reads a model from a file; its external weights may lie in the same directory or below it.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="name">Name the model gets.</param>
    /// <param name="options">How it is loaded.</param>
    /// <exception cref="InferFException">As for <see cref="Load(string, string)"/>; <see cref="InferFErrorCode.InvalidArgument"/>: a constant does not fit.</exception>
    public static ModelGraph Load(string path, string name, ModelOptions options)
    {
        byte[] bytes = ModelFile.ReadBytes(path);
        try
        {
            return Read(bytes, name, DirectoryOf(path), options);
        }
        catch (InferFException failure) when (!failure.Message.Contains(path, StringComparison.Ordinal))
        {
            throw new InferFException(failure.Code, $"{failure.Message} File '{path}'.", failure.Position, failure);
        }
    }

    /// <summary>Reads a model from memory.</summary>
    /// <param name="bytes">The content of an ONNX file.</param>
    /// <param name="name">Name the model gets.</param>
    /// <param name="directory">Where external weights lie, or null if the model may have none.</param>
    /// <exception cref="InferFException">As for <see cref="Load"/>.</exception>
    public static ModelGraph Read(ReadOnlyMemory<byte> bytes, string name, string? directory) => Read(bytes, name, directory, ModelOptions.Default);

    /// <summary>Reads a model from memory.</summary>
    /// <param name="bytes">The content of an ONNX file.</param>
    /// <param name="name">Name the model gets.</param>
    /// <param name="directory">Where external weights lie, or null if the model may have none.</param>
    /// <param name="options">How it is loaded.</param>
    /// <exception cref="InferFException">As for <see cref="Load(string, string, ModelOptions)"/>.</exception>
    public static ModelGraph Read(ReadOnlyMemory<byte> bytes, string name, string? directory, ModelOptions options)
    {
        var importer = new ModelImporter(ModelFile.Parse(bytes.Span), directory, options);
        ModelGraph? graph = importer.Import(name);
        return graph ?? throw ModelErrors.Unsupported(Summary(importer));
    }

    /// <summary>Lists what a model contains and which nodes are supported, without failing on those that are not.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <exception cref="InferFException">The file cannot be read or is broken.</exception>
    public static ModelCheck Inspect(string path) => Inspect(path, ModelOptions.Default);

    /// <summary>Lists what a model contains and which nodes are supported, without failing on those that are not.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="options">How it would be loaded.</param>
    /// <exception cref="InferFException">The file cannot be read or is broken.</exception>
    public static ModelCheck Inspect(string path, ModelOptions options)
    {
        byte[] bytes = ModelFile.ReadBytes(path);
        return Inspect(bytes, DirectoryOf(path), options);
    }

    /// <summary>Lists what a model contains and which nodes are supported, without failing on those that are not.</summary>
    /// <param name="bytes">The content of an ONNX file.</param>
    /// <param name="directory">Where external weights lie, or null if the model may have none.</param>
    /// <exception cref="InferFException">The bytes are broken.</exception>
    public static ModelCheck Inspect(ReadOnlyMemory<byte> bytes, string? directory) => Inspect(bytes, directory, ModelOptions.Default);

    /// <summary>Lists what a model contains and which nodes are supported, without failing on those that are not.</summary>
    /// <param name="bytes">The content of an ONNX file.</param>
    /// <param name="directory">Where external weights lie, or null if the model may have none.</param>
    /// <param name="options">How it would be loaded.</param>
    /// <exception cref="InferFException">The bytes are broken.</exception>
    public static ModelCheck Inspect(ReadOnlyMemory<byte> bytes, string? directory, ModelOptions options)
    {
        var importer = new ModelImporter(ModelFile.Parse(bytes.Span), directory, options);
        return importer.Describe(importer.Import("model"));
    }

    private static string Summary(ModelImporter importer)
    {
        const int MaxListed = 50;
        int more = importer.Problems.Count - MaxListed;
        return string.Join(' ', importer.Problems.Take(MaxListed)) + (more > 0 ? $" And {more} more." : "");
    }

    private static string DirectoryOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? Path.DirectorySeparatorChar.ToString();
}
