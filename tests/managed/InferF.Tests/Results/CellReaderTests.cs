using Apache.Arrow;
using InferF.Results;

namespace InferF.Tests.Results;

public sealed class CellReaderTests
{
    [Theory]
    [InlineData("1::TINYINT", "1")]
    [InlineData("255::UTINYINT", "255")]
    [InlineData("(-32768)::SMALLINT", "-32768")]
    [InlineData("65535::USMALLINT", "65535")]
    [InlineData("-7::INTEGER", "-7")]
    [InlineData("4294967295::UINTEGER", "4294967295")]
    [InlineData("(-9223372036854775808)::BIGINT", "-9223372036854775808")]
    [InlineData("18446744073709551615::UBIGINT", "18446744073709551615")]
    [InlineData("0.1::FLOAT", "0.1")]
    [InlineData("0.1::DOUBLE", "0.1")]
    [InlineData("'nan'::DOUBLE", "NaN")]
    [InlineData("'-inf'::FLOAT", "-Infinity")]
    [InlineData("true", "true")]
    [InlineData("'grüße'", "grüße")]
    [InlineData("''", "")]
    [InlineData("NULL::VARCHAR", null)]
    [InlineData("1.50::DECIMAL(9,2)", "1.50")]
    [InlineData("-12345678901234567890123456789012345.678::DECIMAL(38,3)", "-12345678901234567890123456789012345.678")]
    [InlineData("DATE '2024-02-29'", "2024-02-29")]
    [InlineData("DATE '0001-01-01'", "0001-01-01")]
    [InlineData("DATE 'infinity'", "infinity")]
    [InlineData("DATE '-infinity'", "-infinity")]
    [InlineData("TIME '23:59:59.125'", "23:59:59.125")]
    [InlineData("TIMESTAMP '1969-12-31 23:59:59.000001'", "1969-12-31 23:59:59.000001")]
    [InlineData("TIMESTAMP_S '2020-01-02 03:04:05'", "2020-01-02 03:04:05")]
    [InlineData("TIMESTAMP_NS '2020-01-02 03:04:05.0000001'", "2020-01-02 03:04:05.0000001")]
    [InlineData("TIMESTAMP 'infinity'", "infinity")]
    [InlineData("TIMESTAMPTZ '2020-01-02 03:04:05+00'", "2020-01-02 03:04:05+00:00")]
    [InlineData("[1, NULL, 3]", "[1, NULL, 3]")]
    [InlineData("[1.5, 2]::FLOAT[2]", "[1.5, 2]")]
    [InlineData("[[1], [2, 3]]", "[[1], [2, 3]]")]
    [InlineData("{'a': 1, 'b': NULL}", "{a: 1, b: NULL}")]
    [InlineData("'x'::ENUM('w', 'x')", "x")]
    [InlineData("'\\xAB'::BLOB", "AB")]
    public async Task EveryTypeHasAText(string expression, string? expected)
    {
        // The second row proves that the reader does not always look at the first.
        (_, List<RecordBatch> batches) = await Batches.QueryAsync($"SELECT * FROM (VALUES (NULL), ({expression}))");
        Assert.Null(CellReader.ReadText(batches[0].Column(0), 0));
        Assert.Equal(expected, CellReader.ReadText(batches[0].Column(0), 1));
    }

    [Fact]
    public async Task SlicesStartWhereTheyShould()
    {
        (_, List<RecordBatch> batches) = await Batches.QueryAsync(
            "SELECT i, [i, i + 1]::INTEGER[2] AS l, {'a': i} AS s, CASE WHEN i = 3 THEN [] ELSE [i] END AS v FROM range(6) t(i) ORDER BY i");
        RecordBatch slice = batches[0].Slice(2, 3);
        Assert.Equal("2 | [2, 3] | {a: 2} | [2]\n3 | [3, 4] | {a: 3} | []\n4 | [4, 5] | {a: 4} | [4]", Batches.Text([slice]));
    }

    [Fact]
    public async Task WhatNetCannotHoldIsATypedError()
    {
        (_, List<RecordBatch> batches) = await Batches.QueryAsync("SELECT DATE '294247-01-10'");
        InferFException error = Assert.Throws<InferFException>(() => CellReader.Read(batches[0].Column(0), 0));
        Assert.Equal(InferFErrorCode.InvalidData, error.Code);
    }

    [Fact]
    public async Task UnknownTypesAreTypedErrors()
    {
        (_, List<RecordBatch> batches) = await Batches.QueryAsync("SELECT INTERVAL 3 DAY");
        Assert.Equal(InferFErrorCode.TypeMismatch, Assert.Throws<InferFException>(() => CellReader.Read(batches[0].Column(0), 0)).Code);
    }
}
