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
const int Epochs = 5;
const int BatchSize = 128;
const int ListedAirports = 100;
int[] hidden = [128, 32];

// Names of the model's inputs, and the columns they come from: f is the flight, o and d its airports.
(string Name, string Sql)[] numbers =
[
    ("distance", "f.distance"), ("month", "f.month"), ("weekday", "f.weekday"), ("hour", "f.hour"),
    ("origin_latitude", "o.latitude"), ("origin_longitude", "o.longitude"),
    ("origin_departures_per_day", "o.departures_per_day"), ("origin_mean_delay", "o.mean_delay"),
    ("destination_latitude", "d.latitude"), ("destination_longitude", "d.longitude"),
    ("destination_departures_per_day", "d.departures_per_day"), ("destination_mean_delay", "d.mean_delay"),
];
// Categories become one feature each. An airport that is not among the busiest has zeros there and is known by its state and numbers.
string[] states = LoadNames("SELECT DISTINCT state FROM airports ORDER BY state");
string[] airports = LoadNames($"SELECT iata FROM (FROM airports ORDER BY departures_per_day DESC, iata LIMIT {ListedAirports}) ORDER BY iata");
(string Name, string Sql, string[] Categories)[] texts =
[
    ("origin", "o.iata", airports), ("origin_state", "o.state", states),
    ("destination", "d.iata", airports), ("destination_state", "d.state", states),
];
int width = numbers.Length + texts.Sum(text => text.Categories.Length);

// Every fifth day is held out to judge the model on.
(FeatureRow[] train, float[] labels) = Load("dayofyear(f.date) % 5 <> 0");
(FeatureRow[] test, float[] testLabels) = Load("dayofyear(f.date) % 5 = 0");
(float[] offset, float[] scale) = Standardization(train);
foreach (FeatureRow row in train.Concat(test))
{
    for (int c = 0; c < numbers.Length; c++)
    {
        row.Values[c] = (row.Values[c] - offset[c]) * scale[c];
    }
}

var random = new Random(Seed);
int[] sizes = [width, .. hidden, 1];
Layer[] layers = [.. Enumerable.Range(0, sizes.Length - 1).Select(i => new Layer(sizes[i], sizes[i + 1], random))];
var clock = Stopwatch.StartNew();
int[] order = [.. Enumerable.Range(0, train.Length)];
for (int epoch = 1, step = 0; epoch <= Epochs; epoch++)
{
    random.Shuffle(order);
    float rate = 0.002f * MathF.Pow(0.5f, epoch - 1);
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
Console.WriteLine($"{width} features of {numbers.Length + texts.Length} inputs");
Console.WriteLine($"{train.Length} flights to learn from: {Report(train, labels)}");
Console.WriteLine($"{test.Length} held-out flights: {Report(test, testLabels)}");
string target = Path.Combine(SampleFolder(), "delay.onnx");
File.WriteAllBytes(target, Export());
Console.WriteLine($"{target}: {new FileInfo(target).Length} bytes");

(FeatureRow[] Rows, float[] Labels) Load(string condition)
{
    List<FeatureRow> rows = [];
    List<float> outcomes = [];
    var codes = texts.Select(text => text.Categories.Select((name, i) => (name, i)).ToDictionary(pair => pair.name, pair => pair.i)).ToArray();
    IEnumerable<string> columns = numbers.Select(number => $"CAST({number.Sql} AS FLOAT)").Concat(texts.Select(text => text.Sql));
    Read($"""
        SELECT CAST(f.delay > 15 AS INTEGER), {string.Join(", ", columns)}
        FROM flights f JOIN airports o ON f.origin = o.iata JOIN airports d ON f.destination = d.iata
        WHERE {condition} ORDER BY f.date, f.origin, f.destination, f.distance, f.delay
        """, reader =>
    {
        outcomes.Add(reader.GetInt32(0));
        List<int> features = [.. Enumerable.Range(0, numbers.Length)];
        List<float> values = [.. features.Select(c => reader.GetFloat(1 + c))];
        for (int t = 0, first = numbers.Length; t < texts.Length; first += texts[t].Categories.Length, t++)
        {
            if (codes[t].TryGetValue(reader.GetString(1 + numbers.Length + t), out int code))
            {
                features.Add(first + code);
                values.Add(1);
            }
        }
        rows.Add(new FeatureRow([.. features], [.. values]));
    });
    return ([.. rows], [.. outcomes]);
}

string[] LoadNames(string sql)
{
    List<string> names = [];
    Read(sql, reader => names.Add(reader.GetString(0)));
    return [.. names];
}

static void Read(string sql, Action<DuckDBDataReader> row)
{
    using var connection = new DuckDBConnection("DataSource=:memory:");
    connection.Open();
    using DuckDBCommand command = connection.CreateCommand();
    string folder = SampleFolder().Replace("'", "''");
    command.CommandText = $"CREATE VIEW flights AS FROM '{folder}/flights.parquet'; CREATE VIEW airports AS FROM '{folder}/airports.parquet'";
    command.ExecuteNonQuery();
    command.CommandText = sql;
    using DuckDBDataReader reader = command.ExecuteReader();
    while (reader.Read())
    {
        row(reader);
    }
}

// What the Scaler node of the model applies to the numbers: (x - offset) * scale has mean 0 and variance 1.
(float[] Offset, float[] Scale) Standardization(FeatureRow[] rows)
{
    double[] mean = [.. numbers.Select((_, c) => rows.Average(row => (double)row.Values[c]))];
    double[] deviation = [.. numbers.Select((_, c) => Math.Sqrt(rows.Average(row => Math.Pow(row.Values[c] - mean[c], 2))))];
    return ([.. mean.Select(m => (float)m)], [.. deviation.Select(d => (float)(1 / Math.Max(d, 1e-6)))]);
}

float Predict(FeatureRow row)
{
    for (int l = 0; ; l++)
    {
        float[] value = layers[l].Forward(row);
        if (l == layers.Length - 1)
        {
            return 1 / (1 + MathF.Exp(-value[0]));
        }
        row = FeatureRow.Positive(value);
    }
}

string Report(FeatureRow[] data, float[] outcomes)
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
    foreach ((string name, _) in numbers)
    {
        builder.Input(name, "float", OnnxBuilder.Open, 1);
    }
    foreach ((string name, _, _) in texts)
    {
        builder.Input(name, "string", OnnxBuilder.Open, 1);
    }
    builder.Node("Concat", [.. numbers.Select(number => number.Name)], ["numbers"], ("axis", 1));
    builder.MlNode("Scaler", ["numbers"], ["standardized"], ("offset", offset), ("scale", scale));
    foreach ((string name, _, string[] categories) in texts)
    {
        // The encoder adds a dimension: [N, 1] becomes [N, 1, categories].
        builder.MlNode("OneHotEncoder", [name], [$"{name}.encoded"], ("cats_strings", categories), ("zeros", 1))
            .Node("Flatten", [$"{name}.encoded"], [$"{name}.features"], ("axis", 1));
    }
    builder.Node("Concat", ["standardized", .. texts.Select(text => $"{text.Name}.features")], ["features"], ("axis", 1));
    string current = "features";
    for (int l = 0; l < layers.Length; l++)
    {
        builder.Initializer($"fc{l + 1}.weight", layers[l].Weights, layers[l].Inputs, layers[l].Outputs)
            .Initializer($"fc{l + 1}.bias", layers[l].Bias, layers[l].Outputs)
            .Node("Gemm", [current, $"fc{l + 1}.weight", $"fc{l + 1}.bias"], [$"fc{l + 1}"]);
        current = l == layers.Length - 1 ? "probability" : $"relu{l + 1}";
        builder.Node(l == layers.Length - 1 ? "Sigmoid" : "Relu", [$"fc{l + 1}"], [current]);
    }
    return builder.Output("probability", "float", OnnxBuilder.Open, 1).Build();
}

static string SampleFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

/// <summary>The features of a row that are not zero: their columns and values. One-hot features are nearly all zero.</summary>
internal readonly record struct FeatureRow(int[] Columns, float[] Values)
{
    /// <summary>What a ReLU lets through.</summary>
    public static FeatureRow Positive(float[] values)
    {
        int[] columns = [.. Enumerable.Range(0, values.Length).Where(i => values[i] > 0)];
        return new FeatureRow(columns, Array.ConvertAll(columns, i => values[i]));
    }
}

/// <summary>
/// A fully connected layer with its gradients and the state of Adam (Kingma and Ba, "Adam", 2015, algorithm 1). Its cost is that of its non-zero inputs.
/// </summary>
internal sealed class Layer
{
    private const float FirstDecay = 0.9f;
    private const float SecondDecay = 0.999f;
    private readonly Parameter _weights;
    private readonly Parameter _bias;
    private FeatureRow _input;

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

    /// <summary>Inputs × outputs, row-major.</summary>
    public float[] Weights => _weights.Values;

    public float[] Bias => _bias.Values;

    public float[] Forward(FeatureRow input)
    {
        float[] output = [.. Bias];
        for (int i = 0; i < input.Columns.Length; i++)
        {
            TensorPrimitives.MultiplyAdd(OfInput(Weights, input.Columns[i]), input.Values[i], output, output);
        }
        _input = input;
        return output;
    }

    /// <summary>Adds to the gradients and returns the error of the inputs that were not zero, all of which a ReLU let through.</summary>
    public float[] Backward(float[] error, bool isFirst)
    {
        TensorPrimitives.Add(_bias.Gradients, error, _bias.Gradients);
        float[] below = isFirst ? [] : new float[Inputs];
        for (int i = 0; i < _input.Columns.Length; i++)
        {
            int column = _input.Columns[i];
            Span<float> gradients = OfInput(_weights.Gradients, column);
            TensorPrimitives.MultiplyAdd(error, _input.Values[i], gradients, gradients);
            if (!isFirst)
            {
                below[column] = TensorPrimitives.Dot<float>(OfInput(Weights, column), error);
            }
        }
        return below;
    }

    public void Update(float rate, int count, int step)
    {
        float corrected = rate * MathF.Sqrt(1 - MathF.Pow(SecondDecay, step)) / (1 - MathF.Pow(FirstDecay, step));
        _weights.Update(corrected, count);
        _bias.Update(corrected, count);
    }

    private Span<float> OfInput(float[] values, int input) => values.AsSpan(input * Outputs, Outputs);

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
