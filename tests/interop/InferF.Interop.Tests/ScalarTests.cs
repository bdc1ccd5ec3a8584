using Apache.Arrow;
using InferF.Plan;
using InferF.Plan.Proto;
using InferF.Runtime;
using InferF.Runtime.Arrow;
using InferF.Runtime.Sources;
using Table = InferF.Plan.Proto.Table;

namespace InferF.Interop.Tests;

/// <summary>Scalar expressions of the engine have the values and types of DuckDB's.</summary>
// One collection: some tests count what lives in the whole process.
[Collection("Engine")]
public sealed class ScalarTests
{
    private static readonly string[] s_columns = ["i", "f", "d"];

    private static readonly Dictionary<ScalarFunction, string> s_operators = new()
    {
        [ScalarFunction.Add] = "+",
        [ScalarFunction.Subtract] = "-",
        [ScalarFunction.Multiply] = "*",
        [ScalarFunction.Divide] = "/",
        [ScalarFunction.Equal] = "=",
        [ScalarFunction.Less] = "<",
        [ScalarFunction.GreaterOrEqual] = ">=",
    };

    public static TheoryData<string, string, ScalarFunction> Binary =>
        [.. from left in s_columns from right in (string[])[.. s_columns, "NULL"] from function in s_operators.Keys select (left, right, function)];

    [Theory]
    [MemberData(nameof(Binary))]
    public void BinaryOperatorsAgree(string left, string right, ScalarFunction function) =>
        Agree($"{left} {s_operators[function]} {right}", new ScalarCall { Function = function, Arguments = { Operand(left), Operand(right) } });

    [Theory]
    [InlineData("i")]
    [InlineData("f")]
    [InlineData("d")]
    public void NegationAndLiteralsAgree(string column)
    {
        Agree($"-{column}", new ScalarCall { Function = ScalarFunction.Negate, Arguments = { Operand(column) } });
        Agree($"{column} * 0.1::FLOAT", new ScalarCall { Function = ScalarFunction.Multiply, Arguments = { Operand(column), new ScalarExpression { Literal = new Literal { Float32 = 0.1f } } } });
        Agree($"coalesce({column}, 0.1::FLOAT)", new ScalarCall { Function = ScalarFunction.Coalesce, Arguments = { Operand(column), new ScalarExpression { Literal = new Literal { Float32 = 0.1f } } } });
    }

    // The engine itself compares its result with DuckDB's, bit for bit but for the sign and payload of NaN.
    private static void Agree(string sql, ScalarCall call)
    {
        using var database = new DuckDbDatabase();
        using NativeArrowStream rows = database.Query($"""
            WITH numbers(x) AS (VALUES (0.0::DOUBLE), (-0.0), (1), (3), (-7), (0.1), (16777217), (NULL), ('NaN'), ('inf'), ('-inf'), (3e38), (1e-30)),
            integers(i) AS (VALUES (0::BIGINT), (1), (-3), (7), (16777217), (NULL)),
            operands AS (SELECT i, a.x::FLOAT AS f, b.x AS d FROM integers, numbers a, numbers b)
            SELECT i, f, d, {sql} AS expected FROM operands
            """);
        ScalarExpression result = new() { Call = call };
        ScalarExpression expected = Operand("expected");
        var plan = new PlanFragment
        {
            SchemaVersion = PlanSchema.Version,
            Tables = { new Table { Name = "t", Columns = { "i", "f", "d", "expected" }, Streamed = true } },
            Nodes = { new RelationalNode { Scan = new ScanNode { Table = 0 } } },
            Outputs =
            {
                new OutputColumn { Name = "result", Scalar = result },
                new OutputColumn { Name = "expected", Column = expected.Column },
                new OutputColumn { Name = "equal", Scalar = Call(ScalarFunction.Equal, result, expected) },
                new OutputColumn { Name = "null", Scalar = Call(ScalarFunction.IsNull, expected) },
            },
        };
        using var engine = new Engine(new EngineOptions { Threads = 1 });
        using EngineQuery query = engine.CreateQuery(plan, []);
        query.BindTable(0, rows);
        using ResultStream results = query.Execute();
        int count = 0;
        while (results.ReadNext() is { } batch)
        {
            using (batch)
            {
                Assert.Equal(batch.Schema.GetFieldByIndex(1).DataType.TypeId, batch.Schema.GetFieldByIndex(0).DataType.TypeId);
                for (int row = 0; row < batch.Length; row++)
                {
                    bool isNull = ((BooleanArray)batch.Column(3)).GetValue(row)!.Value;
                    Assert.Equal(isNull, batch.Column(0).IsNull(row));
                    Assert.Equal(isNull ? null : true, ((BooleanArray)batch.Column(2)).GetValue(row));
                }
                count += batch.Length;
            }
        }
        Assert.Equal(6 * 13 * 13, count);
    }

    private static ScalarExpression Call(ScalarFunction function, params ScalarExpression[] arguments) => new() { Call = new ScalarCall { Function = function, Arguments = { arguments } } };

    private static ScalarExpression Operand(string name) => name == "NULL"
        ? new ScalarExpression { Literal = new Literal { Null = true } }
        : new ScalarExpression { Column = new ColumnRef { Table = 0, Column = (uint)System.Array.IndexOf(["i", "f", "d", "expected"], name) } };
}
