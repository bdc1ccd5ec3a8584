using InferF.Plan;

namespace InferF.Optimizer;

/// <summary>How the placement of the model's partial computations is chosen.</summary>
public enum PlannerKind
{
    /// <summary>Everything above the joins: the unfactorized plan.</summary>
    None,

    /// <summary>Everything as low as it can be computed.</summary>
    Leaf,

    /// <summary>Steepest descent of the modelled cost, starting from <see cref="None"/>.</summary>
    Greedy,

    /// <summary>A population of placements that exchange what they do below a node; the same for every run.</summary>
    Genetic,

    /// <summary>All placements are tried; refused if there are too many.</summary>
    Exhaustive,

    /// <summary>The best placement by dynamic programming, and by minimum cuts where stages share raw columns.</summary>
    Exact,

    /// <summary>Join order and placement together.</summary>
    Joint,

    /// <summary><see cref="Exact"/>, or what is cheaper by the model of <see cref="None"/> and <see cref="Leaf"/>.</summary>
    Auto,
}

/// <summary>Names of planners.</summary>
public static class PlannerKinds
{
    /// <summary>All names, as users write them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["none", "leaf", "greedy", "genetic", "exhaustive", "exact", "joint", "auto"];

    /// <summary>The planner of a name, in any case.</summary>
    /// <param name="name">E.g. <c>greedy</c>.</param>
    /// <exception cref="InferFException">There is no planner of that name; the message lists the names.</exception>
    public static PlannerKind Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        for (int i = 0; i < Names.Count; i++)
        {
            if (string.Equals(Names[i], name, StringComparison.OrdinalIgnoreCase))
            {
                return (PlannerKind)i;
            }
        }
        throw new InferFException(
            InferFErrorCode.InvalidArgument, $"There is no planner of that name. Expected one of {string.Join(", ", Names)}; got '{name}'.{NearestName.Hint(name, Names)}");
    }

    /// <summary>The name of a planner.</summary>
    public static string NameOf(PlannerKind kind) => Names[(int)kind];
}
