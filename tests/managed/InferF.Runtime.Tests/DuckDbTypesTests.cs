using InferF.Plan.Query;

namespace InferF.Runtime.Tests;

/// <summary>Classification of DuckDB's types.</summary>
public sealed class DuckDbTypesTests
{
    [Theory]
    [InlineData("TINYINT", ColumnKind.Integer, 0)]
    [InlineData("UINTEGER", ColumnKind.Integer, 0)]
    [InlineData("UBIGINT", ColumnKind.Opaque, 0)]
    [InlineData("HUGEINT", ColumnKind.Opaque, 0)]
    [InlineData("FLOAT", ColumnKind.Float32, 0)]
    [InlineData("DECIMAL(18,3)", ColumnKind.Float64, 0)]
    [InlineData("ENUM('a', 'b]')", ColumnKind.String, 0)]
    [InlineData("TIMESTAMP WITH TIME ZONE", ColumnKind.Temporal, 0)]
    [InlineData("FLOAT[8]", ColumnKind.NumericList, 8)]
    [InlineData("DOUBLE[]", ColumnKind.NumericList, 0)]
    [InlineData("VARCHAR[]", ColumnKind.Opaque, 0)]
    [InlineData("FLOAT[8][2]", ColumnKind.Opaque, 0)]
    [InlineData("STRUCT(a INTEGER[3])", ColumnKind.Opaque, 0)]
    [InlineData("STRUCT(a INTEGER)[3]", ColumnKind.Opaque, 0)]
    public void TypesAreClassified(string type, ColumnKind kind, int length)
    {
        ColumnType parsed = DuckDbTypes.Parse(type);
        Assert.Equal((kind, length, type), (parsed.Kind, parsed.ListLength, parsed.SqlType));
    }
}
