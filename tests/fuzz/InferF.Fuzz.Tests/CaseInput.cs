namespace InferF.Fuzz.Tests;

/// <summary>A model input and what a query binds to it.</summary>
/// <param name="Name">Name in the model.</param>
/// <param name="Type">Element type as ONNX spells it: float, double, int64 or string.</param>
/// <param name="Features">SQL over the tables, in order, with the elements each contributes.</param>
internal sealed record CaseInput(string Name, string Type, IReadOnlyList<(string Sql, int Width)> Features)
{
    /// <summary>Elements per row.</summary>
    public int Width => Features.Sum(f => f.Width);

    /// <summary>The type DuckDB gives a feature in before the reference reads it.</summary>
    public string SqlType => Type switch
    {
        "double" => "DOUBLE",
        "int64" => "BIGINT",
        "string" => "VARCHAR",
        _ => "FLOAT",
    };
}
