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
    public static ModelGraph Load(string path, string name) => Load(path, name, ModelOptions.Default);

    /// <summary>Reads a model from a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Name the model gets.</param>
    /// <param name="options">How it is loaded.</param>
    /// <exception cref="InferFException">As for <see cref="Load(string, string)"/>; <see cref="InferFErrorCode.InvalidArgument"/>: a constant does not fit.</exception>
    public static ModelGraph Load(string path, string name, ModelOptions options)
    {
        byte[] bytes = ModelFile.ReadBytes(path);
        if (FormatOf(bytes) == ModelFormat.Onnx)
        {
            return OnnxModelReader.Load(path, name, options);
        }
        if (options.Constants.Count > 0)
        {
            throw new InferFException(InferFErrorCode.InvalidArgument, $"Only inputs of ONNX models can be given as constants. Input '{options.Constants.Keys.First()}', file '{path}'.");
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

    /// <summary>Lists what a model contains and where its nodes run, without failing on those that nothing runs.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it would be loaded.</param>
    /// <exception cref="InferFException">The file cannot be read or is broken.</exception>
    public static ModelCheck Inspect(string path, ModelOptions options)
    {
        if (FormatOf(ModelFile.ReadBytes(path)) == ModelFormat.Onnx)
        {
            return OnnxModelReader.Inspect(path, options);
        }
        ModelGraph? graph = null;
        string problem = "";
        try
        {
            graph = Load(path, "model", options);
        }
        catch (InferFException failure) when (failure.Code == InferFErrorCode.UnsupportedModel)
        {
            problem = failure.Message;
        }
        TreeEnsembleExpr? trees = graph is null ? null : FindTrees(graph.Outputs[0].Expression);
        string origin = trees?.Origin ?? "";
        return new ModelCheck(
            origin.Split(' ')[0],
            [.. (graph?.Inputs ?? []).Select(input => new ModelValueCheck(input.Name, input.FileType, "[N]"))],
            [.. (graph?.Outputs ?? []).Select(output => new ModelValueCheck(output.Name, output.FileType, output.Shape.IsEmpty ? "[N]" : $"[N, {string.Join(", ", output.Shape)}]"))],
            [],
            [new ModelNodeCheck(origin, "TreeEnsemble", "ai.onnx.ml", 0, problem.Length == 0, problem) { Origin = origin }],
            problem.Length == 0 ? [] : [problem])
        {
            Parameters = trees is null ? 0 : trees.Ensemble.Nodes.Length + trees.Ensemble.Weights.Length,
            Graph = graph,
        };
    }

    private static TreeEnsembleExpr? FindTrees(TensorExpr expression)
    {
        while (expression is not TreeEnsembleExpr && expression.Arguments.Length > 0)
        {
            expression = expression.Arguments[0];
        }
        return expression as TreeEnsembleExpr;
    }

    /// <summary>The format a file's content looks like; ONNX, which has no mark of its own, if like no other.</summary>
    /// <param name="bytes">The content, or its beginning.</param>
    public static ModelFormat FormatOf(ReadOnlySpan<byte> bytes) =>
        LightGbmModelReader.Recognizes(bytes) ? ModelFormat.LightGbm
        : XGBoostModelReader.Recognizes(bytes) ? ModelFormat.XGBoost
        : ModelFormat.Onnx;
}
