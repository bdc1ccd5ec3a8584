
using InferF.Plan.Query;

namespace InferF.Plan.Tests;

public sealed class DuckDbTypesTests
{
    [Theory]
    [InlineData("TINYINT", ColumnKind.Integer, 0)]
    [InlineData("BIGINT", ColumnKind.Integer, 0)]
    [InlineData("UINTEGER", ColumnKind.Integer, 0)]
    [InlineData("UBIGINT", ColumnKind.Opaque, 0)]
    [InlineData("HUGEINT", ColumnKind.Opaque, 0)]
    [InlineData("DECIMAL(18,3)", ColumnKind.Opaque, 0)]
    [InlineData("FLOAT", ColumnKind.Float32, 0)]
    [InlineData("DOUBLE", ColumnKind.Float64, 0)]
    [InlineData("VARCHAR", ColumnKind.String, 0)]
    [InlineData("ENUM('a', 'b[]')", ColumnKind.String, 0)]
    [InlineData("BOOLEAN", ColumnKind.Boolean, 0)]
    [InlineData("DATE", ColumnKind.Temporal, 0)]
    [InlineData("TIMESTAMP WITH TIME ZONE", ColumnKind.Temporal, 0)]
    [InlineData("TIMESTAMP_NS", ColumnKind.Temporal, 0)]
    [InlineData("INTERVAL", ColumnKind.Opaque, 0)]
    [InlineData("FLOAT[3]", ColumnKind.NumericList, 3)]
    [InlineData("DOUBLE[]", ColumnKind.NumericList, 0)]
    [InlineData("INTEGER[2]", ColumnKind.NumericList, 2)]
    [InlineData("VARCHAR[]", ColumnKind.Opaque, 0)]
    [InlineData("FLOAT[3][2]", ColumnKind.Opaque, 0)]
    [InlineData("FLOAT[][]", ColumnKind.Opaque, 0)]
    [InlineData("DECIMAL(3,1)[]", ColumnKind.Opaque, 0)]
    [InlineData("STRUCT(a INTEGER)", ColumnKind.Opaque, 0)]
    [InlineData("MAP(INTEGER, FLOAT)", ColumnKind.Opaque, 0)]
    [InlineData("UUID", ColumnKind.Opaque, 0)]
    [InlineData("", ColumnKind.Opaque, 0)]
    [InlineData("]", ColumnKind.Opaque, 0)]
    [InlineData("FLOAT[-1]", ColumnKind.Opaque, 0)]
    public void EverySpellingHasAKind(string sqlType, ColumnKind kind, int length)
    {
        Assert.Equal(new ColumnType(kind, sqlType, length), DuckDbTypes.Parse(sqlType));
    }
}
