using InferF.Testing;

namespace InferF.Fuzz.Tests.Models;

/// <summary>Networks of the operators that deep models are made of.</summary>
internal static class DeepModels
{
    /// <summary>A chain of random layers between linear ones.</summary>
    public static void Layers(ModelDraft draft)
    {
        (string x, int inputs) = draft.NumericInput();
        int width = 2 * draft.Random.Next(1, 7);
        x = draft.Dense(x, inputs, width);
        for (int i = draft.Random.Next(2, 6); i > 0; i--)
        {
            (x, width) = Layer(draft, x, width);
        }
        int outputs = draft.Random.Next(1, 4);
        string y = draft.Dense(x, width, outputs);
        if (outputs > 1 && draft.Once(3))
        {
            draft.Builder.Output(draft.Node("ArgMax", [y], ("axis", 1), ("keepdims", 0)), "int64", OnnxBuilder.Open);
        }
        if (outputs > 1 && draft.Once(3))
        {
            y = draft.Node(draft.Pick("Softmax", "LogSoftmax"), [y], ("axis", 1));
        }
        draft.Output(y, outputs);
    }

    /// <summary>A small convolutional network over an array column, joined with features of the other tables.</summary>
    public static void Convolutions(ModelDraft draft)
    {
        const int Size = RandomTable.ImageSize;
        RandomTable table = draft.Pick(draft.Tables);
        (string image, _) = draft.Input("float", [($"{table.Name}.img", Size * Size)]);
        int channels = draft.Random.Next(1, 4);
        string x = draft.Node("Reshape", [image, draft.Integers(0, 1, Size, Size)]);
        x = draft.Node("Relu", [draft.Node("Conv", [x, draft.Weights(0.5, channels, 1, 3, 3), draft.Weights(0.2, channels)], ("pads", new long[] { 1, 1, 1, 1 }))]);
        if (draft.Once(2))
        {
            // A residual block: y = relu(conv(x) + x).
            string branch = draft.Node("Conv", [x, draft.Weights(0.3, channels, channels, 3, 3)], ("pads", new long[] { 1, 1, 1, 1 }));
            x = draft.Node("Relu", [draft.Node("Add", [branch, x])]);
        }
        int size = Size / 2;
        switch (draft.Random.Next(3))
        {
            case 0:
                x = draft.Node("GlobalAveragePool", [x]);
                size = 1;
                break;
            case 1:
                x = draft.Node("MaxPool", [x], ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }));
                break;
            default:
                x = draft.Node("AveragePool", [x], ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }));
                break;
        }
        x = draft.Node("Flatten", [x], ("axis", 1));
        int width = channels * size * size;
        (string numbers, int numbersWidth) = draft.NumericInput(draft.Tables.Where(t => t != table));
        string joined = draft.Node("Concat", [x, draft.Node("Tanh", [draft.Dense(numbers, numbersWidth, 4)])], ("axis", 1));
        draft.Output(draft.Dense(joined, width + 4, 2), 2);
    }

    private static (string Name, int Width) Layer(ModelDraft draft, string x, int width)
    {
        float[] positive = [.. draft.Uniform(width, 0.5).Select(v => v + 1)];
        switch (draft.Random.Next(16))
        {
            case 0 when width > 1:
                return (draft.Node("LayerNormalization", [x, draft.Constant(positive, width), draft.Weights(0.5, width)], ("axis", -1)), width);
            case 1:
                return (draft.Node("BatchNormalization", [x, draft.Constant(positive, width), draft.Weights(0.5, width), draft.Weights(0.5, width), draft.Constant(positive, width)]), width);
            case 2:
                return (draft.Node("Gelu", [x], ("approximate", draft.Pick("none", "tanh"))), width);
            case 3:
                string error = draft.Node("Erf", [draft.Node("Div", [x, draft.Scalar(1.41421356f)])]);
                return (draft.Node("Mul", [draft.Node("Mul", [x, draft.Node("Add", [error, draft.Scalar(1)])]), draft.Scalar(0.5f)]), width);
            case 4:
                return (draft.Node("Clip", [x, draft.Scalar(-0.7f), draft.Scalar(0.9f)]), width);
            case 5:
                string condition = draft.Node(draft.Pick("Greater", "Less", "GreaterOrEqual", "LessOrEqual"), [x, draft.Weights(0.5, width)]);
                return (draft.Node("Where", [condition, x, draft.Node("Mul", [x, draft.Scalar(0.1f)])]), width);
            case 6:
                return (draft.Node(draft.Pick("Max", "Min"), [x, draft.Weights(1, width)]), width);
            case 7:
                return (draft.Node("Pow", [x, draft.Scalar(2)]), width);
            case 8:
                return (draft.Node("Sub", [x, draft.Reduce(draft.Pick("ReduceMean", "ReduceMax", "ReduceMin"), x, 1, keep: true)]), width);
            case 9 when width % 2 == 0:
                (string first, string second) = (draft.NewName(), draft.NewName());
                draft.Builder.Node("Split", [x, draft.Integers(width / 2, width / 2)], [first, second], ("axis", 1));
                return (draft.Node("Concat", [second, first, second], ("axis", 1)), width / 2 * 3);
            case 10 when width % 2 == 0:
                string matrix = draft.Node("Reshape", [x, draft.Integers(0, 2, width / 2)]);
                return (draft.Node("Reshape", [draft.Node("Transpose", [matrix], ("perm", new long[] { 0, 2, 1 })), draft.Integers(0, width)]), width);
            case 11:
                int kept = draft.Random.Next(1, width + 1);
                return (draft.Node("Slice", [x, draft.Integers(width - kept), draft.Integers(width), draft.Integers(1)]), kept);
            case 12:
                string norm = draft.Reduce(draft.Pick("ReduceL1", "ReduceL2", "ReduceLogSumExp", "ReduceSumSquare"), x, 1, keep: true);
                return (draft.Node("Concat", [x, norm], ("axis", 1)), width + 1);
            case 13:
                int outputs = 2 * draft.Random.Next(1, 7);
                return (draft.Dense(x, width, outputs), outputs);
            case 14:
                return (draft.Node("Log", [draft.Node("Add", [draft.Node("Abs", [x]), draft.Scalar(1)])]), width);
            default:
                return (draft.Node(draft.Pick("Relu", "Sigmoid", "Tanh", "Elu", "Selu", "Celu", "Softplus", "Softsign", "HardSigmoid", "HardSwish", "Mish", "Sin", "Cos", "Atan", "Abs", "Neg", "Floor", "Sign"), [x]), width);
        }
    }
}
