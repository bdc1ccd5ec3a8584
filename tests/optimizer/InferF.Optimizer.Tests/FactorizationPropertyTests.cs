using System.Collections.Immutable;
using CsCheck;
using InferF.Optimizer.Tests.Support;
using InferF.Plan.Physical;
using InferF.Plan.Proto;
using InferF.Plan.Query;
using ScalarCall = InferF.Plan.Query.ScalarCall;

namespace InferF.Optimizer.Tests;

/// <summary>
/// The defining property: for random joins and random models, the plan of every planner yields the rows SQL defines and, on each of them, the
/// outputs the model defines. CsCheck prints the seed of a failing case; <c>Replay(seed)</c> runs it alone.
/// </summary>
public sealed class FactorizationPropertyTests
{
    // INFERF_PROPERTY_CASES asks for more than the default run's share.
    private static readonly int s_iterations = int.TryParse(Environment.GetEnvironmentVariable("INFERF_PROPERTY_CASES"), out int cases) ? cases : 400;

    private const int MostRowsCompared = 40;

    // Plans are interpreted in double precision; constants multiplied out at planning time are rounded once to float (2⁻²⁴), and random
    // models amplify that by the size of their intermediate values.
    private const double Tolerance = 1e-5;

    [Fact]
    public void EveryPlannerAgreesWithTheDefinition() => Gen.Int[0, int.MaxValue - 1].Sample(CheckCase, iter: s_iterations, threads: 1);

    [Theory]
    [InlineData(1)]
    [InlineData(1208217103)] // a slice that drops a whole table from an element-wise result
    public void Replay(int seed) => CheckCase(seed);

    private static void CheckCase(int seed)
    {
        try
        {
            Check(new Random(seed));
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Case seed {seed}: {exception.Message}", exception);
        }
    }

    private static void Check(Random random)
    {
        TinyDatabase database = TinyDatabase.Random(random, random.Next(1, 7));
        RandomQuery queries = new(random);
        FromNode from = queries.From(database.TableCount);
        ScalarExpr? filter = queries.Filter(database.TableCount);
        ImmutableArray<Prediction> predictions = [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => new RandomModel(random, database.TableCount).Create())];
        ScalarExpr? predictionFilter = random.Next(4) == 0
            ? new ScalarCall(ScalarFunction.Less, [new ScalarPrediction(0, 0, 0), new ScalarLiteral(0.123456789)])
            : null;
        ImmutableArray<OutputItem> outputs =
        [
            .. predictions.Select((_, p) => new OutputItem($"p{p}", new PredictionStructOutput(p))),
            new OutputItem("first", new PredictionOutput(0, 0)),
            new OutputItem("key", new ColumnOutput(new Plan.Query.ColumnRef(0, 0)), Hidden: true),
            new OutputItem("twice", new ScalarOutput(new ScalarCall(ScalarFunction.Add, [new ScalarPrediction(0, 0, 0), new ScalarPrediction(0, 0, 0)]))),
        ];
        NullHandling nulls = new((NullMode)random.Next(3), 0.5);
        BoundQuery query = new("", database.Scans, from, filter, predictions, predictionFilter, outputs, [], null, 0, nulls) { Precision = (Precision)random.Next(2) };
        ImmutableArray<TableStatistics> statistics = database.Statistics(random);

        NaiveSql sql = new(database);
        List<int[]> joined = sql.Execute(from, filter);
        foreach (PhysicalPlan plan in AllPlans.Of(query, statistics, random))
        {
            Assert.True(plan.Report.Requested != "auto" || plan.Report.EstimatedSeconds.Values.Min() == plan.Report.EstimatedSeconds[plan.Report.Planner]);
            CheckPlan(database, query, joined, plan);
        }
        // Placements no planner would choose must be right, too.
        for (int i = 0; i < 2; i++)
        {
            CheckPlan(database, query, joined, RandomPlacement.Plan(query, statistics, random));
        }
    }

    private static void CheckPlan(TinyDatabase database, BoundQuery query, List<int[]> joined, PhysicalPlan plan)
    {
        FragmentChecker.Check(plan.Fragment, plan.Tensors, (_, column) => column == TinyDatabase.ListColumn ? TinyDatabase.ListWidth : 1);
        FragmentInterpreter interpreter = new(database, plan.Fragment, plan.Tensors);
        AssertSameRows(joined, interpreter.Rows((int)plan.Fragment.NullCheckNode));
        foreach (int[] row in joined.Take(MostRowsCompared))
        {
            CompareOutputs(database, query, plan, interpreter, row);
        }
    }

    private static void AssertSameRows(List<int[]> expected, List<int[]> actual)
    {
        static string[] Sorted(List<int[]> rows) => [.. rows.Select(row => string.Join(',', row)).Order(StringComparer.Ordinal)];
        Assert.Equal(Sorted(expected), Sorted(actual));
    }

    private static void CompareOutputs(TinyDatabase database, BoundQuery query, PhysicalPlan plan, FragmentInterpreter interpreter, int[] row)
    {
        Dictionary<int, object[]> known = [];
        for (int p = 0; p < query.Predictions.Length; p++)
        {
            DirectModel model = new(database, query.Predictions[p], query.Nulls, row);
            for (int o = 0; o < query.Predictions[p].Model.Outputs.Length; o++)
            {
                object[] expected = model.Output(o);
                if (!model.IsAmbiguous)
                {
                    AssertClose(expected, interpreter.Value((int)plan.Fragment.Outputs[p].Struct.Fields[o].Value, row, known), plan.Report.Planner);
                }
            }
        }
        if (query.PredictionFilter is ScalarExpr filter)
        {
            DirectModel model = new(database, query.Predictions[0], query.Nulls, row);
            bool expected = new NaiveSql(database).Evaluate(filter, row, prediction => model.Output(prediction.Output)[prediction.Element]) is true;
            Assert.Equal(expected, interpreter.Evaluate(plan.Fragment.Nodes[^1].Filter.Predicate, row) is true);
        }
    }

    private static void AssertClose(object[] expected, object[] actual, string planner)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i] is not double a)
            {
                Assert.Equal(expected[i], actual[i]);
                continue;
            }
            double b = (double)actual[i];
            double scale = Math.Max(1, expected.Max(v => double.IsFinite((double)v) ? Math.Abs((double)v) : 0));
            bool close = double.IsFinite(a) ? Math.Abs(a - b) <= Tolerance * scale : a.Equals(b);
            Assert.True(close, $"planner {planner}, element {i}: expected {a:R}, got {b:R}");
        }
    }
}
