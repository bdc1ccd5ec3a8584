using System.Text.Json;
using DuckDB.NET.Data;
using InferF.Testing;

namespace InferF.Cli.Tests;

/// <summary>The command from outside: what it prints, what it writes, how it ends.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly CommandLine _cli = new();

    [Fact]
    public async Task QueryPrintsATable()
    {
        (int exitCode, string output, string error) = await _cli.RunAsync(["query", CommandLine.Query, .. _cli.TablesAndModel]);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("(3 rows)", output, StringComparison.Ordinal);
        Assert.StartsWith("id |", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csv", "read_csv")]
    [InlineData("json", "read_json")]
    [InlineData("ndjson", "read_json")]
    [InlineData("parquet", "read_parquet")]
    public async Task QueryWritesFilesThatOthersRead(string format, string reader)
    {
        string file = _cli.PathOf($"out.{format}");
        (int exitCode, _, string error) = await _cli.RunAsync(["query", $"{CommandLine.Query} ORDER BY a.id DESC LIMIT 2", .. _cli.TablesAndModel, "-o", file]);
        Assert.Equal((0, ""), (exitCode, error));

        await using DuckDBConnection connection = new("Data Source=:memory:");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT string_agg(id::VARCHAR, ',') || ':' || count(p)::VARCHAR FROM {reader}('{file}')";
        Assert.Equal("3,2:2", command.ExecuteScalar());
    }

    [Fact]
    public async Task AFailedQueryLeavesNoFile()
    {
        string broken = _cli.Write("b.csv", "k,y\n10,\n20,-3\n");
        string file = _cli.PathOf("out.csv");
        (int exitCode, _, string error) = await _cli.RunAsync(["query", CommandLine.Query, "-t", $"a={_cli.PathOf("a.csv")}", "-t", $"b={broken}", "-m", $"m={_cli.PathOf("m.onnx")}", "-o", file]);
        Assert.Equal(1, exitCode);
        Assert.Contains("b.y: 2 of 3 rows", error, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(file)!, "*.partial"));
    }

    [Fact]
    public async Task NullsFollowThePolicyAsked()
    {
        string broken = _cli.Write("b.csv", "k,y\n10,\n20,-3\n");
        string[] tables = ["-t", $"a={_cli.PathOf("a.csv")}", "-t", $"b={broken}", "-m", $"m={_cli.PathOf("m.onnx")}"];
        (int exitCode, string output, _) = await _cli.RunAsync(["verify", CommandLine.Query, .. tables, "--nulls", "0.25"]);
        Assert.Equal(0, exitCode);
        Assert.StartsWith("ok: 3 rows", output, StringComparison.Ordinal);
        Assert.Equal(2, (await _cli.RunAsync(["query", CommandLine.Query, .. tables, "--nulls", "zero"])).ExitCode);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("leaf")]
    [InlineData("greedy")]
    [InlineData("auto")]
    public async Task VerifyPrintsJson(string planner)
    {
        (int exitCode, string output, _) = await _cli.RunAsync(["verify", CommandLine.Query, .. _cli.TablesAndModel, "--json", "--planner", planner]);
        Assert.Equal(0, exitCode);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.True(report.GetProperty("ok").GetBoolean());
        Assert.Equal(3, report.GetProperty("rows").GetInt64());
        Assert.InRange(report.GetProperty("max_error_over_bound").GetDouble(), 0, 1);
        Assert.InRange(report.GetProperty("max_abs_error").GetDouble(), 0, 1e-5);
        Assert.NotEmpty(report.GetProperty("planner").GetString()!);
    }

    [Fact]
    public async Task ExplainShowsThePlacement()
    {
        (int exitCode, string output, _) = await _cli.RunAsync(["explain", CommandLine.Query, .. _cli.TablesAndModel, "--format", "json", "--planner", "leaf"]);
        Assert.Equal(0, exitCode);
        JsonElement plan = JsonDocument.Parse(output).RootElement;
        Assert.Equal("leaf", plan.GetProperty("planner").GetString());
        foreach (JsonElement node in plan.GetProperty("nodes").EnumerateArray())
        {
            Assert.True(node.GetProperty("estimatedRows").GetDouble() >= 0);
            Assert.Equal(node.GetProperty("values").EnumerateArray().Sum(v => v.GetProperty("flops").GetDouble()), node.GetProperty("flops").GetDouble());
            Assert.True(node.GetProperty("bytes").GetDouble() >= 0);
            foreach (JsonElement value in node.GetProperty("values").EnumerateArray())
            {
                Assert.True(value.GetProperty("flops").GetDouble() >= 0 && value.GetProperty("bytes").GetDouble() >= 0);
            }
        }
        (exitCode, output, _) = await _cli.RunAsync(["explain", CommandLine.Query, .. _cli.TablesAndModel, "--analyze"]);
        Assert.Equal(0, exitCode);
        Assert.Contains("actual 3", output, StringComparison.Ordinal);
        Assert.Contains("└", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text", "HashJoin #2")]
    [InlineData("json", "\"nodes\"")]
    [InlineData("html", "<!DOCTYPE html>")]
    [InlineData("mermaid", "flowchart TD")]
    public async Task ExplainWritesEveryFormatToStandardOutputAndToFiles(string format, string beginning)
    {
        string[] arguments = ["explain", CommandLine.Query, .. _cli.TablesAndModel, "--format", format];
        (int exitCode, string output, _) = await _cli.RunAsync(arguments);
        Assert.Equal(0, exitCode);
        Assert.Contains(beginning, output, StringComparison.Ordinal);
        string file = _cli.PathOf($"plan.{format}");
        (exitCode, string nothing, _) = await _cli.RunAsync([.. arguments, "-o", file]);
        Assert.Equal((0, ""), (exitCode, nothing));
        Assert.Equal(output, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("text", "computed at other nodes, leaf -> none:")]
    [InlineData("json", "\"difference\"")]
    [InlineData("html", "<h2>Difference</h2>")]
    [InlineData("mermaid", "subgraph b[\"planner none")]
    public async Task ExplainComparesPlanners(string format, string part)
    {
        (int exitCode, string output, _) = await _cli.RunAsync(
            ["explain", CommandLine.Query, .. _cli.TablesAndModel, "--planner", "leaf", "--compare", "none", "--analyze", "--format", format]);
        Assert.Equal(0, exitCode);
        Assert.Contains(part, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExplainDrawsInAsciiAndWidthsAsToldAndRefusesUnknownPlanners()
    {
        string[] arguments = ["explain", CommandLine.Query, .. _cli.TablesAndModel, "--compare", "none"];
        (int exitCode, string output, _) = await _cli.RunAsync([.. arguments, "--ascii", "--width", "70"]);
        Assert.Equal(0, exitCode);
        Assert.All(output, character => Assert.True(char.IsAscii(character)));
        Assert.All(output.Split('\n'), line => Assert.InRange(line.Length, 0, 70));
        (exitCode, output, string error) = await _cli.RunAsync("explain", CommandLine.Query, "--compare", "gredy");
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("Did you mean 'greedy'?", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ModelCheckTellsWhatIsNotSupported()
    {
        (int exitCode, string output, _) = await _cli.RunAsync("model", "check", _cli.PathOf("m.onnx"), "--json");
        Assert.Equal(0, exitCode);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.True(report.GetProperty("supported").GetBoolean());
        Assert.Equal(["nodes", "inputs", "outputs"], report.EnumerateObject().Take(3).Select(property => property.Name));
        JsonElement node = report.GetProperty("nodes").EnumerateArray().First(entry => entry.GetProperty("op").GetString() == "Gemm");
        Assert.Equal(["name", "op", "domain", "placement", "reason"], node.EnumerateObject().Select(property => property.Name));
        Assert.Equal(("ai.onnx", "pushable"), (node.GetProperty("domain").GetString(), node.GetProperty("placement").GetString()));
        Assert.True(report.GetProperty("parameters").GetInt64() > 0 && report.GetProperty("flopsPerRow").GetDouble() > 0);

        string model = _cli.PathOf("conv.onnx");
        await File.WriteAllBytesAsync(
            model,
            new OnnxBuilder().Input("x", "float", OnnxBuilder.Open, 2).Node("Bernoulli", ["x"], ["y"]).Output("y", "float", OnnxBuilder.Open, 2).Build(),
            TestContext.Current.CancellationToken);
        (exitCode, output, _) = await _cli.RunAsync("model", "check", model);
        Assert.Equal(3, exitCode);
        Assert.Contains("Bernoulli", output, StringComparison.Ordinal);
        (exitCode, _, string error) = await _cli.RunAsync(["query", CommandLine.Query, .. _cli.Tables, "-m", $"m={model}"]);
        Assert.Equal(3, exitCode);
        Assert.Contains("Unsupported operator Bernoulli", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT predict('m', [a.x, b.y]) AS p FROM aa JOIN b ON a.k = b.k", "Did you mean 'a'?")]
    [InlineData("SELECT predict('n', [a.x, b.y]) AS p FROM a JOIN b ON a.k = b.k", "Did you mean 'm'?")]
    [InlineData("SELECT predict('m', [a.xx, b.y]) AS p FROM a JOIN b ON a.k = b.k", "Did you mean 'x'?")]
    [InlineData("SELECT predict('m', [a.x, b.name]) AS p FROM a JOIN b ON a.k = b.k", "name")]
    [InlineData("SELECT predict('m', [a.x]) AS p FROM a JOIN b ON a.k = b.k", "2")]
    [InlineData("SELEC 1", "line 1")]
    public async Task ErrorsTellWhereAndWhatWasMeant(string sql, string expected)
    {
        (int exitCode, string output, string error) = await _cli.RunAsync(["query", sql, .. _cli.TablesAndModel]);
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("inferf: ", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BrokenAndMissingFilesAreTypedErrors()
    {
        string parquet = _cli.Write("bad.parquet", "PAR1 this is not parquet PAR1");
        string onnx = _cli.Write("bad.onnx", "not protobuf at all");
        foreach (string[] arguments in new[]
        {
            ["-t", $"a={parquet}", "-t", $"b={_cli.PathOf("b.csv")}", "-m", $"m={_cli.PathOf("m.onnx")}"],
            ["-t", $"a={_cli.PathOf("missing.csv")}", "-t", $"b={_cli.PathOf("b.csv")}", "-m", $"m={_cli.PathOf("m.onnx")}"],
            (string[])[.. _cli.Tables, "-m", $"m={onnx}"],
            [.. _cli.Tables, "-m", $"m={_cli.PathOf("missing.onnx")}"],
        })
        {
            (int exitCode, string output, string error) = await _cli.RunAsync(["query", CommandLine.Query, .. arguments]);
            Assert.Equal((1, ""), (exitCode, output));
            Assert.StartsWith("inferf: ", error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("query")]
    [InlineData("frobnicate")]
    [InlineData("query", "SELECT 1", "--planner", "gredy")]
    [InlineData("query", "SELECT 1", "-t", "nofile")]
    [InlineData("query", "SELECT 1", "-t", "a=x.xyz")]
    [InlineData("query", "SELECT 1", "--memory-limit", "lots")]
    [InlineData("bench", "star-map")]
    public async Task WrongUsageIsExitCodeTwo(params string[] arguments)
    {
        (int exitCode, _, string error) = await _cli.RunAsync(arguments);
        Assert.Equal(2, exitCode);
        Assert.StartsWith("inferf: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheMemoryLimitIsAnErrorNotACrash()
    {
        (int exitCode, _, string error) = await _cli.RunAsync(["query", CommandLine.Query, .. _cli.TablesAndModel, "--memory-limit", "1KB"]);
        Assert.Equal(1, exitCode);
        Assert.Contains("memory limit", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DoctorAndDemoWorkAnywhere()
    {
        (int exitCode, string output, _) = await _cli.RunAsync("doctor");
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("FAIL", output, StringComparison.Ordinal);
        (exitCode, output, _) = await _cli.RunAsync("demo");
        Assert.Equal(0, exitCode);
        Assert.Contains("ok: 250000 rows", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("table")]
    [InlineData("csv")]
    [InlineData("json")]
    [InlineData("ndjson")]
    public async Task AClosedPipeEndsTheQueryQuietly(string format)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The pipe is made by a Unix shell.");
        string command = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "InferF.Cli.dll")}' query \"{CrossJoin}\" {string.Join(' ', ManyRows())} --format {format}";
        (int exitCode, string output, string error) = await CommandLine.RunShellAsync($"({command}; echo \"exit $?\" >&2) | head -c 100");
        Assert.Equal((0, "exit 0\n"), (exitCode, error));
        Assert.Equal(100, output.Length);
    }

    [Fact]
    public async Task InterruptsCancelTheQuery()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGINT.");
        (int exitCode, string output, string error) = await _cli.InterruptAsync(["query", CrossJoin, .. ManyRows(), "--format", "csv"]);
        Assert.Equal((130, "inferf: cancelled\n"), (exitCode, error));
        Assert.StartsWith("id,p\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConstantsOfModelsThatAreNotLoadedAreRefused()
    {
        (int exitCode, string output, string error) = await _cli.RunAsync(
            "query", "SELECT predict('model', [1.0, 2.0]) AS p", "-m", $"model={_cli.PathOf("m.onnx")}", "--constant", "modle.axes=[1]");
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("Found 'modle.axes=[1]', model 'modle'. Did you mean 'model'?", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HelpAndVersionNameTheCommand()
    {
        (int exitCode, string output, string error) = await _cli.RunAsync("--help");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("inferf [command]", output, StringComparison.Ordinal);
        Assert.DoesNotContain("InferF.Cli", output, StringComparison.Ordinal);
        (_, output, _) = await _cli.RunAsync("query", "--help");
        Assert.Contains("inferf query <sql>", output, StringComparison.Ordinal);
        (exitCode, output, error) = await _cli.RunAsync("--version");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Matches(@"^inferf \d+\.\d+", output);
    }

    // Every row of one side meets every row of the other: minutes of output.
    private const string CrossJoin = "SELECT a.id, predict('m', [a.x, b.y]) AS p FROM a JOIN b ON a.k = b.k";

    private string[] ManyRows()
    {
        string rows = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i},1,{i % 7}.5\n"));
        return ["-t", $"a={_cli.Write("many_a.csv", $"id,k,x\n{rows}")}", "-t", $"b={_cli.Write("many_b.csv", $"id,k,y\n{rows}")}", "-m", $"m={_cli.PathOf("m.onnx")}"];
    }

    public void Dispose() => _cli.Dispose();
}
