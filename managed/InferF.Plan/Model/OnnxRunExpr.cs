using System.Collections.Immutable;

namespace InferF.Plan.Model;

/// <summary>An input of an <see cref="OnnxSubmodel"/>.</summary>
/// <param name="Name">Name in the submodel's graph.</param>
/// <param name="Type">Float32, Float64, Int64 or String: the submodel converts to other types itself.</param>
/// <param name="Dims">Dimensions of one row, without the batch dimension if the submodel is batched; their product is the width of the argument.</param>
public sealed record OnnxSubmodelInput(string Name, ElementType Type, ImmutableArray<int> Dims);

/// <summary>An output of an <see cref="OnnxSubmodel"/>.</summary>
/// <param name="Name">Name in the submodel's graph.</param>
/// <param name="Type">Float32, Float64 or Int64: the submodel converts from other types itself.</param>
/// <param name="Dims">Dimensions of one row, without the batch dimension if the submodel is batched.</param>
/// <param name="Offset">Where its elements begin in a row of <see cref="OnnxRunExpr"/>, in bytes; a multiple of 8.</param>
public sealed record OnnxSubmodelOutput(string Name, ElementType Type, ImmutableArray<int> Dims, int Offset)
{
    /// <summary>Elements per row.</summary>
    public int Width => Dims.Aggregate(1, (product, dim) => product * dim);
}

/// <summary>A part of a model that ONNX Runtime runs, because InferF has no rule and no kernel for it.</summary>
public sealed class OnnxSubmodel
{
    /// <summary>Creates a submodel; the offsets of the outputs are assigned in order.</summary>
    /// <param name="model">A serialized ONNX model, complete with weights: <see cref="ElementType.Bytes"/>.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="outputs">Name, type and dimensions of its outputs.</param>
    /// <param name="isBatched">Rows may be scored together along a batch dimension in front; otherwise one run scores one row.</param>
    public OnnxSubmodel(
        ConstantTensor model, ImmutableArray<OnnxSubmodelInput> inputs, ImmutableArray<(string Name, ElementType Type, ImmutableArray<int> Dims)> outputs, bool isBatched)
    {
        (Model, Inputs, IsBatched) = (model, inputs, isBatched);
        ImmutableArray<OnnxSubmodelOutput>.Builder placed = ImmutableArray.CreateBuilder<OnnxSubmodelOutput>(outputs.Length);
        int offset = 0;
        foreach ((string name, ElementType type, ImmutableArray<int> dims) in outputs)
        {
            OnnxSubmodelOutput output = new(name, type, dims, offset);
            placed.Add(output);
            offset = checked(offset + (output.Width * (type == ElementType.Float32 ? 4 : 8) + 7) / 8 * 8);
        }
        Outputs = placed.MoveToImmutable();
        RowBytes = offset;
    }

    /// <summary>The serialized model, [1 × bytes].</summary>
    public ConstantTensor Model { get; }

    /// <summary>Its inputs, in the order of <see cref="OnnxRunExpr"/>'s arguments.</summary>
    public ImmutableArray<OnnxSubmodelInput> Inputs { get; }

    /// <summary>Its outputs.</summary>
    public ImmutableArray<OnnxSubmodelOutput> Outputs { get; }

    /// <summary>Rows may be scored together along a batch dimension in front.</summary>
    public bool IsBatched { get; }

    /// <summary>Bytes of all outputs of one row, each padded to 8.</summary>
    public int RowBytes { get; }
}

/// <summary>One run of a submodel; a row holds all of its outputs, read by <see cref="OnnxOutputExpr"/>. The plan calls this a residual.</summary>
public sealed class OnnxRunExpr(OnnxSubmodel submodel, ImmutableArray<TensorExpr> arguments) : TensorExpr(ElementType.Bytes, submodel.RowBytes, arguments)
{
    /// <summary>What is run.</summary>
    public OnnxSubmodel Submodel { get; } = submodel;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new OnnxRunExpr(Submodel, arguments) { Origin = Origin };
}

/// <summary>An output of a submodel.</summary>
/// <param name="run">The run.</param>
/// <param name="output">Index into its submodel's outputs.</param>
public sealed class OnnxOutputExpr(OnnxRunExpr run, int output) : TensorExpr(run.Submodel.Outputs[output].Type, run.Submodel.Outputs[output].Width, run)
{
    /// <summary>Index into the submodel's outputs.</summary>
    public int Output { get; } = output;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new OnnxOutputExpr((OnnxRunExpr)arguments[0], Output) { Origin = Origin };
}
