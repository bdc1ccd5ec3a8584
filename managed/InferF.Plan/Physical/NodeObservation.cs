namespace InferF.Plan.Physical;

/// <summary>What the engine found about one relational node when it built the build sides.</summary>
/// <remarks>Streamed nodes are the scan of the streamed table and all nodes above it.</remarks>
/// <param name="Node">Index into <c>PlanFragment.Nodes</c>.</param>
/// <param name="Rows">Rows the node yields; null for streamed nodes.</param>
/// <param name="DistinctKeys">Joins: distinct keys of the build side, without rows whose key is NULL; null for other nodes.</param>
/// <param name="BuildRows">Joins: rows of the build side; null for other nodes.</param>
/// <param name="ReferencedRows">Joins: distinct rows of the build side that joined rows refer to. Exact if the probe side is part of a build side; of the
/// sample if it is streamed. Null for other nodes, and above a filter that reads values.</param>
/// <param name="SampledRowsIn">Streamed nodes: rows of the sample that entered the node, at a join those of its probe side; null for other nodes and where
/// it is not known.</param>
/// <param name="SampledRowsOut">Streamed nodes: rows of the sample that left the node; null for other nodes, and from the first filter that reads values
/// upwards, which is not evaluated.</param>
public readonly record struct NodeObservation(
    int Node, long? Rows, long? DistinctKeys, long? BuildRows, long? ReferencedRows, long? SampledRowsIn, long? SampledRowsOut);
