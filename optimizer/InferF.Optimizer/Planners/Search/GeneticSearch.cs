using System.Diagnostics;

namespace InferF.Optimizer.Planners.Search;

/// <summary>Settings of the genetic planner.</summary>
/// <param name="Seed">Everything random follows from it.</param>
/// <param name="Population">Placements that live at the same time.</param>
/// <param name="StallGenerations">The search ends when so many generations in a row brought nothing better.</param>
/// <param name="Evaluations">The search ends after judging about so many placements.</param>
/// <param name="TimeLimit">The search ends after this time, if set; results then depend on the machine's speed.</param>
internal sealed record GeneticOptions(int Seed = 1, int Population = 40, int StallGenerations = 25, int Evaluations = 6000, TimeSpan? TimeLimit = null);

/// <summary>
/// The second algorithm of arXiv 2511.20489: a population of placements, of which good ones exchange what they do below a random node. Here with the real cost as fitness, elitism, and a first
/// population that contains nothing pushed and everything at its lowest node.
/// </summary>
internal sealed class GeneticSearch
{
    private const int Elite = 4;
    private const int Contestants = 3;

    private readonly SearchSpace _space;
    private readonly GeneticOptions _options;
    private readonly Random _random;
    private readonly int[] _nodes;
    private readonly Dictionary<int[], double> _known = new(new SameDecisions());

    private GeneticSearch(SearchSpace space, GeneticOptions options)
    {
        (_space, _options, _random) = (space, options, new Random(options.Seed));
        _nodes = [.. space.Decisions.SelectMany(decision => decision.Nodes).Distinct().Order()];
    }

    /// <summary>The best placement found; the same for the same seed, unless time runs out.</summary>
    public static (int[] Decisions, double Seconds) Search(SearchSpace space, GeneticOptions options) => new GeneticSearch(space, options).Run();

    private (int[] Decisions, double Seconds) Run()
    {
        Stopwatch watch = Stopwatch.StartNew();
        List<(int[] Decisions, double Seconds)> population = [.. Founders().Select(Judged)];
        population.Sort((left, right) => left.Seconds.CompareTo(right.Seconds));
        int stalled = 0;
        while (_space.Decisions.Length > 0 && stalled < _options.StallGenerations && _known.Count < _options.Evaluations && !_space.IsExhausted
            && (_options.TimeLimit is not TimeSpan limit || watch.Elapsed < limit))
        {
            double before = population[0].Seconds;
            List<(int[] Decisions, double Seconds)> next = population[..Elite];
            while (next.Count < _options.Population)
            {
                int[] child = Crossed(Selected(population), Selected(population));
                Mutate(child);
                Repair(child);
                next.Add(Judged(child));
            }
            // Stable, so that the order of equals does not depend on the sorting algorithm.
            population = [.. next.OrderBy(individual => individual.Seconds)];
            stalled = population[0].Seconds < before ? 0 : stalled + 1;
        }
        return population[0];
    }

    private IEnumerable<int[]> Founders()
    {
        yield return _space.None();
        yield return _space.Lowest();
        yield return [.. _space.Decisions.Select(_ => 1)];
        for (int i = 3; i < _options.Population; i++)
        {
            int[] founder = [.. _space.Decisions.Select(decision => _random.Next(decision.Nodes.Length + 1))];
            Repair(founder);
            yield return founder;
        }
    }

    private (int[] Decisions, double Seconds) Judged(int[] decisions)
    {
        if (!_known.TryGetValue(decisions, out double seconds))
        {
            seconds = _space.Seconds(decisions);
            _known.Add(decisions, seconds);
        }
        return (decisions, seconds);
    }

    private int[] Selected(List<(int[] Decisions, double Seconds)> population)
    {
        // Sorted: the smallest number wins the tournament.
        int best = population.Count - 1;
        for (int i = 0; i < Contestants; i++)
        {
            best = Math.Min(best, _random.Next(population.Count));
        }
        return population[best].Decisions;
    }

    // The second parent's decisions below a random node, the first one's elsewhere.
    private int[] Crossed(int[] first, int[] second)
    {
        int[] child = [.. first];
        int node = _nodes[_random.Next(_nodes.Length)];
        for (int d = 0; d < child.Length; d++)
        {
            if (_space.Decisions[d].IsUnder(node))
            {
                child[d] = second[d];
            }
        }
        return child;
    }

    private void Mutate(int[] decisions)
    {
        int mutations = _random.Next(3);
        for (int i = 0; i < mutations; i++)
        {
            int d = _random.Next(decisions.Length);
            decisions[d] = _random.Next(_space.Decisions[d].Nodes.Length + 1);
        }
    }

    // Nothing is combined where nothing of the stage is computed or arrives.
    private void Repair(int[] decisions)
    {
        for (int m = 0; m < decisions.Length; m++)
        {
            Decision merge = _space.Decisions[m];
            if (!merge.IsMerge || decisions[m] == 0)
            {
                continue;
            }
            bool isNeeded = false;
            for (int d = 0; d < decisions.Length && !isNeeded; d++)
            {
                Decision unit = _space.Decisions[d];
                isNeeded = !unit.IsMerge && unit.Stage == merge.Stage && decisions[d] > 0
                    && unit.Path.IndexOf(merge.Nodes[0]) is >= 0 and int position && position >= unit.Path.IndexOf(unit.Nodes[decisions[d] - 1]);
            }
            decisions[m] = isNeeded ? 1 : 0;
        }
    }

    private sealed class SameDecisions : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] decisions)
        {
            HashCode hash = default;
            foreach (int decision in decisions)
            {
                hash.Add(decision);
            }
            return hash.ToHashCode();
        }
    }
}
