namespace InferF.Fuzz.Tests.Models;

/// <summary>Models of distances to constant points: support vector machines, nearest neighbours, k-means.</summary>
internal static class DistanceModels
{
    /// <summary>SVMRegressor or SVMClassifier with any kernel.</summary>
    public static void SupportVectors(ModelDraft draft)
    {
        (string x, int width) = draft.NumericInput();
        string kernel = draft.Pick("LINEAR", "RBF", "POLY", "SIGMOID");
        float[] parameters = [0.2f, 0.5f, draft.Random.Next(1, 4)];
        if (draft.Once(2))
        {
            int vectors = draft.Random.Next(1, 12);
            bool linear = kernel == "LINEAR" && draft.Once(2);
            string y = linear
                ? draft.MlNode("SVMRegressor", [x], ("kernel_type", kernel), ("kernel_params", parameters), ("n_supports", 0), ("coefficients", draft.Uniform(width, 1)), ("rho", draft.Uniform(1, 1)))
                : draft.MlNode("SVMRegressor", [x],
                    ("kernel_type", kernel), ("kernel_params", parameters), ("n_supports", vectors),
                    ("coefficients", draft.Uniform(vectors, 1)), ("support_vectors", draft.Uniform(vectors * width, 2)), ("rho", draft.Uniform(1, 1)));
            draft.Output(y, 1);
            return;
        }
        int classes = draft.Random.Next(2, 5);
        long[] perClass = [.. Enumerable.Range(0, classes).Select(_ => (long)draft.Random.Next(1, 5))];
        int total = (int)perClass.Sum();
        int pairs = classes * (classes - 1) / 2;
        List<(string, object)> attributes =
        [
            ("kernel_type", kernel), ("kernel_params", parameters), ("vectors_per_class", perClass), ("classlabels_ints", Enumerable.Range(0, classes).Select(c => (long)c * 2).ToArray()),
            ("coefficients", draft.Uniform(total * (classes - 1), 1)), ("support_vectors", draft.Uniform(total * width, 2)), ("rho", draft.Uniform(pairs, 0.5)),
        ];
        if (draft.Once(2))
        {
            attributes.AddRange([("prob_a", draft.Uniform(pairs, 1)), ("prob_b", draft.Uniform(pairs, 1))]);
        }
        (string label, string scores) = (draft.NewName(), draft.NewName());
        bool probabilities = attributes.Exists(a => a.Item1 == "prob_a");
        draft.Builder.MlNode("SVMClassifier", [x], [label, scores], [.. attributes]).Output(label, "int64", Testing.OnnxBuilder.Open)
            .Output(scores, "float", Testing.OnnxBuilder.Open, probabilities || classes == 2 ? classes : pairs);
    }

    /// <summary>k-means as scikit-learn's exporter writes it: ‖x‖² − 2·x·c + ‖c‖², its smallest, its roots.</summary>
    public static void KMeans(ModelDraft draft)
    {
        (string x, int width) = draft.NumericInput();
        int clusters = draft.Random.Next(2, 8);
        float[] centers = draft.Uniform(clusters * width, 2);
        float[] norms = [.. centers.Chunk(width).Select(c => c.Sum(v => v * v))];
        string squares = draft.Reduce("ReduceSumSquare", x, 1, keep: true);
        string products = draft.Node("Gemm", [x, draft.Constant(centers, clusters, width)], ("alpha", -2f), ("transB", 1));
        string distances = draft.Node("Add", [draft.Node("Add", [squares, products]), draft.Constant(norms, clusters)]);
        string label = draft.Node("ArgMin", [distances], ("axis", 1), ("keepdims", 0));
        draft.Builder.Output(label, "int64", Testing.OnnxBuilder.Open);
        draft.Output(draft.Once(2) ? draft.Node("Sqrt", [draft.Node("Relu", [distances])]) : distances, clusters);
    }

    /// <summary>k nearest neighbours by differences to all points.</summary>
    public static void Neighbours(ModelDraft draft)
    {
        (string x, int width) = draft.NumericInput();
        int points = draft.Random.Next(3, 20);
        int count = draft.Random.Next(1, 4);
        string differences = draft.Node("Sub", [draft.Node("Unsqueeze", [x, draft.Integers(1)]), draft.Weights(2, 1, points, width)]);
        string distances = draft.Once(2)
            ? draft.Reduce("ReduceSum", draft.Node("Mul", [differences, differences]), 2)
            : draft.Reduce("ReduceSum", draft.Node("Abs", [differences]), 2);
        (string nearest, string positions) = (draft.NewName(), draft.NewName());
        draft.Builder.Node("TopK", [distances, draft.Integers(count)], [nearest, positions], ("axis", 1), ("largest", 0));
        string targets = draft.Node("Gather", [draft.Weights(3, points), positions], ("axis", 0));
        string y = draft.Reduce("ReduceMean", targets, 1, keep: true);
        draft.Output(y, 1);
        if (draft.Once(2))
        {
            draft.Output(nearest, count);
        }
    }
}
