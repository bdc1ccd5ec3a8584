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
    /// <summary>Reads a model from a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Name the model gets.</param>
    /// <exception cref="InferFException">
    /// <see cref="InferFErrorCode.Source"/>: the file cannot be read. <see cref="InferFErrorCode.InvalidModel"/>: it is broken.
    /// <see cref="InferFErrorCode.UnsupportedModel"/>: it needs something InferF does not run.
    /// </exception>
    public static ModelGraph Load(string path, string name)
    {
        byte[] bytes = ModelFile.ReadBytes(path);
        if (FormatOf(bytes) == ModelFormat.Onnx)
        {
            return OnnxModelReader.Load(path, name);
        }
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

    /// <summary>The format a file's content looks like; ONNX, which has no mark of its own, if like no other.</summary>
    /// <param name="bytes">The content, or its beginning.</param>
    public static ModelFormat FormatOf(ReadOnlySpan<byte> bytes) =>
        LightGbmModelReader.Recognizes(bytes) ? ModelFormat.LightGbm
        : XGBoostModelReader.Recognizes(bytes) ? ModelFormat.XGBoost
        : ModelFormat.Onnx;
}
