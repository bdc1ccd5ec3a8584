namespace InferF.Optimizer.Planners.Search;

/// <summary>Every placement of a space.</summary>
internal static class ExhaustiveSearch
{
    /// <summary>The cheapest placement; of equals the first, which pushes less.</summary>
    /// <exception cref="InferFException">The space is larger than <paramref name="limit"/>.</exception>
    public static (int[] Decisions, double Seconds) Search(SearchSpace space, int limit)
    {
        int[] best = space.None();
        double bestSeconds = space.Seconds(best);
        ForEach(space, limit, decisions =>
        {
            double seconds = space.Seconds(decisions);
            if (seconds < bestSeconds)
            {
                decisions.CopyTo(best, 0);
                bestSeconds = seconds;
            }
        });
        return (best, bestSeconds);
    }

    /// <summary>Visits every placement; the visitor must not keep the array.</summary>
    /// <exception cref="InferFException">The space is larger than <paramref name="limit"/>.</exception>
    public static void ForEach(SearchSpace space, int limit, Action<int[]> visit)
    {
        if (space.Size > limit)
        {
            throw new InferFException(
                InferFErrorCode.InvalidArgument,
                string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"There are too many placements to try them all. Expected at most {limit}, got {space.Size:0.####e0} ({space.Decisions.Length} decisions); planner 'exact' finds the best one without trying them."));
        }
        int[] decisions = space.None();
        int position = 0;
        while (position < decisions.Length || decisions.Length == 0)
        {
            visit(decisions);
            for (position = 0; position < decisions.Length && decisions[position] == space.Decisions[position].Nodes.Length; position++)
            {
                decisions[position] = 0;
            }
            if (position == decisions.Length)
            {
                return;
            }
            decisions[position]++;
        }
    }
}
