namespace InferF.Optimizer.Cost;

/// <summary>What it costs a row to read a raw column.</summary>
internal static class LoadCost
{
    // Array columns of at least this many elements are read where they lie; shorter ones are copied like scalars (LoadStep.cpp, kMinDirectList).
    private const int LeastArrayInPlace = 4;

    // Products with so many outputs are dot products of one row after the other (Gemm.cpp, SumDots).
    private const int MostOutputsUnrequested = 4;

    /// <summary>True for array columns that sums read without copying them.</summary>
    public static bool IsInPlace(int width) => width >= LeastArrayInPlace;

    /// <summary>Seconds per row.</summary>
    /// <param name="width">Elements of a cell.</param>
    /// <param name="elementBytes">Bytes of an element.</param>
    /// <param name="tableRows">Rows of the column's table.</param>
    /// <param name="inOrder">True if the rows that read it follow the table's rows in order; otherwise they come from anywhere.</param>
    /// <param name="machine">What the machine can do.</param>
    public static double Seconds(int width, int elementBytes, double tableRows, bool inOrder, MachineConstants machine)
    {
        double cellBytes = (double)width * elementBytes;
        double columnBytes = tableRows * cellBytes;
        return IsInPlace(width)
            ? inOrder ? cellBytes * machine.SecondsPerStreamedByte : machine.GatherSeconds(columnBytes, cellBytes)
            : width * machine.SecondsPerColumnElement + (inOrder ? 0 : machine.CellGather.At(columnBytes));
    }

    /// <summary>
    /// What reading array cells at random costs more when a product of few outputs reads them: it does not request rows ahead, so every cache line is waited for like
    /// a cell of its own.
    /// </summary>
    /// <param name="width">Elements of a cell.</param>
    /// <param name="elementBytes">Bytes of an element.</param>
    /// <param name="tableRows">Rows of the column's table.</param>
    /// <param name="outputs">Outputs of the product.</param>
    /// <param name="machine">What the machine can do.</param>
    public static double UnrequestedSeconds(int width, int elementBytes, double tableRows, int outputs, MachineConstants machine)
    {
        if (outputs > MostOutputsUnrequested || !IsInPlace(width))
        {
            return 0;
        }
        double cellBytes = (double)width * elementBytes;
        double columnBytes = tableRows * cellBytes;
        double lines = Math.Max(1, cellBytes / MachineConstants.CacheLineBytes);
        return Math.Max(0, lines * machine.CellGather.At(columnBytes) - machine.GatherSeconds(columnBytes, cellBytes));
    }
}
