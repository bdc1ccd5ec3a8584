using System.Collections.Immutable;
using CsCheck;
using InferF.Optimizer.Tests.Support;
using InferF.Plan.Model;
using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF.Optimizer.Tests;

/// <summary>
/// For random joins and random tree ensembles over features of several tables in any order, partly computed from others, the plan of every planner
/// reaches exactly the leaves that walking each joined row reaches.
/// </summary>
public sealed class TreePropertyTests
{
    private const int MostRowsCompared = 25;

    private static readonly int s_iterations = int.TryParse(Environment.GetEnvironmentVariable("INFERF_PROPERTY_CASES"), out int cases) ? cases : 150;

    [Fact]
    public void EveryPlannerReachesTheSameLeaves() => Gen.Int[0, int.MaxValue - 1].Sample(CheckCase, iter: s_iterations, threads: 1);

    [Theory]
    [InlineData(1)]
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
        TinyDatabase database = TinyDatabase.Random(random, random.Next(1, 6));
        RandomQuery queries = new(random);
        FromNode from = queries.From(database.TableCount);
        ScalarExpr? filter = queries.Filter(database.TableCount);
        Prediction prediction = Trees(random, database.TableCount);
        ImmutableArray<OutputItem> outputs = [new OutputItem("p", new PredictionStructOutput(0)), new OutputItem("key", new ColumnOutput(new ColumnRef(0, 0)), Hidden: true)];
        BoundQuery query = new("", database.Scans, from, filter, [prediction], null, outputs, [], null, 0, new NullHandling((NullMode)random.Next(3), 0.5));
        ImmutableArray<TableStatistics> statistics = database.Statistics(random);
        List<int[]> joined = new NaiveSql(database).Execute(from, filter);
        foreach (PhysicalPlan plan in AllPlans.Of(query, statistics, random))
        {
            CheckPlan(database, query, joined, plan);
        }
        for (int i = 0; i < 3; i++)
        {
            CheckPlan(database, query, joined, RandomPlacement.Plan(query, statistics, random));
        }
    }

    private static Prediction Trees(Random random, int tables)
    {
        ImmutableArray<Feature> features =
        [
            .. Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.Next(4) == 0
                ? new Feature(new ColumnRef(random.Next(tables), TinyDatabase.ListColumn), TinyDatabase.ListWidth)
                : new Feature(new ColumnRef(random.Next(tables), TinyDatabase.FirstFloat + random.Next(2)), 1)),
        ];
        int width = features.Sum(feature => feature.Width);
        InputExpr input = new(0, ElementType.Float32, width);
        TensorExpr x = input;
        if (random.Next(3) == 0)
        {
            x = new UnaryExpr(UnaryFunction.Relu, x, 0) { Origin = "Relu" };
        }
        if (random.Next(3) == 0)
        {
            // Halves and eighths: exact in any order.
            float[] weights = [.. Enumerable.Range(0, width * 2).Select(_ => random.Next(-2, 3) / 2f)];
            TensorExpr tower = new LinearExpr(new ImputeExpr(input, ConstantTensor.Create("i", 1, 1, [0f]), double.NaN) { Origin = "Imputer" }, ConstantTensor.Create("W", width, 2, weights), null) { Origin = "Gemm" };
            x = new ConcatExpr([x, tower]) { Origin = "Concat" };
        }
        RandomTrees trees = new(random, x.Width);
        ModelGraph model = new(
            "m",
            [new ModelInput("x", ElementType.Float32, width, "float") { TakesMissing = random.Next(2) == 0 }],
            [
                new ModelOutput("leaves", new TreeEnsembleExpr(x, trees.ExitLeaves(), ElementType.Float32) { Origin = "TreeEnsembleRegressor 'leaves'" }),
                new ModelOutput("scores", new TreeEnsembleExpr(x, trees.Scores(random.Next(1, 4)), ElementType.Float64) { Origin = "TreeEnsembleRegressor 'scores'" }),
            ]);
        return new Prediction(model, [features], 0);
    }

    private static void CheckPlan(TinyDatabase database, BoundQuery query, List<int[]> joined, PhysicalPlan plan)
    {
        FragmentChecker.Check(plan.Fragment, plan.Tensors, (_, column) => column == TinyDatabase.ListColumn ? TinyDatabase.ListWidth : 1);
        FragmentInterpreter interpreter = new(database, plan.Fragment, plan.Tensors);
        foreach (int[] row in joined.Take(MostRowsCompared))
        {
            Dictionary<int, object[]> known = [];
            DirectModel model = new(database, query.Predictions[0], query.Nulls, row);
            for (int output = 0; output < 2; output++)
            {
                Assert.Equal(model.Output(output), interpreter.Value((int)plan.Fragment.Outputs[0].Struct.Fields[output].Value, row, known));
            }
        }
        AssertNullsAreStillErrors(query, plan);
    }

    // Whatever is pushed or skipped, the columns whose NULLs are errors are the same.
    private static void AssertNullsAreStillErrors(BoundQuery query, PhysicalPlan plan)
    {
        if (query.Nulls.Mode != NullMode.Error || query.Predictions[0].Model.Inputs[0].TakesMissing)
        {
            return;
        }
        HashSet<(int, int)> expected = [.. query.Predictions[0].Inputs[0].Select(feature => (feature.Column.Table, feature.Column.Column))];
        HashSet<(int, int)> actual = [.. plan.Fragment.Values.Where(value => value.LoadColumns is not null).SelectMany(value => value.LoadColumns.Columns).Select(c => ((int)c.Table, (int)c.Column))];
        Assert.Equal(expected.Order(), actual.Order());
    }
}
