using InferF.Optimizer.Joins;

namespace InferF.Optimizer.Tests.Joins;

/// <summary>Connected join graphs with random rows, keys and shapes.</summary>
internal static class RandomGraph
{
    /// <summary>A random tree of tables with some edges more: keys of the smaller table, sometimes with fan-out.</summary>
    public static JoinGraph Create(Random random, int tables, int moreEdges)
    {
        double[] rows = [.. Enumerable.Range(0, tables).Select(_ => Math.Round(Math.Pow(10, 1 + (5 * random.NextDouble()))))];
        int shape = random.Next(3);
        var edges = Enumerable.Range(1, tables - 1).Select(t => (Left: shape switch { 0 => 0, 1 => t - 1, _ => random.Next(t) }, Right: t)).ToList();
        edges.AddRange(Enumerable.Range(0, tables > 2 ? moreEdges : 0).Select(_ => Pair(random, tables)).Where(edge => !edges.Contains(edge)).Distinct().ToList());
        return new JoinGraph(rows, edges.Select(edge => (edge.Left, edge.Right, Math.Min(1, Math.Pow(10, random.NextDouble() - 0.7) / Math.Min(rows[edge.Left], rows[edge.Right])))));
    }

    private static (int Left, int Right) Pair(Random random, int tables)
    {
        int left = random.Next(tables - 1);
        return (left, left + 1 + random.Next(tables - left - 1));
    }
}
