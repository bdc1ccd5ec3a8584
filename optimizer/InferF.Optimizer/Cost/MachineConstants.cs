namespace InferF.Optimizer.Cost;

/// <summary>
/// What one thread of the machine can do; the only numbers the cost model knows. All of them are seconds per unit of work of one thread: placements are
/// compared with each other, and threads speed all of them up alike. <c>inferf calibrate</c> measures them; docs/COST.md says how.
/// </summary>
public sealed partial record MachineConstants
{
    /// <summary>Bytes moved at least when anything is read at a random place: a cache line.</summary>
    public const double CacheLineBytes = 64;

    /// <summary>Where the numbers come from: <c>default</c>, or <c>calibrated</c> and the day.</summary>
    public required string Source { get; init; }

    /// <summary>One floating-point operation (half a multiply-add) of a product of rows with a matrix, by inner width and output width.</summary>
    public required CostSurface Product { get; init; }

    /// <summary>One element of a finished partial result that is in the cache, added inside a sum; by width of the sum.</summary>
    public required CostCurve AddedElement { get; init; }

    /// <summary>One element of an element-wise operation whose data lie in the cache.</summary>
    public required double SecondsPerElement { get; init; }

    /// <summary>One exponential, logarithm, sigmoid or hyperbolic tangent.</summary>
    public required double SecondsPerTranscendental { get; init; }

    /// <summary>One byte of a result written to memory for a later node.</summary>
    public required double SecondsPerStoredByte { get; init; }

    /// <summary>One byte of memory that is touched for the first time, beside writing it: the system finds and clears its pages. Not calibrated.</summary>
    public double SecondsPerFreshByte { get; init; } = 0.25e-9;

    /// <summary>Reading one element of a scalar column in order, converting it and writing it into a matrix.</summary>
    public required double SecondsPerColumnElement { get; init; }

    /// <summary>One byte of an array column (or of a partial result) that is read in order, where it lies.</summary>
    public required double SecondsPerStreamedByte { get; init; }

    /// <summary>γ: one byte of rows gathered at random, by bytes of the table and bytes of a row.</summary>
    public required CostSurface RowGather { get; init; }

    /// <summary>Reading one cell of a scalar column at random, by bytes of the column.</summary>
    public required CostCurve CellGather { get; init; }

    /// <summary>Looking one row up in an array of row numbers, by number of indexed rows.</summary>
    public required CostCurve DenseProbe { get; init; }

    /// <summary>Looking one row up in a hash table, by number of indexed rows.</summary>
    public required CostCurve HashProbe { get; init; }

    /// <summary>Entering one row into an array of row numbers, by number of indexed rows.</summary>
    public required CostCurve DenseBuild { get; init; }

    /// <summary>Entering one row into a hash table, by number of indexed rows.</summary>
    public required CostCurve HashBuild { get; init; }

    /// <summary>Copying one row id of one table past a join that drops or repeats rows.</summary>
    public required double SecondsPerCarriedId { get; init; }

    /// <summary>One reading row's look at whether the value of a lazy node is there.</summary>
    public required double SecondsPerLazyCheck { get; init; }

    /// <summary>One test of a tree on one row, applied to a leaf mask.</summary>
    public required double SecondsPerMaskTest { get; init; }

    /// <summary>Intersecting one 64-bit word of one leaf mask whose bytes are in the cache, or writing it.</summary>
    public required double SecondsPerMaskWord { get; init; }

    /// <summary>Finding the exit leaf of one tree in a mask, and adding its weight.</summary>
    public required double SecondsPerExitLeaf { get; init; }

    /// <summary>One step of a walk down a tree.</summary>
    public required double SecondsPerTreeStep { get; init; }

    /// <summary>c_F: seconds per floating-point operation of a product.</summary>
    /// <param name="inputWidth">Inner width K of the product.</param>
    /// <param name="width">Output width H.</param>
    public double SecondsPerFlop(double inputWidth, double width) => Product.At(inputWidth, width);

    /// <summary>γ(table, row): seconds to read one row at a random place; a row moves at least a cache line.</summary>
    /// <param name="tableBytes">Size of what is read from, in bytes.</param>
    /// <param name="rowBytes">Size of a row, in bytes.</param>
    public double GatherSeconds(double tableBytes, double rowBytes)
    {
        double moved = Math.Max(rowBytes, CacheLineBytes);
        return moved * RowGather.At(tableBytes, moved);
    }
}
