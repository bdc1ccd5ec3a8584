using InferF.Frontend.Models.LightGbm;
using InferF.Frontend.Models.Onnx;
using InferF.Frontend.Models.XGBoost;
using InferF.Plan.Model;

namespace InferF.Frontend.Models;

/// <summary>The formats of model files.</summary>
public enum ModelFormat
{
    /// <summary>ONNX.</summary>
    Onnx,
    /// <summary>LightGBM's text format.</summary>
    LightGbm,
    /// <summary>XGBoost's JSON or UBJSON format.</summary>
    XGBoost,
}

/// <summary>Reads model files of every format, told apart by their content.</summary>
public static class ModelReader
{
    private const int SniffedBytes = 64;

    /// <summary>Reads a model from a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Name the model gets.</param>
    /// <param name="options">How it is loaded; null for the defaults. Only ONNX files have constants to give.</param>
    /// <exception cref="InferFException">
    /// <see cref="InferFErrorCode.Source"/>: the file cannot be read. <see cref="InferFErrorCode.InvalidModel"/>: it is broken.
    /// <see cref="InferFErrorCode.UnsupportedModel"/>: it needs something InferF does not run.
    /// </exception>
    public static ModelGraph Load(string path, string name, ModelOptions? options = null)
    {
        byte[] bytes = ModelFile.ReadBytes(path);
        if (FormatOf(bytes) == ModelFormat.Onnx)
        {
            return OnnxModelReader.Load(path, name, options ?? ModelOptions.Default);
        }
        RequireNoConstants(options, name);
        try
        {
            return Read(bytes, name);
        }
        catch (InferFException failure)
        {
            throw new InferFException(failure.Code, $"{failure.Message} File '{path}'.", failure.Position, failure);
        }
    }

    /// <summary>Reads a model from memory; an ONNX model may have no external weights.</summary>
    /// <param name="bytes">The content of a file.</param>
    /// <param name="name">Name the model gets.</param>
    /// <exception cref="InferFException">As for <see cref="Load"/>.</exception>
    public static ModelGraph Read(ReadOnlyMemory<byte> bytes, string name) => FormatOf(bytes.Span) switch
    {
        ModelFormat.LightGbm => LightGbmModelReader.Read(bytes.Span, name),
        ModelFormat.XGBoost => XGBoostModelReader.Read(bytes.Span, name),
        _ => OnnxModelReader.Read(bytes, name, directory: null),
    };

    /// <summary>Lists what a model contains and which of it is supported, without failing on what is not.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it would be loaded; null for the defaults.</param>
    /// <exception cref="InferFException">The file cannot be read or is broken.</exception>
    public static ModelCheck Inspect(string path, ModelOptions? options = null)
    {
        ModelFormat format = FormatOfFile(path);
        if (format == ModelFormat.Onnx)
        {
            return OnnxModelReader.Inspect(path, options ?? ModelOptions.Default);
        }
        string producer = format == ModelFormat.LightGbm ? "LightGBM" : "XGBoost";
        try
        {
            return BoosterCheck.Of(producer, Load(path, "model", options));
        }
        catch (InferFException failure) when (failure.Code == InferFErrorCode.UnsupportedModel)
        {
            return BoosterCheck.Of(producer, failure);
        }
    }

    /// <summary>The format of a file, from its first bytes.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InferFException"><see cref="InferFErrorCode.Source"/>: the file cannot be read.</exception>
    public static ModelFormat FormatOfFile(string path)
    {
        try
        {
            byte[] bytes = new byte[SniffedBytes];
            using FileStream file = File.OpenRead(path);
            return FormatOf(bytes.AsSpan(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw ModelErrors.Source($"The model file cannot be read. Path '{path}': {e.Message}", e);
        }
    }

    /// <summary>The format a file's content looks like; ONNX, which has no mark of its own, if like no other.</summary>
    /// <param name="bytes">The content, or its beginning.</param>
    public static ModelFormat FormatOf(ReadOnlySpan<byte> bytes) =>
        LightGbmModelReader.Recognizes(bytes) ? ModelFormat.LightGbm
        : XGBoostModelReader.Recognizes(bytes) ? ModelFormat.XGBoost
        : ModelFormat.Onnx;

    private static void RequireNoConstants(ModelOptions? options, string name)
    {
        if (options is { Constants.Count: > 0 })
        {
            throw new InferFException(InferFErrorCode.InvalidArgument, $"Only ONNX models have inputs that can be given as constants. Model '{name}'.");
        }
    }
}
