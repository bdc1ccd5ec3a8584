using System.Text;
using InferF.Frontend.Models;
using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models.LightGbm;

/// <summary>Models trained by LightGBM itself, loaded from their text and compared with its predictions and leaves.</summary>
public class LightGbmModelTests
{
    private const int Rows = 400;
    private static readonly string[] s_names = ["distance", "carrier", "seats", "delay"];

    public static TheoryData<string> Objectives =>
    [
        "objective=regression", "objective=regression reg_sqrt=true", "objective=regression_l1", "objective=huber", "objective=fair", "objective=quantile alpha=0.7", "objective=mape",
        "objective=poisson", "objective=gamma", "objective=tweedie", "objective=binary", "objective=binary sigmoid=1.7", "objective=cross_entropy",
        "objective=cross_entropy_lambda", "objective=multiclass num_class=3", "objective=multiclassova num_class=3 sigmoid=0.5", "objective=lambdarank", "objective=rank_xendcg",
    ];

    [Theory, MemberData(nameof(Objectives))]
    public void EveryObjectiveAgrees(string objective) => Check(objective, iterations: 12);

    [Theory]
    [InlineData("use_missing=true")]
    [InlineData("use_missing=true zero_as_missing=true")]
    [InlineData("use_missing=false")]
    public void MissingValuesGoWhereLightGbmSendsThem(string missing)
    {
        Check($"objective=regression num_leaves=31 {missing}", iterations: 20);
        Check($"objective=binary {missing} categorical_feature=1", iterations: 20);
    }

    [Fact]
    public void CategoricalSplitsAreSets()
    {
        ModelGraph graph = Check("objective=regression categorical_feature=1 max_cat_to_onehot=1 min_data_per_group=1 cat_smooth=1", iterations: 15);
        TreeEnsemble ensemble = Trees(graph.Outputs[0].Expression).Ensemble;
        Assert.Contains(ensemble.Nodes, node => node.Mode == TreeNodeMode.IntegerMember);
        Assert.Contains(ensemble.Sets, set => set.Any(member => member > 31));
    }

    [Theory]
    [InlineData("objective=regression")]
    [InlineData("objective=binary")]
    [InlineData("objective=multiclass num_class=3")]
    public void RandomForestsAverage(string objective) =>
        Check($"{objective} boosting=rf bagging_freq=1 bagging_fraction=0.6 feature_fraction=0.8", iterations: 9);

    [Fact]
    public void DartAgrees() => Check("objective=regression boosting=dart drop_rate=0.5", iterations: 12);

    [Fact]
    public void TreesOfASingleLeafAgree()
    {
        double[] data = Data(40, seed: 1);
        using var library = new LightGbmLibrary(data, s_names, [.. Enumerable.Repeat(2f, 40)], "objective=regression", 3);
        ModelGraph graph = Read(library.Save());
        AssertPredictions(graph, data, library.Predict(data));
    }

    [Fact]
    public void EveryFeatureIsAnInputThatTakesMissingValues()
    {
        ModelGraph graph = Check("objective=regression", iterations: 2);
        Assert.Equal(s_names, graph.Inputs.Select(input => input.Name));
        Assert.All(graph.Inputs, input => Assert.Equal((ElementType.Float64, 1, true), (input.Type, input.Width, input.TakesMissing)));
        Assert.Equal(["prediction"], graph.Outputs.Select(output => output.Name));
    }

    [Fact]
    public void LinearTreesAreUnsupported()
    {
        double[] data = Data(Rows, seed: 3);
        using var library = new LightGbmLibrary(data, s_names, Label("objective=regression", data), "objective=regression linear_tree=true", 3);
        InferFException error = Assert.Throws<InferFException>(() => Read(library.Save()));
        Assert.Equal(InferFErrorCode.UnsupportedModel, error.Code);
        Assert.Contains("linear_tree", error.Message, StringComparison.Ordinal);
    }

    private static ModelGraph Check(string parameters, int iterations)
    {
        double[] data = Data(Rows, seed: 1);
        int[]? group = parameters.Contains("rank", StringComparison.Ordinal) ? [.. Enumerable.Repeat(20, Rows / 20)] : null;
        using var library = new LightGbmLibrary(data, s_names, Label(parameters, data), parameters, iterations, group);
        ModelGraph graph = Read(library.Save());
        double[] fresh = [.. data, .. Data(Rows, seed: 2)];
        AssertLeaves(Trees(graph.Outputs[0].Expression), graph, fresh, library);
        AssertPredictions(graph, fresh, library.Predict(fresh));
        return graph;
    }

    private static ModelGraph Read(string text) => ModelReader.Read(Encoding.UTF8.GetBytes(text), "model");

    private static Array[] Columns(double[] data) =>
        [.. Enumerable.Range(0, s_names.Length).Select(column => (Array)data.Where((_, i) => i % s_names.Length == column).ToArray())];

    private static void AssertPredictions(ModelGraph graph, double[] data, double[] expected)
    {
        Array actual = Assert.Single(TensorExprInterpreter.Evaluate(graph, Columns(data), data.Length / s_names.Length));
        ModelParity.AssertClose("prediction", expected, actual);
    }

    // The library numbers leaves in another order: a leaf is known by its weight, and both must say the same of every row.
    private static void AssertLeaves(TreeEnsembleExpr trees, ModelGraph graph, double[] data, LightGbmLibrary library)
    {
        int rows = data.Length / s_names.Length;
        double[] expected = library.Leaves(data);
        var features = new ModelGraph("features", graph.Inputs, [new ModelOutput("x", trees.Arguments[0])]);
        double[] x = (double[])TensorExprInterpreter.Evaluate(features, Columns(data), rows)[0];
        int width = trees.Ensemble.NumFeatures;
        var names = new Dictionary<(int Tree, double Theirs), int>();
        for (int row = 0; row < rows; row++)
        {
            int[] leaves = TreeWalk.ExitLeaves(trees.Ensemble, x.AsSpan(row * width, width));
            for (int tree = 0; tree < leaves.Length; tree++)
            {
                double theirs = expected[(row * leaves.Length) + tree];
                Assert.Equal(names.TryGetValue((tree, theirs), out int ours) ? ours : names[(tree, theirs)] = leaves[tree], leaves[tree]);
            }
        }
        Assert.Equal(names.Count, names.Values.Distinct().Count());
    }

    private static TreeEnsembleExpr Trees(TensorExpr expression)
    {
        while (expression is not TreeEnsembleExpr)
        {
            expression = expression.Arguments[0];
        }
        return (TreeEnsembleExpr)expression;
    }

    // Numbers with zeros and missing values; a category that is sometimes negative, fractional, unknown or missing.
    private static double[] Data(int rows, int seed)
    {
        var random = new Random(seed);
        double[] data = new double[rows * s_names.Length];
        for (int i = 0; i < data.Length; i++)
        {
            int kind = random.Next(12);
            data[i] = kind switch
            {
                0 => double.NaN,
                1 or 2 => 0,
                3 => 1e-36,
                _ when i % s_names.Length != 1 => Math.Round((random.NextDouble() * 8) - 4, 2),
                4 => seed == 1 ? 3 : -0.5,
                5 => seed == 1 ? 5 : -1.5,
                6 => seed == 1 ? 7 : 2.75,
                7 => seed == 1 ? 9 : 1e10,
                _ => random.Next(70),
            };
        }
        return data;
    }

    private static float[] Label(string parameters, double[] data)
    {
        var random = new Random(7);
        float[] label = new float[data.Length / s_names.Length];
        for (int row = 0; row < label.Length; row++)
        {
            double[] x = [.. Enumerable.Range(0, s_names.Length).Select(i => double.IsNaN(data[(row * s_names.Length) + i]) ? 1.5 : data[(row * s_names.Length) + i])];
            double score = x[0] + (x[1] % 7 > 3 ? 2 : -1) + (0.5 * x[2] * x[3]) + random.NextDouble();
            label[row] = parameters switch
            {
                _ when parameters.Contains("num_class", StringComparison.Ordinal) => score < -1 ? 0 : score < 2 ? 1 : 2,
                _ when parameters.Contains("rank", StringComparison.Ordinal) => Math.Clamp((int)score, 0, 3),
                _ when parameters.Contains("binary", StringComparison.Ordinal) || parameters.Contains("cross_entropy", StringComparison.Ordinal) => score > 0.5 ? 1 : 0,
                _ when parameters.Contains("poisson", StringComparison.Ordinal) || parameters.Contains("gamma", StringComparison.Ordinal)
                    || parameters.Contains("tweedie", StringComparison.Ordinal) => (float)Math.Exp(score / 6),
                _ => (float)score,
            };
        }
        return label;
    }
}
