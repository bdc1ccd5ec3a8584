using InferF.Cli.Bench.Workloads;
using InferF.Plan;

namespace InferF.Cli.Bench.Planner;

/// <summary>All workloads of the planner's benchmark.</summary>
internal static class WorkloadCatalog
{
    /// <summary>Workloads of at most so many tables execute all placements.</summary>
    public const int MostTablesWithAllPlacements = 4;

    /// <summary>The workloads, small ones first.</summary>
    public static IReadOnlyList<PlannerWorkload> All { get; } = [.. Generated(), .. Peers(), .. Shared(), .. Large(), .. SharedLarge()];

    /// <summary>Chooses workloads by name.</summary>
    /// <param name="only">Full names or beginnings of names up to a hyphen, e.g. <c>star-4</c> or <c>star</c>; empty for all.</param>
    /// <param name="isQuick">Only those of the short benchmark, unless <paramref name="only"/> names others.</param>
    /// <exception cref="InferFException">A name fits no workload.</exception>
    public static IReadOnlyList<PlannerWorkload> Choose(IReadOnlyList<string> only, bool isQuick)
    {
        foreach (string name in only.Where(name => !All.Any(workload => Fits(workload, name))))
        {
            throw new InferFException(
                InferFErrorCode.InvalidArgument, $"Unknown planner workload '{name}'. Known: {string.Join(", ", All.Select(w => w.Name))}.{NearestName.Hint(name, All.Select(w => w.Name))}");
        }
        return [.. All.Where(workload => only.Count > 0 ? only.Any(name => Fits(workload, name)) && (!isQuick || workload.IsQuick || only.Contains(workload.Name)) : !isQuick || workload.IsQuick)];
    }

    private static bool Fits(PlannerWorkload workload, string name) => workload.Name == name || workload.Name.StartsWith(name + "-", StringComparison.Ordinal);

    private static IEnumerable<PlannerWorkload> Generated()
    {
        yield return GeneratedWorkload.Create("star-2", JoinShapes.Star(2), ModelShape.Linear);
        yield return GeneratedWorkload.Create("star-2", JoinShapes.Star(2), ModelShape.Mlp(64), isQuick: true);
        yield return GeneratedWorkload.Create("star-2", JoinShapes.Star(2), ModelShape.Forest(50));
        // New York census with earnings: 103 features in shares of 56 and 47, few rows per key.
        IReadOnlyList<TableShape> census = [new("f", 60_000, 56), new("t1", 20_000, 47, "f")];
        yield return GeneratedWorkload.Create("census-2", census, ModelShape.Mlp(16));
        yield return GeneratedWorkload.Create("census-2", census, ModelShape.Mlp(64));
        yield return GeneratedWorkload.Create("census-2", census, ModelShape.Mlp(256), isQuick: true);
        yield return GeneratedWorkload.Create("census-2", [new("f", 30_000, 56), new("t1", 20_000, 47, "f")], ModelShape.Mlp(1024));
        yield return GeneratedWorkload.Create("chain-2", JoinShapes.Chain(2), ModelShape.Mlp(32));
        // A dimension larger than the facts, of which a small share is referenced.
        IReadOnlyList<TableShape> sparse = [new("f", 60_000, 8), new("t1", 150_000, 60, "f", 0.05), new("t2", 1_000, 40, "f")];
        yield return GeneratedWorkload.Create("sparse-3", sparse, ModelShape.Mlp(64), isQuick: true);
        yield return GeneratedWorkload.Create("sparse-3", sparse, ModelShape.Forest(50));
        yield return GeneratedWorkload.Create("star-3", JoinShapes.Star(3), ModelShape.Linear);
        yield return GeneratedWorkload.Create("star-3", JoinShapes.Star(3), ModelShape.Mlp(64));
        yield return GeneratedWorkload.Create("star-3", JoinShapes.Star(3), ModelShape.Forest(50), isQuick: true);
        yield return GeneratedWorkload.Create("star-3", JoinShapes.Star(3), ModelShape.TwoTowers(64));
        yield return GeneratedWorkload.Create("chain-3", JoinShapes.Chain(3), ModelShape.Linear);
        yield return GeneratedWorkload.Create("chain-3", JoinShapes.Chain(3), ModelShape.Mlp(128), isQuick: true);
        yield return GeneratedWorkload.Create("star-4", JoinShapes.Star(4, 150_000), ModelShape.Linear);
        yield return GeneratedWorkload.Create("star-4", JoinShapes.Star(4, 150_000), ModelShape.Mlp(64));
        yield return GeneratedWorkload.Create("star-4", JoinShapes.Star(4, 100_000), ModelShape.Forest(50));
        yield return GeneratedWorkload.Create("chain-4", JoinShapes.Chain(4), ModelShape.Mlp(32));
        yield return GeneratedWorkload.Create("chain-4", JoinShapes.Chain(4), ModelShape.Forest(30));
        yield return GeneratedWorkload.Create("bushy-4", JoinShapes.Bushy(4), ModelShape.Linear);
        yield return GeneratedWorkload.Create("bushy-4", JoinShapes.Bushy(4), ModelShape.Mlp(64));
        yield return GeneratedWorkload.Create("bushy-4", JoinShapes.Bushy(4), ModelShape.TwoTowers(64), isQuick: true);
    }

    private static IEnumerable<PlannerWorkload> Peers()
    {
        yield return PeerWorkload.Of(Star.Mlp, tables: 4, 50_000);
        yield return PeerWorkload.Of(Star.Forest, tables: 4, 100_000);
        yield return PeerWorkload.Of(TwoTower.Workload, tables: 3, 150_000);
    }

    private static IEnumerable<PlannerWorkload> Shared()
    {
        yield return SharedSchemas.TpcH(2, ModelShape.Mlp(16));
        yield return SharedSchemas.TpcH(4, ModelShape.Linear);
        yield return SharedSchemas.TpcH(4, ModelShape.Mlp(32));
        yield return SharedSchemas.NewYorkFlights(2, ModelShape.Forest(30));
        yield return SharedSchemas.NewYorkFlights(4, ModelShape.Mlp(64));
        yield return SharedSchemas.Flights(ModelShape.Linear);
        yield return SharedSchemas.Flights(ModelShape.Mlp(32), isQuick: true);
        yield return SharedSchemas.Flights(ModelShape.Forest(30));
        yield return SharedSchemas.PlayLists(ModelShape.Mlp(1024));
        yield return SharedSchemas.Chinook(4, ModelShape.Mlp(1024));
    }

    private static IEnumerable<PlannerWorkload> Large()
    {
        foreach (int tables in (int[])[6, 8, 10, 20])
        {
            yield return GeneratedWorkload.Create($"star-{tables}", JoinShapes.Star(tables, 100_000), ModelShape.Mlp(32));
            yield return GeneratedWorkload.Create($"chain-{tables}", JoinShapes.Chain(tables), ModelShape.Mlp(32), isQuick: tables == 6);
            yield return GeneratedWorkload.Create($"bushy-{tables}", JoinShapes.Bushy(tables), tables == 8 ? ModelShape.Forest(30) : ModelShape.Mlp(32));
        }
        yield return GeneratedWorkload.Create("bushy-10", JoinShapes.Bushy(10), ModelShape.TwoTowers(64));
    }

    private static IEnumerable<PlannerWorkload> SharedLarge()
    {
        yield return SharedSchemas.TpcH(8, ModelShape.Mlp(32));
        yield return SharedSchemas.Chinook(7, ModelShape.Mlp(256));
    }
}
