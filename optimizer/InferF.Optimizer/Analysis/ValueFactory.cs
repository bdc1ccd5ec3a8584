using System.Collections.Immutable;
using InferF.Optimizer.Joins;
using InferF.Plan.Model;
using InferF.Plan.Query;
using Proto = InferF.Plan.Proto;

namespace InferF.Optimizer.Analysis;

/// <summary>Makes <see cref="ModelValue"/>s; equal loads of raw columns become one object. One factory serves all predictions of a query.</summary>
/// <param name="allTables">Every table of the query.</param>
/// <param name="precision">What partial results of wide sums are kept in.</param>
internal sealed class ValueFactory(TableSet allTables, Precision precision = Precision.Exact)
{
    // Two cache lines in single precision: of a narrower sum, half precision saves no line.
    private const int LeastNarrowWidth = 32;

    private readonly Dictionary<string, ModelValue> _loads = [];

    /// <summary>Every table of the query.</summary>
    public TableSet AllTables => allTables;

    /// <summary>Raw columns as a matrix; columns of several tables may be mixed.</summary>
    public ModelValue Load(ImmutableArray<Feature> features, ElementType type, Proto.NullPolicy nulls, double nullConstant)
    {
        string key = $"{type} {nulls} {BitConverter.DoubleToInt64Bits(nullConstant)} {string.Join(';', features.Select(f => (f.Column.Table, f.Column.Column, f.Width)))}";
        if (!_loads.TryGetValue(key, out ModelValue? load))
        {
            TableSet tables = features.Aggregate(TableSet.Empty, (set, feature) => set | TableSet.Of(feature.Column.Table));
            load = new ModelValue(new LoadOperation(features, nulls, nullConstant), type, features.Sum(f => f.Width), tables, [], "");
            _loads.Add(key, load);
        }
        return load;
    }

    /// <summary>The operator of a template over other arguments. What can fail on a row's data must see only rows of the root, so it depends on all tables.</summary>
    public ModelValue Apply(TensorExpr template, params ImmutableArray<ModelValue> arguments)
    {
        return new ModelValue(
            new ApplyOperation(template), template.Type, template.Width, CanFail(template) ? allTables : Union(arguments), arguments, template.Origin);
    }

    /// <summary>Stands for a value in an operator that is rebuilt over it.</summary>
    public static InputExpr Placeholder(ModelValue value) => new(0, value.Type, value.Width);

    // An embedding may fail, too, and is pushed all the same: looking ids up once per row of their own table is the point of it (docs/MODELS.md).
    private static bool CanFail(TensorExpr template) => template switch
    {
        OneHotExpr oneHot => oneHot.UnknownIsError,
        CastExpr cast => cast.Arguments[0].Type == ElementType.String,
        BinaryExpr { Type: ElementType.Int64 } binary => IsDivision(binary.Function),
        ConstantBinaryExpr { Type: ElementType.Int64 } binary => IsDivision(binary.Function) && (binary.ConstantOnLeft || binary.Constant.Int64.Contains(0L)),
        _ => false,
    };

    private static bool IsDivision(BinaryFunction function) => function is BinaryFunction.Divide or BinaryFunction.Modulo or BinaryFunction.Remainder;

    /// <summary>Two values side by side as one, if both are loads that one load can do; otherwise null.</summary>
    public ModelValue? MergeLoads(ModelValue left, ModelValue right) =>
        left.Operation is LoadOperation a && right.Operation is LoadOperation b && left.Type == right.Type && a.Nulls == b.Nulls && a.NullConstant.Equals(b.NullConstant)
            ? Load(a.Features.AddRange(b.Features), left.Type, a.Nulls, a.NullConstant)
            : null;

    /// <summary>All values side by side; adjacent loads become one load.</summary>
    /// <param name="values">In order, at least one.</param>
    /// <param name="whole">The same matrix in one piece, or null.</param>
    /// <param name="origin">Model operator.</param>
    public ModelValue Concat(IEnumerable<ModelValue> values, ModelValue? whole, string origin)
    {
        List<ModelValue> merged = MergeAdjacent(values, acrossTables: true);
        return merged.Count == 1
            ? merged[0]
            : new ModelValue(new ConcatOperation(whole), merged[0].Type, merged.Sum(v => v.Width), Union(merged), [.. merged], origin);
    }

    /// <summary>Joins adjacent loads, of one table or across tables.</summary>
    public List<ModelValue> MergeAdjacent(IEnumerable<ModelValue> values, bool acrossTables)
    {
        List<ModelValue> result = [];
        List<ModelValue> run = [];
        foreach (ModelValue value in values)
        {
            if (run.Count > 0 && !CanJoin(run[^1], value, acrossTables))
            {
                result.Add(JoinRun(run));
                run.Clear();
            }
            run.Add(value);
        }
        if (run.Count > 0)
        {
            result.Add(JoinRun(run));
        }
        return result;
    }

    /// <summary>Columns <c>[start, start + width)</c> of a value; loads lose columns instead.</summary>
    public ModelValue Slice(ModelValue value, int start, int width, string origin)
    {
        if (start == 0 && width == value.Width)
        {
            return value;
        }
        if (value.Operation is LoadOperation load)
        {
            int first = 0;
            int position = 0;
            while (first < load.Features.Length && position < start)
            {
                position += load.Features[first++].Width;
            }
            int last = first;
            int end = position;
            while (last < load.Features.Length && end < start + width)
            {
                end += load.Features[last++].Width;
            }
            if (position == start && end == start + width)
            {
                return Load(load.Features[first..last], value.Type, load.Nulls, load.NullConstant);
            }
        }
        return new ModelValue(new SliceOperation(start), value.Type, width, value.Tables, [value], origin);
    }

    /// <summary>A finished sum.</summary>
    public ModelValue Sum(SumForm form, Proto.Activation activation, float alpha, string origin)
    {
        bool isNarrow = precision == Precision.Fast && form.IsLinear && form.Type == ElementType.Float32 && form.Width >= LeastNarrowWidth;
        SumOperation sum = new(form.Terms, form.Wholes, form.Bias, activation, alpha) { IsNarrow = isNarrow };
        return new ModelValue(sum, form.Type, form.Width, form.Tables, [.. form.Terms.Select(t => t.Value)], origin);
    }

    private static bool CanJoin(ModelValue left, ModelValue right, bool acrossTables) =>
        left.Operation is LoadOperation a && right.Operation is LoadOperation b && left.Type == right.Type && a.Nulls == b.Nulls
            && a.NullConstant.Equals(b.NullConstant) && (acrossTables || left.Tables == right.Tables);

    private ModelValue JoinRun(List<ModelValue> run)
    {
        if (run.Count == 1)
        {
            return run[0];
        }
        LoadOperation first = (LoadOperation)run[0].Operation;
        return Load([.. run.SelectMany(value => ((LoadOperation)value.Operation).Features)], run[0].Type, first.Nulls, first.NullConstant);
    }

    private static TableSet Union(IEnumerable<ModelValue> values) => values.Aggregate(TableSet.Empty, (set, value) => set | value.Tables);
}
