using System.Collections.Immutable;

namespace InferF.Runtime.Sources;

/// <summary>How the rows of a table are cut into parts that can be read at the same time.</summary>
/// <param name="Relation">Quoted name of the relation that the conditions are over; it has the table's columns.</param>
/// <param name="Conditions">A condition per part; every row meets exactly one.</param>
/// <param name="Verify">Called when a part has been opened: throws if the table is no longer the one that was cut.</param>
internal sealed record TableCuts(string Relation, ImmutableArray<string> Conditions, Action Verify);
