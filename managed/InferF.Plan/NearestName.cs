namespace InferF.Plan;

/// <summary>Finds the valid name a user probably meant, for error messages.</summary>
public static class NearestName
{
    /// <summary>Returns " Did you mean 'x'?" for the candidate with the smallest edit distance, or an empty string if none is near.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">What would have been valid.</param>
    public static string Hint(string name, IEnumerable<string> candidates)
    {
        string? best = null;
        int bestDistance = Math.Max(2, name.Length / 3) + 1;
        foreach (string candidate in candidates)
        {
            int distance = Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant());
            if (distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }
        return best is null ? "" : $" Did you mean '{best}'?";
    }

    // Levenshtein distance with two rows (Wagner and Fischer, "The String-to-String Correction Problem", 1974).
    private static int Distance(string a, string b)
    {
        int[] previous = [.. Enumerable.Range(0, b.Length + 1)];
        int[] current = new int[b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(substitution, Math.Min(previous[j], current[j - 1]) + 1);
            }
            (previous, current) = (current, previous);
        }
        return previous[b.Length];
    }
}
