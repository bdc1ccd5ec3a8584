using System.Collections.Immutable;

namespace InferF.Optimizer.Joins;

/// <summary>What one table costs where its part of a model's sum is computed; all numbers per row of the node that computes it.</summary>
/// <param name="Rows">Rows of the table.</param>
/// <param name="TermSeconds">Computing its term from columns that are loaded.</param>
/// <param name="LoadSecondsInOrder">Loading its columns at a node whose rows follow the table's rows in order.</param>
/// <param name="LoadSecondsAtRandom">Loading its columns at any other node.</param>
internal readonly record struct JointTable(double Rows, double TermSeconds, double LoadSecondsInOrder, double LoadSecondsAtRandom);

/// <summary>
/// Join order and placement of one sum over tables, as plain numbers. At every node below the root either everything that is pending there is combined into
/// one accumulator, which is stored and handed over to the next node that combines, or everything passes. The root combines what is left.
/// </summary>
/// <param name="Tables">Tables, which are the vertices of <paramref name="Graph"/>.</param>
/// <param name="Graph">Equalities, and rows of connected sets.</param>
/// <param name="Cost">What joins cost.</param>
/// <param name="AccumulatorBytes">Bytes of one row of an accumulator.</param>
/// <param name="StoreSeconds">Storing one row of an accumulator.</param>
/// <param name="AddSeconds">Adding one row of an accumulator that was gathered.</param>
/// <param name="GatherSecondsPerByte">γ: by the bytes of what is gathered from, 0 for rows that come in order.</param>
internal sealed record JointProblem(
    ImmutableArray<JointTable> Tables,
    JoinGraph Graph,
    IJoinCost Cost,
    double AccumulatorBytes,
    double StoreSeconds,
    double AddSeconds,
    Func<double, double> GatherSecondsPerByte)
{
    /// <summary>Most tables for which the problem is solved; beyond, the order of joins is chosen first.</summary>
    public const int MostTables = JoinOrderProgram.MostInputs;

    /// <summary>Seconds per row of a node for the term of a table that is still to be computed there.</summary>
    /// <param name="table">The table.</param>
    /// <param name="inOrder">True if the table is at the end of the node's probe spine.</param>
    public double RawSeconds(int table, bool inOrder) =>
        Tables[table].TermSeconds + (inOrder ? Tables[table].LoadSecondsInOrder : Tables[table].LoadSecondsAtRandom);

    /// <summary>Seconds per row of a node for an accumulator that is gathered there.</summary>
    /// <param name="rows">Rows of the accumulator.</param>
    /// <param name="inOrder">True if it was stored on the node's own probe spine.</param>
    public double GatherSeconds(double rows, bool inOrder) =>
        AccumulatorBytes * GatherSecondsPerByte(inOrder ? 0 : rows * AccumulatorBytes) + AddSeconds;
}

/// <summary>A solution of a <see cref="JointProblem"/>.</summary>
/// <param name="Order">The order of joins.</param>
/// <param name="Active">The sets of vertices of the nodes that combine what is pending, the root not included.</param>
/// <param name="Seconds">Seconds of joins, terms, loads, stores and hand-overs.</param>
internal sealed record JointSolution(JoinOrderNode Order, ImmutableArray<TableSet> Active, double Seconds);
