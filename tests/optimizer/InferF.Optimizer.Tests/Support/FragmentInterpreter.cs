using System.Collections.Immutable;
using InferF.Plan.Model;
using InferF.Plan.Proto;

namespace InferF.Optimizer.Tests.Support;

/// <summary>Executes plan fragments by their comments, with nothing but loops: the stand-in for the engine.</summary>
public sealed class FragmentInterpreter(TinyDatabase database, PlanFragment fragment, ImmutableArray<ConstantTensor> tensors)
{
    private readonly Dictionary<uint, TreeMath> _trees = [];

    /// <summary>Rows of a node as row numbers per table; −1 where a LEFT JOIN missed or the table is not below the node.</summary>
    public List<int[]> Rows(int node)
    {
        RelationalNode relation = fragment.Nodes[node];
        switch (relation.KindCase)
        {
            case RelationalNode.KindOneofCase.Scan:
                return [.. Enumerable.Range(0, database.RowCount((int)relation.Scan.Table)).Select(r => Single((int)relation.Scan.Table, r))];
            case RelationalNode.KindOneofCase.Filter:
                return [.. Rows((int)relation.Filter.Input).Where(row => Evaluate(relation.Filter.Predicate, row) is true)];
            default:
                return Join(relation.HashJoin);
        }
    }

    /// <summary>One row of a value. A value is a function of the rows of the tables below its node, so any row that extends them will do.</summary>
    public object[] Value(int index, int[] row, Dictionary<int, object[]> known)
    {
        if (!known.TryGetValue(index, out object[]? result))
        {
            result = Compute(fragment.Values[index], row, argument => Value((int)argument, row, known));
            Assert.Equal((int)fragment.Values[index].Width, result.Length);
            known.Add(index, result);
        }
        return result;
    }

    public object? Evaluate(ScalarExpression expression, int[] row) => expression.KindCase switch
    {
        ScalarExpression.KindOneofCase.Column => NaiveSql.Number(database.Cell((int)expression.Column.Table, row[expression.Column.Table], (int)expression.Column.Column)),
        ScalarExpression.KindOneofCase.Value => NaiveSql.Number(Value((int)expression.Value.Value, row, [])[expression.Value.Element]),
        ScalarExpression.KindOneofCase.Literal => NaiveSql.Number(Literal(expression.Literal)),
        _ => NaiveSql.Apply(expression.Call.Function, [.. expression.Call.Arguments.Select(argument => Evaluate(argument, row))]),
    };

    private static object? Literal(Literal literal) => literal.ValueCase switch
    {
        Plan.Proto.Literal.ValueOneofCase.Boolean => literal.Boolean,
        Plan.Proto.Literal.ValueOneofCase.Int64 => literal.Int64,
        Plan.Proto.Literal.ValueOneofCase.Float64 => literal.Float64,
        Plan.Proto.Literal.ValueOneofCase.Float32 => literal.Float32,
        Plan.Proto.Literal.ValueOneofCase.String => literal.String,
        _ => null,
    };

    private int[] Single(int table, int rowNumber)
    {
        int[] row = new int[database.TableCount];
        Array.Fill(row, -1);
        row[table] = rowNumber;
        return row;
    }

    private List<int[]> Join(HashJoinNode join)
    {
        List<int[]> build = Rows((int)join.Build);
        List<int[]> result = [];
        foreach (int[] probe in Rows((int)join.Probe))
        {
            int before = result.Count;
            result.AddRange(build.Where(candidate => join.Keys.All(key => Matches(probe, key.Probe, candidate, key.Build))).Select(candidate => probe.Zip(candidate, Math.Max).ToArray()));
            if (result.Count == before && join.Type == JoinType.Left)
            {
                result.Add(probe);
            }
        }
        return result;
    }

    private bool Matches(int[] probe, ColumnRef probeColumn, int[] build, ColumnRef buildColumn)
    {
        object? key = database.Cell((int)probeColumn.Table, probe[probeColumn.Table], (int)probeColumn.Column);
        return key is not null && key.Equals(database.Cell((int)buildColumn.Table, build[buildColumn.Table], (int)buildColumn.Column));
    }

    private object[] Compute(Value value, int[] row, Func<uint, object[]> read)
    {
        ConstantTensor Tensor(uint index) => tensors[(int)index];
        switch (value.KindCase)
        {
            case Plan.Proto.Value.KindOneofCase.LoadColumns:
                double missing = value.LoadColumns.NullPolicy switch
                {
                    NullPolicy.Constant => value.LoadColumns.NullConstant,
                    _ => value.Type is Plan.Proto.ElementType.Float32 or Plan.Proto.ElementType.Float64 ? double.NaN : 0,
                };
                return [.. value.LoadColumns.Columns.SelectMany(column => DirectModel.Load(
                    database, row, new Plan.Query.ColumnRef((int)column.Table, (int)column.Column), ModelType(value.Type), missing, column.Column == TinyDatabase.ListColumn ? TinyDatabase.ListWidth : 1))];
            case Plan.Proto.Value.KindOneofCase.Concat:
                return [.. value.Concat.Values.SelectMany(read)];
            case Plan.Proto.Value.KindOneofCase.Slice:
                return read(value.Slice.Value)[(int)value.Slice.Start..(int)(value.Slice.Start + value.Width)];
            case Plan.Proto.Value.KindOneofCase.Sum:
                object[] sum = value.Sum.HasBias ? RowMath.Row(Tensor(value.Sum.Bias)) : [.. Enumerable.Repeat((object)0.0, (int)value.Width)];
                foreach (Term term in value.Sum.Terms)
                {
                    object[] argument = read(term.Value);
                    sum = RowMath.Binary(
                        Plan.Model.BinaryFunction.Add, sum, term.HasWeight ? RowMath.Multiply(argument, Tensor(term.Weight), (int)term.WeightRow) : argument);
                }
                return value.Sum.Activation switch
                {
                    Activation.None => sum,
                    Activation.Relu => RowMath.Unary(Plan.Model.UnaryFunction.Relu, 0, sum),
                    Activation.LeakyRelu => RowMath.Unary(Plan.Model.UnaryFunction.LeakyRelu, value.Sum.Alpha, sum),
                    Activation.Sigmoid => RowMath.Unary(Plan.Model.UnaryFunction.Sigmoid, 0, sum),
                    _ => RowMath.Unary(Plan.Model.UnaryFunction.Tanh, 0, sum),
                };
            case Plan.Proto.Value.KindOneofCase.Unary:
                return RowMath.Unary((Plan.Model.UnaryFunction)(value.Unary.Function - 1), value.Unary.Alpha, read(value.Unary.Value));
            case Plan.Proto.Value.KindOneofCase.Binary:
                return RowMath.Binary((Plan.Model.BinaryFunction)(value.Binary.Function - 1), read(value.Binary.Left), read(value.Binary.Right));
            case Plan.Proto.Value.KindOneofCase.ConstantBinary:
                ConstantBinary binary = value.ConstantBinary;
                object[] constant = RowMath.Row(Tensor(binary.Constant));
                Plan.Model.BinaryFunction function = (Plan.Model.BinaryFunction)(binary.Function - 1);
                return binary.ConstantOnLeft ? RowMath.Binary(function, constant, read(binary.Value)) : RowMath.Binary(function, read(binary.Value), constant);
            case Plan.Proto.Value.KindOneofCase.Narrow:
                // Placements are compared; what half precision loses has tests of its own.
                return read(value.Narrow.Value);
            case Plan.Proto.Value.KindOneofCase.Cast:
                return RowMath.Cast(read(value.Cast.Value), ModelType(value.Type), value.Cast.Boolean);
            case Plan.Proto.Value.KindOneofCase.Softmax:
                return RowMath.Softmax(read(value.Softmax.Value), value.Softmax.Length == 0 ? (int)value.Width : (int)value.Softmax.Length);
            case Plan.Proto.Value.KindOneofCase.Constant:
                return RowMath.Row(Tensor(value.Constant.Tensor));
            case Plan.Proto.Value.KindOneofCase.SelectColumns:
                return RowMath.SelectColumns(read(value.SelectColumns.Value), Tensor(value.SelectColumns.Indices));
            case Plan.Proto.Value.KindOneofCase.Where:
                return RowMath.Where(read(value.Where.Condition), read(value.Where.Left), read(value.Where.Right));
            case Plan.Proto.Value.KindOneofCase.Reduce:
                return RowMath.Reduce((Plan.Model.ReduceFunction)(value.Reduce.Function - 1), read(value.Reduce.Value), (int)value.Reduce.Length, (int)value.Reduce.Inner);
            case Plan.Proto.Value.KindOneofCase.TopK:
                return RowMath.TopK(read(value.TopK.Value), (int)value.TopK.Length, (int)value.TopK.Count, !value.TopK.Smallest);
            case Plan.Proto.Value.KindOneofCase.MatrixProduct:
                MatrixProduct product = value.MatrixProduct;
                return RowMath.MatrixProduct(
                    read(product.Left), read(product.Right), (int)product.Batch, (int)product.Rows, (int)product.Inner, (int)product.Columns);
            case Plan.Proto.Value.KindOneofCase.Distance:
                return RowMath.Distance(
                    (Plan.Model.DistanceMetric)(value.Distance.Metric - 1), read(value.Distance.Value), Tensor(value.Distance.Points), (int)value.Distance.Column);
            case Plan.Proto.Value.KindOneofCase.LabelEncode:
                return RowMath.LabelEncode(
                    read(value.LabelEncode.Value), Tensor(value.LabelEncode.Keys), Tensor(value.LabelEncode.Values), Tensor(value.LabelEncode.DefaultValue));
            case Plan.Proto.Value.KindOneofCase.Embedding:
                return RowMath.Embedding(read(value.Embedding.Value), Tensor(value.Embedding.Table));
            case Plan.Proto.Value.KindOneofCase.Impute:
                double replaced = value.Impute.ReplacedCase == Impute.ReplacedOneofCase.ReplacedInt ? value.Impute.ReplacedInt : value.Impute.ReplacedFloat;
                return RowMath.Impute(read(value.Impute.Value), Tensor(value.Impute.Imputed), replaced);
            case Plan.Proto.Value.KindOneofCase.OneHot:
                return RowMath.OneHot(read(value.OneHot.Value), Tensor(value.OneHot.Categories));
            case Plan.Proto.Value.KindOneofCase.TreeMask:
                return Trees(value.TreeMask.Ensemble).Mask(read(value.TreeMask.Value), (int)value.TreeMask.FirstFeature);
            case Plan.Proto.Value.KindOneofCase.MaskAnd:
                return TreeMath.And(value.MaskAnd.Masks.Select(read));
            case Plan.Proto.Value.KindOneofCase.TreeScore:
                return Trees(value.TreeScore.Ensemble).Score(TreeMath.And(value.TreeScore.Masks.Select(read)));
            case Plan.Proto.Value.KindOneofCase.TreeTraversal:
                return Trees(value.TreeTraversal.Ensemble).Walk(read(value.TreeTraversal.Value));
            case Plan.Proto.Value.KindOneofCase.Normalize:
                return RowMath.Normalize((Plan.Model.Norm)(value.Normalize.Norm - 1), read(value.Normalize.Value));
            default:
                return RowMath.SelectLabel(read(value.SelectLabel.Scores), Tensor(value.SelectLabel.Labels), value.SelectLabel.Binary, value.SelectLabel.Threshold);
        }
    }

    private TreeMath Trees(uint ensemble)
    {
        if (!_trees.TryGetValue(ensemble, out TreeMath? trees))
        {
            trees = new TreeMath(TreeMath.Read(fragment.TreeEnsembles[(int)ensemble], tensors));
            _trees.Add(ensemble, trees);
        }
        return trees;
    }

    private static Plan.Model.ElementType ModelType(Plan.Proto.ElementType type) => (Plan.Model.ElementType)(type - 1);
}
