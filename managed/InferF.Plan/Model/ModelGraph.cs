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

    /// <summary>For a word of a map: name of the file's input, which is one map per row. A missing number means that the map lacks the word, which counts as 0.</summary>
    public string? MapName { get; init; }

    /// <summary>Rank of the declared shape: 1 for [N], 2 for [N, k], …; needed to feed a reference runtime.</summary>
    public ImmutableArray<long> TrailingShape { get; init; } = [];

    /// <summary>
    /// True if the first dimension in the file is the batch dimension; <see cref="TrailingShape"/> is what follows it. False if one row holds the whole
    /// tensor; <see cref="TrailingShape"/> is its whole shape.
    /// </summary>
    public bool HasBatchDimension { get; init; } = true;
}

/// <summary>A named output of a model.</summary>
/// <param name="Name">As in the model file.</param>
/// <param name="Expression">Its value per row.</param>
public sealed record ModelOutput(string Name, TensorExpr Expression)
{
    /// <summary>Dimensions of one row, without a batch dimension; their product is the width.</summary>
    public ImmutableArray<int> Shape { get; init; } = [Expression.Width];

    /// <summary>Element type as the model file spells it, e.g. <c>float</c>, <c>bool</c>; empty if unknown.</summary>
    public string FileType { get; init; } = "";

    /// <summary>True if the first dimension in the file is the batch dimension and <see cref="Shape"/> is what follows it.</summary>
    public bool HasBatchDimension { get; init; } = true;

    /// <summary>For a ZipMap: the name of each column, which becomes a column of its own in results (see <see cref="ModelGraph.Columns"/>); otherwise empty.</summary>
    public ImmutableArray<string> ClassNames { get; init; } = [];
}

/// <summary>An input of a model file that is the same for every row and was given as a constant when the model was loaded.</summary>
/// <param name="Name">As in the model file.</param>
/// <param name="FileType">Element type as the model file spells it.</param>
/// <param name="Shape">Its dimensions; empty for a scalar.</param>
/// <param name="Data"><c>float[]</c>, <c>double[]</c>, <c>long[]</c> or <c>string[]</c>.</param>
public sealed record ModelConstantInput(string Name, string FileType, ImmutableArray<int> Shape, Array Data);

/// <summary>An output of a model file that never has any element, so that it is no column of results.</summary>
/// <param name="Name">As in the model file.</param>
/// <param name="FileType">Element type as the model file spells it.</param>
/// <param name="Shape">Its dimensions, of which one is 0.</param>
public sealed record ModelEmptyOutput(string Name, string FileType, ImmutableArray<int> Shape);

/// <summary>A column of a model's result: an output, or one class of an output that is a ZipMap.</summary>
/// <param name="Name">The output's or the class's name; where that is taken, <c>output.class</c>.</param>
/// <param name="Output">Index into <see cref="ModelGraph.Outputs"/>.</param>
/// <param name="Element">The class's column of the output, or null for the whole output.</param>
public readonly record struct ModelColumn(string Name, int Output, int? Element);

/// <summary>A model as an expression DAG over its inputs. Immutable.</summary>
public sealed class ModelGraph
{
    /// <summary>Creates a graph. Every <see cref="InputExpr"/> reachable from the outputs refers to one of the inputs.</summary>
    public ModelGraph(string name, ImmutableArray<ModelInput> inputs, ImmutableArray<ModelOutput> outputs)
    {
        (Name, Inputs, Outputs) = (name, inputs, outputs);
        Columns = ColumnsOf(outputs);
    }

    /// <summary>The columns of the result in file order, each class of a ZipMap as a column of its own; their names differ in more than case.</summary>
    public ImmutableArray<ModelColumn> Columns { get; }

    /// <summary>Name the model is registered under.</summary>
    public string Name { get; }

    /// <summary>Inputs in file order.</summary>
    public ImmutableArray<ModelInput> Inputs { get; }

    /// <summary>Outputs in file order.</summary>
    public ImmutableArray<ModelOutput> Outputs { get; }

    /// <summary>Inputs of the file that were given as constants when it was loaded; needed to feed a reference runtime. Name, type in the file, shape, elements.</summary>
    public ImmutableArray<ModelConstantInput> ConstantInputs { get; init; } = [];

    /// <summary>Outputs of the file that never have any element.</summary>
    public ImmutableArray<ModelEmptyOutput> EmptyOutputs { get; init; } = [];

    private static ImmutableArray<ModelColumn> ColumnsOf(ImmutableArray<ModelOutput> outputs)
    {
        HashSet<string> taken = new(outputs.Where(output => output.ClassNames.IsEmpty).Select(output => output.Name), StringComparer.OrdinalIgnoreCase);
        ImmutableArray<ModelColumn>.Builder columns = ImmutableArray.CreateBuilder<ModelColumn>();
        for (int i = 0; i < outputs.Length; i++)
        {
            if (outputs[i].ClassNames.IsEmpty)
            {
                columns.Add(new ModelColumn(outputs[i].Name, i, null));
            }
            for (int element = 0; element < outputs[i].ClassNames.Length; element++)
            {
                string name = outputs[i].ClassNames[element];
                string qualified = $"{outputs[i].Name}.{name}";
                columns.Add(new ModelColumn(name.Length > 0 && taken.Add(name) ? name : taken.Add(qualified) ? qualified : $"{qualified}_{element}", i, element));
            }
        }
        return columns.ToImmutable();
    }
}
