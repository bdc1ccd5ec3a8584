namespace InferF.Optimizer.Joins;

/// <summary>A node of a join order: a table, or a join of a probe side with a hashed build side. Sets are those of a <see cref="JoinGraph"/>.</summary>
internal sealed class JoinOrderNode
{
    private JoinOrderNode(TableSet vertices, double rows, double seconds, JoinOrderNode? probe, JoinOrderNode? build)
    {
        (Vertices, Rows, Seconds, Probe, Build) = (vertices, rows, seconds, probe, build);
        SpineJoins = probe is null ? 0 : probe.SpineJoins + 1;
        Driver = probe is null ? vertices.Tables().First() : probe.Driver;
    }

    /// <summary>Vertices below.</summary>
    public TableSet Vertices { get; }

    /// <summary>Rows.</summary>
    public double Rows { get; }

    /// <summary>Modelled seconds of all joins below and of this one.</summary>
    public double Seconds { get; }

    /// <summary>The side that streams through; null for a table.</summary>
    public JoinOrderNode? Probe { get; }

    /// <summary>The hashed side; null for a table.</summary>
    public JoinOrderNode? Build { get; }

    /// <summary>Joins that a row of the driver passes: the fewer, the more is nested into build sides.</summary>
    public int SpineJoins { get; }

    /// <summary>The vertex at the end of the probe spine.</summary>
    public int Driver { get; }

    /// <summary>A table.</summary>
    public static JoinOrderNode Table(JoinGraph graph, int vertex) => new(TableSet.Of(vertex), graph.RowsOf(vertex), 0, null, null);

    /// <summary>A join.</summary>
    public static JoinOrderNode Join(JoinGraph graph, IJoinCost cost, JoinOrderNode probe, JoinOrderNode build)
    {
        TableSet vertices = probe.Vertices | build.Vertices;
        double rows = graph.RowsOf(vertices);
        double seconds = probe.Seconds + build.Seconds + cost.Seconds(probe.Rows, build.Rows, rows, build.Vertices.Count);
        return new JoinOrderNode(vertices, rows, seconds, probe, build);
    }
}
