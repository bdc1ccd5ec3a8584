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
        switch (random.Next(16))
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
        _pool.Add(new OneHotExpr(input, categories, random.Next(3) == 0) { Origin = "OneHot" });
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
