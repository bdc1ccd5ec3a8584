using System.Collections.Immutable;
using InferF.Plan.Model;
using InferF.Plan.Query;

namespace InferF.Optimizer.Tests.Support;

/// <summary>Random models over features of random tables: every operator, towers, residual adds, stacked linear layers, shared sub-expressions.</summary>
public sealed class RandomModel(Random random, int tables)
{
    private readonly ImmutableArray<ModelInput>.Builder _inputs = ImmutableArray.CreateBuilder<ModelInput>();
    private readonly ImmutableArray<ImmutableArray<Feature>>.Builder _features = ImmutableArray.CreateBuilder<ImmutableArray<Feature>>();
    private readonly List<TensorExpr> _pool = [];
    private int _counter;

    public Prediction Create()
    {
        int inputs = random.Next(1, 4);
        for (int i = 0; i < inputs; i++)
        {
            _pool.Add(FloatInput());
        }
        if (random.Next(2) == 0)
        {
            AddCategories();
        }
        if (random.Next(2) == 0 && _pool.Count > 1)
        {
            _pool.Add(new ConcatExpr([.. _pool]) { Origin = "Concat 'all'" });
        }
        int operators = random.Next(1, 9);
        for (int i = 0; i < operators; i++)
        {
            _pool.Add(Operator());
        }
        ImmutableArray<ModelOutput>.Builder outputs = ImmutableArray.CreateBuilder<ModelOutput>();
        outputs.Add(new ModelOutput("score", _pool[^1]));
        if (random.Next(3) == 0)
        {
            TensorExpr scores = Pick();
            bool binary = scores.Width == 1;
            ConstantTensor labels = ConstantTensor.Create("labels", 1, binary ? 2 : scores.Width, [.. Enumerable.Range(10, binary ? 2 : scores.Width).Select(l => (long)l)]);
            outputs.Add(new ModelOutput("label", new SelectLabelExpr(scores, labels, binary ? 0.3141 : null) { Origin = "ArgMax" }));
            outputs.Add(new ModelOutput("scores", scores));
        }
        return new Prediction(new ModelGraph("m", _inputs.ToImmutable(), outputs.ToImmutable()), _features.ToImmutable(), 0);
    }

    private TensorExpr Operator()
    {
        TensorExpr x = Pick();
        TensorExpr y = Pick();
        string origin = $"Op '{_counter++}'";
        switch (random.Next(24))
        {
            case 0 or 1 or 2 or 3:
                return Linear(x, random.Next(1, 6), origin);
            case 4:
                return Linear(Linear(x, random.Next(2, 6), origin), random.Next(1, 4), origin + "b");
            case 5:
                UnaryFunction function = (UnaryFunction)random.Next(4);
                return new UnaryExpr(function, x, 0.25f) { Origin = origin };
            case 6:
                return new UnaryExpr(UnaryFunction.Relu, Linear(x, random.Next(1, 6), origin), 0) { Origin = origin + " relu" };
            case 7:
                return new ConstantBinaryExpr((BinaryFunction)random.Next(4), x, Row(random.Next(2) == 0 ? 1 : x.Width), random.Next(3) == 0) { Origin = origin };
            case 8:
                return new ConstantBinaryExpr((BinaryFunction)random.Next(4), Linear(x, 3, origin), Row(random.Next(2) == 0 ? 1 : 3), random.Next(4) == 0) { Origin = origin + "c" };
            case 9:
                return new BinaryExpr((BinaryFunction)random.Next(2), Linear(x, 3, origin), Linear(y, 3, origin + "r")) { Origin = origin + "add" };
            case 10:
                return x.Width == y.Width || x.Width == 1 || y.Width == 1 ? new BinaryExpr((BinaryFunction)random.Next(3), x, y) { Origin = origin } : Linear(x, 2, origin);
            case 11:
                return new ConcatExpr([x, y]) { Origin = origin };
            case 12:
                int start = random.Next(x.Width);
                return new SliceExpr(x, start, random.Next(1, x.Width - start + 1)) { Origin = origin };
            case 13:
                return random.Next(2) == 0 ? new SoftmaxExpr(x) { Origin = origin } : new NormalizeExpr(x, (Norm)random.Next(1, 3)) { Origin = origin };
            case 14:
                return new ImputeExpr(x, Row(random.Next(2) == 0 ? 1 : x.Width), double.NaN) { Origin = origin };
            case 15 or 16:
                int chosen = random.Next(1, 8);
                return new SelectColumnsExpr(x, Indices(chosen, x.Width)) { Origin = origin };
            case 17 or 18:
                return Reduce(x, origin);
            case 19:
                int points = random.Next(1, 4);
                return new DistanceExpr(x, ConstantTensor.Create("P", points, x.Width, Values(points * x.Width)), (DistanceMetric)random.Next(2)) { Origin = origin };
            case 20:
                TensorExpr isLess = new ConstantBinaryExpr(random.Next(2) == 0 ? BinaryFunction.Less : BinaryFunction.GreaterOrEqual, x, Row(1)) { Origin = origin };
                TensorExpr other = random.Next(2) == 0 ? new ConstantExpr(Row(random.Next(2) == 0 ? 1 : x.Width)) { Origin = origin + "k" } : x;
                return new WhereExpr(isLess, new UnaryExpr(UnaryFunction.Softsign, x) { Origin = origin + "s" }, other) { Origin = origin + "w" };
            case 21:
                return new MatrixProductExpr(x, y, 1, x.Width, 1, y.Width) { Origin = origin } is { Width: <= 30 } product ? product : Linear(y, 2, origin);
            case 22:
                return new TopKExpr(x, x.Width, random.Next(1, x.Width + 1), random.Next(2) == 0, positions: false) { Origin = origin };
            default:
                return new CastExpr(x, ElementType.Float32, boolean: random.Next(2) == 0) { Origin = origin };
        }
    }

    private void AddCategories()
    {
        bool text = random.Next(2) == 0;
        List<Feature> features = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => new Feature(new ColumnRef(random.Next(tables), text ? TinyDatabase.TextColumn : random.Next(3)), 1))];
        InputExpr input = Input(text ? ElementType.String : ElementType.Int64, [.. features], takesMissing: false);
        ConstantTensor categories = text ? ConstantTensor.Create("c", 1, 2, ["a", "c"]) : ConstantTensor.Create("c", 1, 2, [0L, 2L]);
        ConstantTensor defaultValue = Row(1);
        _pool.Add(random.Next(3) switch
        {
            0 => new OneHotExpr(input, categories, random.Next(3) == 0) { Origin = "OneHot" },
            1 => new LabelEncodeExpr(input, categories, Row(2), defaultValue) { Origin = "LabelEncoder" },
            _ when text => new LabelEncodeExpr(input, categories, Row(2), defaultValue) { Origin = "LabelEncoder" },
            _ => new EmbeddingExpr(
                new LabelEncodeExpr(input, categories, ConstantTensor.Create("v", 1, 2, [1L, -1L]), ConstantTensor.Create("d", 1, 1, [0L])) { Origin = "LabelEncoder" },
                ConstantTensor.Create("E", 3, 2, Values(6))) { Origin = "Embedding" },
        });
    }

    private InputExpr FloatInput()
    {
        ImmutableArray<Feature>.Builder features = ImmutableArray.CreateBuilder<Feature>();
        int count = random.Next(1, 6);
        for (int i = 0; i < count; i++)
        {
            int table = random.Next(tables);
            bool list = random.Next(4) == 0;
            features.Add(list ? new Feature(new ColumnRef(table, TinyDatabase.ListColumn), TinyDatabase.ListWidth) : new Feature(new ColumnRef(table, TinyDatabase.FirstFloat + random.Next(2)), 1));
        }
        return Input(ElementType.Float32, features.ToImmutable(), random.Next(4) == 0);
    }

    private InputExpr Input(ElementType type, ImmutableArray<Feature> features, bool takesMissing)
    {
        int width = features.Sum(feature => feature.Width);
        _inputs.Add(new ModelInput($"x{_inputs.Count}", type, width, type.ToString()) { TakesMissing = takesMissing });
        _features.Add(features);
        return new InputExpr(_inputs.Count - 1, type, width);
    }

    private TensorExpr Reduce(TensorExpr x, string origin)
    {
        ReduceFunction function = (ReduceFunction)random.Next(3) switch
        {
            ReduceFunction.Sum => ReduceFunction.Sum,
            ReduceFunction.Mean => ReduceFunction.Mean,
            _ => random.Next(2) == 0 ? ReduceFunction.SumOfSquares : ReduceFunction.L1,
        };
        int[] inners = [.. Enumerable.Range(1, x.Width).Where(i => x.Width % i == 0)];
        int inner = inners[random.Next(inners.Length)];
        int[] lengths = [.. Enumerable.Range(1, x.Width / inner).Where(i => x.Width / inner % i == 0)];
        return new ReduceExpr(function, x, lengths[random.Next(2) == 0 ? lengths.Length - 1 : random.Next(lengths.Length)], inner) { Origin = origin };
    }

    private ConstantTensor Indices(int count, int width)
    {
        int start = random.Next(width);
        bool scattered = random.Next(2) == 0;
        return ConstantTensor.Create("i", 1, count, [.. Enumerable.Range(start, count).Select(i => (long)(scattered ? random.Next(width) : i % width))]);
    }

    private TensorExpr Pick() => _pool[random.Next(2) == 0 ? _pool.Count - 1 : random.Next(_pool.Count)];

    private LinearExpr Linear(TensorExpr x, int width, string origin) => new(
        x, ConstantTensor.Create("W", x.Width, width, Values(x.Width * width)), random.Next(4) == 0 ? null : Row(width)) { Origin = origin };

    private ConstantTensor Row(int width) => ConstantTensor.Create("c", 1, width, Values(width));

    private float[] Values(int count)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            // Never 0: a constant that divides.
            values[i] = (float)((random.Next(2) == 0 ? -1 : 1) * (0.05 + random.NextDouble()));
        }
        return values;
    }
}
