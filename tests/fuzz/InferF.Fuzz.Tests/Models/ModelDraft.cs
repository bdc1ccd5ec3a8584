using InferF.Testing;

namespace InferF.Fuzz.Tests.Models;

/// <summary>A random model in the making: the ONNX graph, and which columns its inputs are bound to.</summary>
/// <param name="random">Source of every choice.</param>
/// <param name="tables">The tables of the query.</param>
/// <param name="mlOpset">Version of ai.onnx.ml.</param>
internal sealed class ModelDraft(Random random, IReadOnlyList<RandomTable> tables, int mlOpset = 3)
{
    private int _names;

    public Random Random { get; } = random;

    public OnnxBuilder Builder { get; private set; } = new(opset: 21, mlOpset);

    public List<CaseInput> Inputs { get; } = [];

    public IReadOnlyList<RandomTable> Tables { get; } = tables;

    /// <summary>Starts over with another version of ai.onnx.ml.</summary>
    public void UseMlOpset(int version) => Builder = new OnnxBuilder(21, version);

    /// <summary>True once in <paramref name="times"/>.</summary>
    public bool Once(int times) => Random.Next(times) == 0;

    /// <summary>One of some choices.</summary>
    public T Pick<T>(params IReadOnlyList<T> choices) => choices[Random.Next(choices.Count)];

    /// <summary>Some numeric features, at least one, in any order.</summary>
    public List<(string Sql, int Width)> Numbers(IEnumerable<RandomTable>? from = null)
    {
        (string Sql, int Width)[] all = [.. (from ?? Tables).SelectMany(t => t.Features.Select(f => ($"{t.Name}.{f.Name}", f.Width)))];
        Random.Shuffle(all);
        return [.. all.Take(Random.Next(1, all.Length + 1))];
    }

    /// <summary>Adds an input [N, width].</summary>
    public (string Name, int Width) Input(string type, List<(string Sql, int Width)> features)
    {
        CaseInput input = new($"in{Inputs.Count}", type, features);
        Inputs.Add(input);
        Builder.Input(input.Name, type, OnnxBuilder.Open, input.Width);
        return (input.Name, input.Width);
    }

    /// <summary>Adds a float input over some numeric features.</summary>
    public (string Name, int Width) NumericInput(IEnumerable<RandomTable>? from = null) => Input("float", Numbers(from));

    /// <summary>Adds a node of ai.onnx with one output.</summary>
    public string Node(string op, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string output = $"v{_names++}";
        Builder.Node(op, inputs, [output], attributes);
        return output;
    }

    /// <summary>Adds a node of ai.onnx.ml with one output.</summary>
    public string MlNode(string op, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string output = $"v{_names++}";
        Builder.MlNode(op, inputs, [output], attributes);
        return output;
    }

    /// <summary>A name that nothing has yet.</summary>
    public string NewName() => $"v{_names++}";

    /// <summary>Uniform random numbers.</summary>
    public float[] Uniform(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => (float)((Random.NextDouble() * 2 - 1) * scale))];

    /// <summary>A constant of uniform random numbers.</summary>
    public string Weights(double scale, params long[] dims) => Constant(Uniform((int)dims.Aggregate(1L, (a, b) => a * b), scale), dims);

    /// <summary>A float constant.</summary>
    public string Constant(float[] data, params long[] dims)
    {
        string name = NewName();
        Builder.Initializer(name, data, dims);
        return name;
    }

    /// <summary>A scalar.</summary>
    public string Scalar(float value) => Constant([value]);

    /// <summary>A list of integers: axes, a shape, positions.</summary>
    public string Integers(params long[] data)
    {
        string name = NewName();
        Builder.Initializer(name, data, data.Length);
        return name;
    }

    /// <summary>A linear layer and perhaps an activation.</summary>
    public string Dense(string x, int inputs, int outputs, string? activation = null)
    {
        string sum = Node("Gemm", [x, Weights(Math.Sqrt(3.0 / inputs), inputs, outputs), Weights(0.5, outputs)]);
        return activation is null ? sum : Node(activation, [sum]);
    }

    /// <summary>A reduction over axes.</summary>
    public string Reduce(string op, string x, long axis, bool keep = false) => Node(op, [x, Integers(axis)], ("keepdims", keep ? 1 : 0));

    /// <summary>Declares an output of several columns.</summary>
    public void Output(string name, int width, string type = "float") => Builder.Output(name, type, OnnxBuilder.Open, width);
}
