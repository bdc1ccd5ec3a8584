using InferF.Cli.Bench.Models;

namespace InferF.Cli.Bench.Planner;

/// <summary>A model for features of any width: how its file is written and how SQL calls it.</summary>
/// <param name="Name">As it appears in workload names, e.g. <c>mlp64</c>.</param>
/// <param name="Write">Writes the file, given its path, the width of each argument and a source of weights.</param>
/// <param name="IsTwoTowers">True if it takes two arguments, one for each side, instead of one.</param>
internal sealed record ModelShape(string Name, Action<string, IReadOnlyList<int>, Random> Write, bool IsTwoTowers = false)
{
    /// <summary>Name under which SQL calls the model.</summary>
    public const string NameInSql = "m";

    private const int TowerWidth = 32;

    /// <summary>Weights times features.</summary>
    public static ModelShape Linear { get; } = new("linear", (path, widths, random) => OnnxMlpWriter.Write(path, [widths[0], 1], random));

    /// <summary>A perceptron with one hidden layer.</summary>
    /// <param name="hidden">Its width.</param>
    public static ModelShape Mlp(int hidden) => new($"mlp{hidden}", (path, widths, random) => OnnxMlpWriter.Write(path, [widths[0], hidden, 1], random));

    /// <summary>Regression trees.</summary>
    /// <param name="trees">Their number.</param>
    /// <param name="depth">Their depth.</param>
    public static ModelShape Forest(int trees, int depth = 6) =>
        new($"forest{trees}", (path, widths, random) => OnnxForestWriter.Write(path, widths[0], trees, depth, random));

    /// <summary>Two perceptrons and the logistic function of their results' dot product.</summary>
    /// <param name="hidden">Width of both hidden layers.</param>
    public static ModelShape TwoTowers(int hidden) =>
        new("two-tower", (path, widths, random) => OnnxTowersWriter.Write(path, [new Tower("left", widths[0]), new Tower("right", widths[1])], hidden, TowerWidth, random), IsTwoTowers: true);

    /// <summary>The call in SQL.</summary>
    /// <param name="arguments">SQL of the features of every argument.</param>
    public string Call(IReadOnlyList<IReadOnlyList<string>> arguments) => IsTwoTowers
        ? $"predict('{NameInSql}', left_x := [{string.Join(", ", arguments[0])}], right_x := [{string.Join(", ", arguments[1])}])"
        : $"predict('{NameInSql}', [{string.Join(", ", arguments[0])}])";
}
