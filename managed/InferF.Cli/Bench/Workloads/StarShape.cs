namespace InferF.Cli.Bench.Workloads;

/// <summary>A fact table and dimension tables with dense keys, all with features in an array column.</summary>
/// <param name="Rows">Rows of the fact table.</param>
/// <param name="FactWidth">Features of the fact table.</param>
/// <param name="Dimensions">Name, rows and features of every dimension.</param>
/// <param name="Layers">Widths of a perceptron's layers, its output last; empty for another model.</param>
internal sealed record StarShape(int Rows, int FactWidth, IReadOnlyList<(string Name, int Rows, int Width)> Dimensions, IReadOnlyList<int> Layers)
{
    /// <summary>All features: the model's input.</summary>
    public int Width => FactWidth + Dimensions.Sum(dimension => dimension.Width);
}
