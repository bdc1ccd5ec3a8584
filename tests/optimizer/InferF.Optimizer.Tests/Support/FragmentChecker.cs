using System.Collections.Immutable;
using InferF.Plan;
using InferF.Plan.Model;
using InferF.Plan.Proto;

namespace InferF.Optimizer.Tests.Support;

/// <summary>Asserts the structural rules that the comments of plan.proto state, as the engine's validator does.</summary>
public sealed class FragmentChecker
{
    private readonly PlanFragment _fragment;
    private readonly int[] _parents;
    private readonly HashSet<int>[] _tables;
    private readonly Func<int, int, int> _columnWidth;

    private FragmentChecker(PlanFragment fragment, Func<int, int, int> columnWidth)
    {
        (_fragment, _columnWidth) = (fragment, columnWidth);
        _parents = [.. Enumerable.Repeat(-1, fragment.Nodes.Count)];
        _tables = [.. fragment.Nodes.Select(_ => new HashSet<int>())];
    }

    /// <param name="fragment">The plan.</param>
    /// <param name="tensors">What will be bound.</param>
    /// <param name="columnWidth">Elements per row of (table, column).</param>
    public static void Check(PlanFragment fragment, ImmutableArray<ConstantTensor> tensors, Func<int, int, int> columnWidth)
    {
        FragmentChecker checker = new(fragment, columnWidth);
        Assert.Equal(PlanSchema.Version, fragment.SchemaVersion);
        Assert.Single(fragment.Tables, table => table.Streamed);
        checker.CheckTensors(tensors);
        checker.CheckNodes();
        for (int v = 0; v < fragment.Values.Count; v++)
        {
            checker.CheckValue(v);
        }
        checker.CheckOutputs();
    }

    private void CheckTensors(ImmutableArray<ConstantTensor> tensors)
    {
        Assert.Equal(tensors.Length, _fragment.Tensors.Count);
        Assert.Equal(tensors.Length, tensors.Distinct().Count());
        foreach ((ConstantTensor tensor, Tensor written) in tensors.Zip(_fragment.Tensors))
        {
            Assert.Equal((tensor.Rows, tensor.Columns, (int)tensor.Type + 1), ((int)written.Rows, (int)written.Columns, (int)written.Type));
        }
    }

    private void CheckNodes()
    {
        for (int n = 0; n < _fragment.Nodes.Count; n++)
        {
            RelationalNode node = _fragment.Nodes[n];
            switch (node.KindCase)
            {
                case RelationalNode.KindOneofCase.Scan:
                    Assert.True(_tables.Take(n).All(below => !below.Contains((int)node.Scan.Table)), "scanned twice");
                    _tables[n].Add((int)node.Scan.Table);
                    break;
                case RelationalNode.KindOneofCase.Filter:
                    Adopt(n, node.Filter.Input);
                    CheckScalar(node.Filter.Predicate, (int)node.Filter.Input);
                    break;
                case RelationalNode.KindOneofCase.HashJoin:
                    Adopt(n, node.HashJoin.Probe);
                    Adopt(n, node.HashJoin.Build);
                    Assert.NotEmpty(node.HashJoin.Keys);
                    Assert.True(node.HashJoin.Type is JoinType.Inner or JoinType.Left);
                    foreach (JoinKey key in node.HashJoin.Keys)
                    {
                        CheckColumn(key.Probe, (int)node.HashJoin.Probe);
                        CheckColumn(key.Build, (int)node.HashJoin.Build);
                    }
                    break;
                default:
                    Assert.Fail("empty node");
                    break;
            }
        }
        Assert.Single(_parents, parent => parent < 0);
        Assert.Equal(-1, _parents[^1]);
        Assert.Equal(_fragment.Tables.Count, _tables[^1].Count);
        int spine = _fragment.Nodes.Count - 1;
        bool sawNullCheck = false;
        while (true)
        {
            sawNullCheck |= spine == _fragment.NullCheckNode;
            RelationalNode node = _fragment.Nodes[spine];
            if (node.KindCase == RelationalNode.KindOneofCase.Scan)
            {
                Assert.True(_fragment.Tables[(int)node.Scan.Table].Streamed, "the root pipeline starts elsewhere");
                break;
            }
            spine = (int)(node.KindCase == RelationalNode.KindOneofCase.Filter ? node.Filter.Input : node.HashJoin.Probe);
        }
        Assert.True(sawNullCheck);
        Assert.Equal(_fragment.Tables.Count, _tables[_fragment.NullCheckNode].Count);
    }

    private void Adopt(int parent, uint child)
    {
        Assert.True(child < parent, "a parent before its child");
        Assert.Equal(-1, _parents[child]);
        _parents[child] = parent;
        _tables[parent].UnionWith(_tables[child]);
    }

    private bool IsUnder(int node, int ancestor)
    {
        while (node >= 0 && node != ancestor)
        {
            node = _parents[node];
        }
        return node >= 0;
    }

    private void CheckColumn(ColumnRef column, int node)
    {
        Assert.Contains((int)column.Table, _tables[node]);
        Assert.True(column.Column < _fragment.Tables[(int)column.Table].Columns.Count);
    }

    private void CheckScalar(ScalarExpression expression, int node)
    {
        switch (expression.KindCase)
        {
            case ScalarExpression.KindOneofCase.Column:
                CheckColumn(expression.Column, node);
                break;
            case ScalarExpression.KindOneofCase.Value:
                Assert.True(IsUnder((int)_fragment.Values[(int)expression.Value.Value].Node, node));
                Assert.True(expression.Value.Element < _fragment.Values[(int)expression.Value.Value].Width);
                break;
            case ScalarExpression.KindOneofCase.Literal:
                Assert.NotEqual(Literal.ValueOneofCase.None, expression.Literal.ValueCase);
                break;
            case ScalarExpression.KindOneofCase.Call:
                Assert.NotEqual(ScalarFunction.Unspecified, expression.Call.Function);
                foreach (ScalarExpression argument in expression.Call.Arguments)
                {
                    CheckScalar(argument, node);
                }
                break;
            default:
                Assert.Fail("empty scalar expression");
                break;
        }
    }

    private void CheckValue(int index)
    {
        Value value = _fragment.Values[index];
        int width = (int)value.Width;
        Assert.NotEqual("", value.Label);
        Assert.True(width >= 1);
        Value Argument(uint argument)
        {
            Assert.True(argument < index, "a value before its argument");
            Assert.True(IsUnder((int)_fragment.Values[(int)argument].Node, (int)value.Node), "an argument is not below its user");
            return _fragment.Values[(int)argument];
        }
        Tensor Row(uint tensor, int columns)
        {
            Tensor constant = _fragment.Tensors[(int)tensor];
            Assert.Equal(1u, constant.Rows);
            Assert.True(constant.Columns == columns || constant.Columns == 1, "a constant of another width");
            return constant;
        }
        bool isFloat = value.Type is Plan.Proto.ElementType.Float32 or Plan.Proto.ElementType.Float64;
        switch (value.KindCase)
        {
            case Value.KindOneofCase.LoadColumns:
                Assert.NotEmpty(value.LoadColumns.Columns);
                Assert.All(value.LoadColumns.Columns, column => CheckColumn(column, (int)value.Node));
                Assert.Equal(width, value.LoadColumns.Columns.Sum(column => _columnWidth((int)column.Table, (int)column.Column)));
                Assert.True(value.LoadColumns.NullPolicy is NullPolicy.Error || value.LoadColumns.NullPolicy is NullPolicy.Nan && isFloat
                    || value.LoadColumns.NullPolicy is NullPolicy.Constant && value.Type != Plan.Proto.ElementType.String);
                break;
            case Value.KindOneofCase.Concat:
                Assert.All(value.Concat.Values, argument => Assert.Equal(value.Type, Argument(argument).Type));
                Assert.Equal(width, value.Concat.Values.Sum(argument => (int)Argument(argument).Width));
                break;
            case Value.KindOneofCase.Slice:
                Assert.True(value.Slice.Start + width <= Argument(value.Slice.Value).Width);
                break;
            case Value.KindOneofCase.Sum:
                Assert.True(isFloat);
                Assert.NotEmpty(value.Sum.Terms);
                if (value.Sum.HasBias)
                {
                    Tensor bias = _fragment.Tensors[(int)value.Sum.Bias];
                    Assert.Equal((1u, (uint)width, value.Type), (bias.Rows, bias.Columns, bias.Type));
                }
                foreach (Term term in value.Sum.Terms)
                {
                    Value argument = Argument(term.Value);
                    Assert.True(argument.Type == value.Type || argument.Type == Plan.Proto.ElementType.Float16 && !term.HasWeight && value.Type == Plan.Proto.ElementType.Float32);
                    if (!term.HasWeight)
                    {
                        Assert.Equal(value.Width, argument.Width);
                        continue;
                    }
                    Tensor weight = _fragment.Tensors[(int)term.Weight];
                    Assert.Equal((value.Width, value.Type), (weight.Columns, weight.Type));
                    Assert.True(term.WeightRow + argument.Width <= weight.Rows, "weight rows out of range");
                }
                break;
            case Value.KindOneofCase.Unary:
                Assert.Equal((value.Width, value.Type), (Argument(value.Unary.Value).Width, Argument(value.Unary.Value).Type));
                break;
            case Value.KindOneofCase.Binary:
                Value left = Argument(value.Binary.Left);
                Value right = Argument(value.Binary.Right);
                Assert.Equal(width, (int)Math.Max(left.Width, right.Width));
                Assert.True((left.Width == width || left.Width == 1) && (right.Width == width || right.Width == 1));
                Assert.Equal(left.Type, right.Type);
                Assert.Equal(value.Binary.Function >= Plan.Proto.BinaryFunction.Equal ? Plan.Proto.ElementType.Int64 : left.Type, value.Type);
                break;
            case Value.KindOneofCase.ConstantBinary:
                Value operand = Argument(value.ConstantBinary.Value);
                Assert.Equal(operand.Type, Row(value.ConstantBinary.Constant, width).Type);
                Assert.Equal(value.ConstantBinary.Function >= Plan.Proto.BinaryFunction.Equal ? Plan.Proto.ElementType.Int64 : operand.Type, value.Type);
                Assert.True(operand.Width == width || operand.Width == 1);
                Assert.Equal(width, (int)Math.Max(operand.Width, _fragment.Tensors[(int)value.ConstantBinary.Constant].Columns));
                break;
            case Value.KindOneofCase.Narrow:
                Assert.Equal(Plan.Proto.ElementType.Float32, _fragment.Values[(int)value.Narrow.Value].Type);
                Assert.Equal(_fragment.Values[(int)value.Narrow.Value].Width, value.Width);
                Assert.Equal(Plan.Proto.ElementType.Float16, value.Type);
                break;
            case Value.KindOneofCase.Cast:
                Assert.Equal(width, (int)Argument(value.Cast.Value).Width);
                break;
            case Value.KindOneofCase.Softmax:
                Assert.Equal(width, (int)Argument(value.Softmax.Value).Width);
                break;
            case Value.KindOneofCase.Impute:
                Assert.Equal(width, (int)Argument(value.Impute.Value).Width);
                Assert.Equal(value.Type, Row(value.Impute.Imputed, width).Type);
                Assert.NotEqual(Impute.ReplacedOneofCase.None, value.Impute.ReplacedCase);
                break;
            case Value.KindOneofCase.OneHot:
                Assert.Equal(width, (int)(Argument(value.OneHot.Value).Width * _fragment.Tensors[(int)value.OneHot.Categories].Columns));
                break;
            case Value.KindOneofCase.Normalize:
                Assert.Equal(width, (int)Argument(value.Normalize.Value).Width);
                break;
            case Value.KindOneofCase.TreeMask:
                Plan.Proto.TreeEnsemble masked = _fragment.TreeEnsembles[(int)value.TreeMask.Ensemble];
                Assert.Equal(masked.FeatureType, Argument(value.TreeMask.Value).Type);
                Assert.True(value.TreeMask.FirstFeature + Argument(value.TreeMask.Value).Width <= masked.NumFeatures, "features out of range");
                Assert.Equal(Plan.Proto.ElementType.Int64, value.Type);
                break;
            case Value.KindOneofCase.MaskAnd:
                Assert.True(value.MaskAnd.Masks.Count > 1, "nothing to combine");
                Assert.All(value.MaskAnd.Masks, mask => CheckMask(Argument(mask), EnsembleOf(value), value.Width));
                break;
            case Value.KindOneofCase.TreeScore:
                Assert.NotEmpty(value.TreeScore.Masks);
                Assert.All(value.TreeScore.Masks, mask => CheckMask(Argument(mask), value.TreeScore.Ensemble, Argument(value.TreeScore.Masks[0]).Width));
                Assert.Equal(value.Width, _fragment.TreeEnsembles[(int)value.TreeScore.Ensemble].NumTargets);
                break;
            case Value.KindOneofCase.TreeTraversal:
                Plan.Proto.TreeEnsemble walked = _fragment.TreeEnsembles[(int)value.TreeTraversal.Ensemble];
                Value features = Argument(value.TreeTraversal.Value);
                Assert.Equal((walked.FeatureType, walked.NumFeatures, value.Width), (features.Type, features.Width, walked.NumTargets));
                break;
            case Value.KindOneofCase.SelectLabel:
                Assert.Equal(1, width);
                Assert.Equal(value.Type, _fragment.Tensors[(int)value.SelectLabel.Labels].Type);
                Argument(value.SelectLabel.Scores);
                break;
            case Value.KindOneofCase.Constant:
                Assert.Equal(value.Width, Row(value.Constant.Tensor, width).Columns);
                break;
            case Value.KindOneofCase.SelectColumns:
                Assert.Equal(value.Type, Argument(value.SelectColumns.Value).Type);
                Assert.Equal(value.Width, Row(value.SelectColumns.Indices, width).Columns);
                break;
            case Value.KindOneofCase.Where:
                Assert.Equal(Plan.Proto.ElementType.Int64, Argument(value.Where.Condition).Type);
                foreach (uint part in (uint[])[value.Where.Condition, value.Where.Left, value.Where.Right])
                {
                    Assert.True(Argument(part).Width == width || Argument(part).Width == 1);
                }
                Assert.Equal((value.Type, value.Type), (Argument(value.Where.Left).Type, Argument(value.Where.Right).Type));
                break;
            case Value.KindOneofCase.Reduce:
                Assert.Equal(value.Width * value.Reduce.Length, Argument(value.Reduce.Value).Width);
                Assert.True(value.Reduce.Inner >= 1 && value.Width % value.Reduce.Inner == 0);
                break;
            case Value.KindOneofCase.TopK:
                Assert.Equal(value.Width, Argument(value.TopK.Value).Width / value.TopK.Length * value.TopK.Count);
                break;
            case Value.KindOneofCase.MatrixProduct:
                MatrixProduct product = value.MatrixProduct;
                Assert.Equal(product.Batch * product.Rows * product.Inner, Argument(product.Left).Width);
                Assert.Equal(product.Batch * product.Inner * product.Columns, Argument(product.Right).Width);
                Assert.Equal(product.Batch * product.Rows * product.Columns, value.Width);
                break;
            case Value.KindOneofCase.Distance:
                Tensor points = _fragment.Tensors[(int)value.Distance.Points];
                Assert.Equal(value.Width, points.Rows);
                Assert.True(value.Distance.Column + Argument(value.Distance.Value).Width <= points.Columns);
                break;
            case Value.KindOneofCase.LabelEncode:
                Assert.Equal(Argument(value.LabelEncode.Value).Type, _fragment.Tensors[(int)value.LabelEncode.Keys].Type);
                Assert.Equal(value.Type, _fragment.Tensors[(int)value.LabelEncode.Values].Type);
                break;
            case Value.KindOneofCase.Embedding:
                Assert.Equal(Plan.Proto.ElementType.Int64, Argument(value.Embedding.Value).Type);
                Assert.Equal(value.Width, Argument(value.Embedding.Value).Width * _fragment.Tensors[(int)value.Embedding.Table].Columns);
                break;
            default:
                Assert.Fail("empty value");
                break;
        }
    }

    private void CheckMask(Value mask, uint ensemble, uint width)
    {
        Assert.True(mask.KindCase is Value.KindOneofCase.TreeMask or Value.KindOneofCase.MaskAnd, "no mask");
        Assert.Equal((ensemble, width), (EnsembleOf(mask), mask.Width));
    }

    private uint EnsembleOf(Value mask) =>
        mask.KindCase == Value.KindOneofCase.MaskAnd ? EnsembleOf(_fragment.Values[(int)mask.MaskAnd.Masks[0]]) : mask.TreeMask.Ensemble;

    private void CheckOutputs()
    {
        Assert.NotEmpty(_fragment.Outputs);
        foreach (OutputColumn output in _fragment.Outputs.SelectMany(o => o.SourceCase == OutputColumn.SourceOneofCase.Struct ? o.Struct.Fields : [o]))
        {
            switch (output.SourceCase)
            {
                case OutputColumn.SourceOneofCase.Column:
                    CheckColumn(output.Column, _fragment.Nodes.Count - 1);
                    break;
                case OutputColumn.SourceOneofCase.Value:
                    Assert.True(output.Value < _fragment.Values.Count);
                    break;
                case OutputColumn.SourceOneofCase.Scalar:
                    CheckScalar(output.Scalar, _fragment.Nodes.Count - 1);
                    break;
                default:
                    Assert.Fail("empty output");
                    break;
            }
        }
    }
}
