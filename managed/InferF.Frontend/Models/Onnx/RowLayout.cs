namespace InferF.Frontend.Models.Onnx;

/// <summary>How rows lie in the tensors of a file, see docs/MODELS.md.</summary>
/// <param name="HasBatch">Dimension 0 of every input counts rows; otherwise one row holds all inputs whole.</param>
/// <param name="BatchSize">The number of rows that the file fixes, or 0 if it leaves it open.</param>
internal sealed record RowLayout(bool HasBatch, int BatchSize)
{
    /// <summary>One row holds the whole tensors.</summary>
    public static RowLayout Whole { get; } = new(HasBatch: false, BatchSize: 0);

    /// <summary>The layouts that declared shapes allow, in the order in which they are tried.</summary>
    /// <param name="inputs">The inputs that vary by row.</param>
    /// <param name="hasMaps">There are inputs besides that are one map per row.</param>
    /// <param name="outputs">The graph's outputs.</param>
    public static IEnumerable<RowLayout> Candidates(IReadOnlyCollection<DeclaredInput> inputs, bool hasMaps, IEnumerable<ValueInfoProto> outputs)
    {
        int[] fixedSizes = [.. inputs.Where(input => input.Dims is [> 0, ..]).Select(input => input.Dims[0]).Distinct()];
        bool isOpenSomewhere = inputs.Any(input => input.Dims is [<= 0, ..]);
        bool haveRows = inputs.All(input => !input.Dims.IsEmpty) && (inputs.Count > 0 || hasMaps);
        if (haveRows && fixedSizes.Length == 0)
        {
            yield return new RowLayout(HasBatch: true, BatchSize: 0);
        }
        else if (haveRows && fixedSizes is [var size] && (size == 1 || (!isOpenSomewhere && outputs.All(output => Keeps(output, size)))))
        {
            yield return new RowLayout(HasBatch: true, size);
        }
        if (!hasMaps && inputs.All(input => !input.Dims.Contains(-1)))
        {
            yield return Whole;
        }
    }

    private static bool Keeps(ValueInfoProto output, int size) => DeclaredInput.DimsOf(output.Type) is not { } dims || (dims is [var first, ..] && (first == size || first == -1));
}
