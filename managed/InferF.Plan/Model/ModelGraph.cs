using System.Collections.Immutable;

namespace InferF.Plan.Model;

/// <summary>A named input of a model.</summary>
/// <param name="Name">As in the model file.</param>
/// <param name="Type">Type InferF feeds: narrower integers and booleans are Int64 here.</param>
/// <param name="Width">Number of features per row; the product of the trailing dimensions.</param>
/// <param name="FileType">Element type as the model file spells it, e.g. <c>float</c>, <c>int32</c>.</param>
public sealed record ModelInput(string Name, ElementType Type, int Width, string FileType)
{
    /// <summary>True if every use of this input replaces NaN first (an Imputer), so that a missing value is not an error.</summary>
    public bool TakesMissing { get; init; }

    /// <summary>Rank of the declared shape: 1 for [N], 2 for [N, k], …; needed to feed a reference runtime.</summary>
    public ImmutableArray<long> TrailingShape { get; init; } = [];
}

/// <summary>A named output of a model.</summary>
/// <param name="Name">As in the model file.</param>
/// <param name="Expression">Its value per row.</param>
public sealed record ModelOutput(string Name, TensorExpr Expression);

/// <summary>A model as an expression DAG over its inputs. Immutable.</summary>
public sealed class ModelGraph
{
    /// <summary>Creates a graph. Every <see cref="InputExpr"/> reachable from the outputs refers to one of the inputs.</summary>
    public ModelGraph(string name, ImmutableArray<ModelInput> inputs, ImmutableArray<ModelOutput> outputs)
    {
        (Name, Inputs, Outputs) = (name, inputs, outputs);
    }

    /// <summary>Name the model is registered under.</summary>
    public string Name { get; }

    /// <summary>Inputs in file order.</summary>
    public ImmutableArray<ModelInput> Inputs { get; }

    /// <summary>Outputs in file order.</summary>
    public ImmutableArray<ModelOutput> Outputs { get; }
}
