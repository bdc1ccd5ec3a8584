// Trains the sample's model and writes delay.onnx: the probability that a flight is more than 15 minutes late, from the flight and both of
// its airports. Plain mini-batch Adam on one thread with a fixed seed, so that a second run on the same machine writes the same bytes.
//
//   dotnet run samples/flights/train.cs
#:package DuckDB.NET.Data.Full
#:project ../../tests/support/InferF.Testing
#:package System.Numerics.Tensors
#:property PublishAot=false

using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using DuckDB.NET.Data;
using InferF.Testing;

const int Seed = 20010101;
const int Epochs = 4;
const int BatchSize = 128;
int[] hidden = [128, 64];

// Names of the model's inputs, and the columns they come from: f is the flight, o and d its airports.
(string Name, string Sql)[] features =
[
    ("distance", "f.distance"), ("month", "f.month"), ("weekday", "f.weekday"), ("hour", "f.hour"),
    ("origin_latitude", "o.latitude"), ("origin_longitude", "o.longitude"),
    ("origin_departures_per_day", "o.departures_per_day"), ("origin_mean_delay", "o.mean_delay"),
    ("destination_latitude", "d.latitude"), ("destination_longitude", "d.longitude"),
    ("destination_departures_per_day", "d.departures_per_day"), ("destination_mean_delay", "d.mean_delay"),
];

// Every fifth day is held out to judge the model on.
(float[][] rows, float[] labels) = Load("dayofyear(f.date) % 5 <> 0");
(float[][] testRows, float[] testLabels) = Load("dayofyear(f.date) % 5 = 0");
(float[] offset, float[] scale) = Standardize(rows);
float[][] train = [.. rows.Select(Scaled)];
float[][] test = [.. testRows.Select(Scaled)];

var random = new Random(Seed);
int[] sizes = [features.Length, .. hidden, 1];
Layer[] layers = [.. Enumerable.Range(0, sizes.Length - 1).Select(i => new Layer(sizes[i], sizes[i + 1], random))];
var clock = Stopwatch.StartNew();
int[] order = [.. Enumerable.Range(0, train.Length)];
for (int epoch = 1, step = 0; epoch <= Epochs; epoch++)
{
    random.Shuffle(order);
    float rate = 0.002f * MathF.Pow(0.6f, epoch - 1);
    for (int start = 0; start < order.Length; start += BatchSize)
    {
        int count = Math.Min(BatchSize, order.Length - start);
        for (int i = start; i < start + count; i++)
        {
            // The derivative of the log-loss by the input of the sigmoid.
            float[] error = [Predict(train[order[i]]) - labels[order[i]]];
            for (int l = layers.Length - 1; l >= 0; l--)
            {
                error = layers[l].Backward(error, isFirst: l == 0);
            }
        }
        step++;
        foreach (Layer layer in layers)
        {
            layer.Update(rate, count, step);
        }
    }
    Console.WriteLine(FormattableString.Invariant($"epoch {epoch}: held-out {Report(test, testLabels)}, {clock.Elapsed.TotalSeconds:F0} s"));
}
Console.WriteLine($"{train.Length} flights to learn from: {Report(train, labels)}");
Console.WriteLine($"{test.Length} held-out flights: {Report(test, testLabels)}");
string target = Path.Combine(SampleFolder(), "delay.onnx");
File.WriteAllBytes(target, Export());
Console.WriteLine($"{target}: {new FileInfo(target).Length} bytes");

(float[][] Rows, float[] Labels) Load(string condition)
{
    using var connection = new DuckDBConnection("DataSource=:memory:");
    connection.Open();
    using DuckDBCommand command = connection.CreateCommand();
    string folder = SampleFolder().Replace("'", "''");
    command.CommandText = $"""
        SELECT CAST(f.delay > 15 AS INTEGER), {string.Join(", ", features.Select(f => $"CAST({f.Sql} AS FLOAT)"))}
        FROM read_parquet('{folder}/flights.parquet') f
        JOIN read_parquet('{folder}/airports.parquet') o ON f.origin = o.iata
        JOIN read_parquet('{folder}/airports.parquet') d ON f.destination = d.iata
        WHERE {condition} ORDER BY f.date, f.origin, f.destination, f.distance, f.delay
        """;
    using DuckDBDataReader reader = command.ExecuteReader();
    List<float[]> read = [];
    List<float> outcomes = [];
    while (reader.Read())
    {
        outcomes.Add(reader.GetInt32(0));
        read.Add([.. Enumerable.Range(1, features.Length).Select(reader.GetFloat)]);
    }
    return ([.. read], [.. outcomes]);
}

// What the Scaler node of the model applies: (x - offset) * scale has mean 0 and variance 1.
static (float[] Offset, float[] Scale) Standardize(float[][] rows)
{
    int width = rows[0].Length;
    double[] mean = [.. Enumerable.Range(0, width).Select(c => rows.Average(row => (double)row[c]))];
    double[] deviation = [.. Enumerable.Range(0, width).Select(c => Math.Sqrt(rows.Average(row => Math.Pow(row[c] - mean[c], 2))))];
    return ([.. mean.Select(m => (float)m)], [.. deviation.Select(d => (float)(1 / Math.Max(d, 1e-6)))]);
}

float[] Scaled(float[] row) => [.. row.Select((x, c) => (x - offset[c]) * scale[c])];

float Predict(float[] row)
{
    float[] value = row;
    for (int l = 0; l < layers.Length; l++)
    {
        value = layers[l].Forward(value, isLast: l == layers.Length - 1);
    }
    return 1 / (1 + MathF.Exp(-value[0]));
}

string Report(float[][] data, float[] outcomes)
{
    float[] scores = [.. data.Select(Predict)];
    double loss = scores.Zip(outcomes, (p, y) => -Math.Log(Math.Clamp(y > 0 ? p : 1 - p, 1e-7, 1))).Average();
    double share = outcomes.Average();
    double baseline = -(share * Math.Log(share)) - ((1 - share) * Math.Log(1 - share));
    return string.Create(CultureInfo.InvariantCulture, $"AUC {AreaUnderCurve(scores, outcomes):F4}, log-loss {loss:F4} (constant guess {baseline:F4})");
}

// The probability that a late flight scores above a punctual one: Mann-Whitney statistic, ties counted half by mean ranks.
static double AreaUnderCurve(float[] scores, float[] outcomes)
{
    (float Score, float Outcome)[] sorted = [.. scores.Zip(outcomes).OrderBy(pair => pair.First)];
    double rankSum = 0;
    for (int i = 0, next; i < sorted.Length; i = next)
    {
        next = i + 1;
        while (next < sorted.Length && sorted[next].Score == sorted[i].Score)
        {
            next++;
        }
        double meanRank = (i + 1 + next) / 2.0;
        rankSum += meanRank * sorted[i..next].Count(pair => pair.Outcome > 0);
    }
    double positives = outcomes.Count(y => y > 0);
    double negatives = outcomes.Length - positives;
    return (rankSum - (positives * (positives + 1) / 2)) / (positives * negatives);
}

byte[] Export()
{
    var builder = new OnnxBuilder();
    foreach ((string name, _) in features)
    {
        builder.Input(name, "float", OnnxBuilder.Open, 1);
    }
    builder.Node("Concat", [.. features.Select(f => f.Name)], ["features"], ("axis", 1));
    builder.MlNode("Scaler", ["features"], ["standardized"], ("offset", offset), ("scale", scale));
    string current = "standardized";
    for (int l = 0; l < layers.Length; l++)
    {
        builder.Initializer($"fc{l + 1}.weight", layers[l].Weights, layers[l].Outputs, layers[l].Inputs)
            .Initializer($"fc{l + 1}.bias", layers[l].Bias, layers[l].Outputs)
            .Node("Gemm", [current, $"fc{l + 1}.weight", $"fc{l + 1}.bias"], [$"fc{l + 1}"], ("transB", 1));
        current = l == layers.Length - 1 ? "probability" : $"relu{l + 1}";
        builder.Node(l == layers.Length - 1 ? "Sigmoid" : "Relu", [$"fc{l + 1}"], [current]);
    }
    return builder.Output("probability", "float", OnnxBuilder.Open, 1).Build();
}

static string SampleFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

/// <summary>A fully connected layer with its gradients and the state of Adam (Kingma and Ba, "Adam", 2015, algorithm 1).</summary>
internal sealed class Layer
{
    private const float FirstDecay = 0.9f;
    private const float SecondDecay = 0.999f;
    private readonly Parameter _weights;
    private readonly Parameter _bias;
    private float[] _input = [];

    // He initialization, which keeps the variance through ReLU: normal with variance 2 / inputs.
    public Layer(int inputs, int outputs, Random random)
    {
        (Inputs, Outputs) = (inputs, outputs);
        _weights = new Parameter(inputs * outputs);
        _bias = new Parameter(outputs);
        for (int i = 0; i < _weights.Values.Length; i++)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            _weights.Values[i] = (float)(normal * Math.Sqrt(2.0 / inputs));
        }
    }

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>Outputs × inputs, row-major.</summary>
    public float[] Weights => _weights.Values;

    public float[] Bias => _bias.Values;

    public float[] Forward(float[] input, bool isLast)
    {
        float[] output = new float[Outputs];
        for (int o = 0; o < Outputs; o++)
        {
            float sum = Bias[o] + TensorPrimitives.Dot(Weights.AsSpan(o * Inputs, Inputs), input);
            output[o] = isLast ? sum : MathF.Max(sum, 0);
        }
        _input = input;
        return output;
    }

    /// <summary>Adds to the gradients and returns the error of the layer below, through its ReLU.</summary>
    public float[] Backward(float[] error, bool isFirst)
    {
        float[] below = new float[Inputs];
        for (int o = 0; o < Outputs; o++)
        {
            if (error[o] == 0)
            {
                continue;
            }
            _bias.Gradients[o] += error[o];
            Span<float> gradients = _weights.Gradients.AsSpan(o * Inputs, Inputs);
            TensorPrimitives.MultiplyAdd(_input, error[o], gradients, gradients);
            if (!isFirst)
            {
                TensorPrimitives.MultiplyAdd(Weights.AsSpan(o * Inputs, Inputs), error[o], below, below);
            }
        }
        for (int i = 0; i < below.Length && !isFirst; i++)
        {
            below[i] = _input[i] > 0 ? below[i] : 0;
        }
        return below;
    }

    public void Update(float rate, int count, int step)
    {
        float corrected = rate * MathF.Sqrt(1 - MathF.Pow(SecondDecay, step)) / (1 - MathF.Pow(FirstDecay, step));
        _weights.Update(corrected, count);
        _bias.Update(corrected, count);
    }

    private sealed class Parameter(int length)
    {
        private readonly float[] _first = new float[length];
        private readonly float[] _second = new float[length];

        public float[] Values { get; } = new float[length];

        public float[] Gradients { get; } = new float[length];

        public void Update(float rate, int count)
        {
            for (int i = 0; i < Values.Length; i++)
            {
                float gradient = Gradients[i] / count;
                _first[i] = (FirstDecay * _first[i]) + ((1 - FirstDecay) * gradient);
                _second[i] = (SecondDecay * _second[i]) + ((1 - SecondDecay) * gradient * gradient);
                Values[i] -= rate * _first[i] / (MathF.Sqrt(_second[i]) + 1e-8f);
            }
            Array.Clear(Gradients);
        }
    }
}
