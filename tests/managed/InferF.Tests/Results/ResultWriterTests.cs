using System.Text;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using InferF.Results;

namespace InferF.Tests.Results;

public sealed class ResultWriterTests
{
    private const string AllKinds =
        """
        SELECT * FROM (VALUES
            (1, 'a,b', 0.1::FLOAT, 1.50::DECIMAL(9,2), DATE '2020-01-02', TIMESTAMP '2020-01-02 03:04:05.5', [1.5, 2]::FLOAT[2], {'p': 1.0::FLOAT, 'l': 'x'}, true),
            (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            (3, '', 'nan'::FLOAT, -0.01, DATE '1969-12-31', TIMESTAMP '1969-12-31 00:00:00', [3, 4]::FLOAT[2], {'p': 'inf'::FLOAT, 'l': NULL}, false)
        ) t(i, s, f, m, d, t, l, r, b)
        """;

    [Fact]
    public async Task CsvQuotesWhatNeedsQuotesAndTellsNullFromEmptyText()
    {
        byte[] bytes = await Batches.WriteAsync("csv", "SELECT * FROM (VALUES (1, 'a,b'), (2, 'say \"hi\"'), (3, E'two\\nlines'), (4, NULL), (5, ''), (6, ' plain ')) t(\"n,o\", s)");
        Assert.Equal("\"n,o\",s\n1,\"a,b\"\n2,\"say \"\"hi\"\"\"\n3,\"two\nlines\"\n4,\n5,\"\"\n6, plain \n", Encoding.UTF8.GetString(bytes));
    }

    [Fact]
    public async Task CsvNamesEveryKindOfValue()
    {
        string[] lines = Encoding.UTF8.GetString(await Batches.WriteAsync("csv", AllKinds)).Split('\n');
        Assert.Equal("1,\"a,b\",0.1,1.50,2020-01-02,2020-01-02 03:04:05.5,\"[1.5, 2]\",\"{p: 1, l: x}\",true", lines[1]);
        Assert.Equal(",,,,,,,,", lines[2]);
        Assert.Equal("3,\"\",NaN,-0.01,1969-12-31,1969-12-31 00:00:00,\"[3, 4]\",\"{p: Infinity, l: NULL}\",false", lines[3]);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("ndjson")]
    public async Task JsonIsParsedByOthers(string format)
    {
        string text = Encoding.UTF8.GetString(await Batches.WriteAsync(format, AllKinds));
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        JsonElement[] rows = format == "json"
            ? [.. JsonDocument.Parse(text).RootElement.EnumerateArray()]
            : [.. text.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(3, rows.Length);
        Assert.Equal("""{"i":1,"s":"a,b","f":0.1,"m":1.50,"d":"2020-01-02","t":"2020-01-02 03:04:05.5","l":[1.5,2],"r":{"p":1,"l":"x"},"b":true}""", rows[0].GetRawText());
        Assert.All(rows[1].EnumerateObject(), p => Assert.Equal(JsonValueKind.Null, p.Value.ValueKind));
        Assert.Equal(("NaN", "Infinity"), (rows[2].GetProperty("f").GetString(), rows[2].GetProperty("r").GetProperty("p").GetString()));
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("json")]
    [InlineData("ndjson")]
    public async Task ManyRowsComeOutOnce(string format)
    {
        string text = Encoding.UTF8.GetString(await Batches.WriteAsync(format, "SELECT i FROM range(50000) t(i) ORDER BY i"));
        long[] numbers = format switch
        {
            "csv" => [.. text.TrimEnd('\n').Split('\n').Skip(1).Select(long.Parse)],
            "json" => [.. JsonDocument.Parse(text).RootElement.EnumerateArray().Select(r => r.GetProperty("i").GetInt64())],
            _ => [.. text.TrimEnd('\n').Split('\n').Select(l => JsonDocument.Parse(l).RootElement.GetProperty("i").GetInt64())],
        };
        Assert.Equal(Enumerable.Range(0, 50_000).Select(i => (long)i), numbers);
    }

    [Theory]
    [InlineData(AllKinds, 3)]
    [InlineData("SELECT i, i * 0.5 AS h FROM range(30000) t(i) ORDER BY i", 30_000)]
    public async Task ArrowFilesReadBack(string sql, int rows)
    {
        using MemoryStream stream = new(await Batches.WriteAsync("arrow", sql));
        using ArrowFileReader reader = new(stream);
        List<RecordBatch> batches = [];
        while (await reader.ReadNextRecordBatchAsync(TestContext.Current.CancellationToken) is { } batch)
        {
            batches.Add(batch);
        }
        Assert.Equal(rows, batches.Sum(b => b.Length));
        Assert.Equal(Batches.Text((await Batches.QueryAsync(sql)).Batches), Batches.Text(batches));
    }

    [Theory]
    [InlineData(AllKinds)]
    [InlineData("SELECT i, i * 0.5 AS h FROM range(30000) t(i) ORDER BY i")]
    public async Task ParquetFilesReadBack(string sql)
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, await Batches.WriteAsync("parquet", sql), TestContext.Current.CancellationToken);
            List<RecordBatch> read = (await Batches.QueryAsync($"SELECT * FROM read_parquet('{path}')")).Batches;
            Assert.Equal(Batches.Text((await Batches.QueryAsync(sql)).Batches), Batches.Text(read));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("csv", "i,s\n")]
    [InlineData("json", "[]\n")]
    [InlineData("ndjson", "")]
    public async Task EmptyTextResults(string format, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(await Batches.WriteAsync(format, "SELECT 1 AS i, 'x' AS s WHERE false")));

    [Fact]
    public async Task EmptyBinaryResultsKeepTheirColumns()
    {
        const string Empty = "SELECT 1 AS i, [1.0::FLOAT, 2]::FLOAT[2] AS l, {'a': 1} AS s WHERE false";
        using ArrowFileReader arrow = new(new MemoryStream(await Batches.WriteAsync("arrow", Empty)));
        Assert.Equal(["i", "l", "s"], arrow.Schema.FieldsList.Select(f => f.Name));
        Assert.Null(await arrow.ReadNextRecordBatchAsync(TestContext.Current.CancellationToken));
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, await Batches.WriteAsync("parquet", Empty), TestContext.Current.CancellationToken);
            (Schema schema, List<RecordBatch> batches) = await Batches.QueryAsync($"SELECT * FROM read_parquet('{path}')");
            Assert.Equal(["i", "l", "s"], schema.FieldsList.Select(f => f.Name));
            Assert.Equal(0, batches.Sum(b => b.Length));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void UnknownFormatsNameTheNearest()
    {
        InferFException error = Assert.Throws<InferFException>(() => ResultWriter.Create("parket", Stream.Null, new Schema([], null)));
        Assert.Equal(InferFErrorCode.InvalidArgument, error.Code);
        Assert.Contains("Did you mean 'parquet'?", error.Message, StringComparison.Ordinal);
    }
}
