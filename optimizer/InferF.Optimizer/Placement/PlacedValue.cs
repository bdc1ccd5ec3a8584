using System.Collections.Immutable;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Joins;
using InferF.Plan.Model;
using Proto = InferF.Plan.Proto;

namespace InferF.Optimizer.Placement;

/// <summary>A term of a placed sum.</summary>
internal readonly record struct PlacedTerm(PlacedValue Value, ConstantTensor? Weight, int WeightRow);

/// <summary>The sum of a placed value: final, or a partial result without bias and activation.</summary>
internal sealed record PlacedSum(ImmutableArray<PlacedTerm> Terms, ConstantTensor? Bias, Proto.Activation Activation, float Alpha);

/// <summary>A value of the plan: computed at one relational node from values at that node or below. Becomes one <c>Value</c> of the fragment.</summary>
internal sealed class PlacedValue
{
    /// <summary>Position in the plan's list of values; arguments come before users.</summary>
    public required int Index { get; init; }

    /// <summary>Relational node on whose rows it is computed.</summary>
    public required int Node { get; init; }

    /// <summary>The model's value; of a partial sum, the sum it is a part of.</summary>
    public required ModelValue Source { get; init; }

    /// <summary>Values read, for every operation except sums.</summary>
    public ImmutableArray<PlacedValue> Arguments { get; init; } = [];

    /// <summary>Set for sums.</summary>
    public PlacedSum? Sum { get; init; }

    /// <summary>Tables it depends on.</summary>
    public required TableSet Tables { get; init; }

    /// <summary>True for a sum over only some of its source's terms.</summary>
    public bool IsPartial { get; init; }

    /// <summary>True if it is read at another node or by an output, so that all of its rows are stored.</summary>
    public bool Escapes { get; set; }

    /// <summary>Columns.</summary>
    public int Width => Source.Width;

    /// <summary>Bytes of one row.</summary>
    public int RowBytes => Source.RowBytes;
}
