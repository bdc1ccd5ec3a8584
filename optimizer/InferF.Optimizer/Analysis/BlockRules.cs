using System.Collections.Immutable;
using InferF.Optimizer.Joins;
using InferF.Plan.Model;
using Proto = InferF.Plan.Proto;

namespace InferF.Optimizer.Analysis;

/// <summary>
/// The rules of the block algebra: from an operator and the forms of its arguments to the form of its result. Every rule is exact in real
/// arithmetic; results differ from the model's own order of operations only by reassociated sums (and once-rounded products of constants).
/// </summary>
internal sealed class BlockRules(ValueFactory factory)
{
    // Two linear layers are multiplied out at planning time only up to this many multiplications: planning must stay far below a run.
    private const long LargestWeightProduct = 1 << 18;

    private readonly Dictionary<BlockForm, ModelValue> _finished = new(ReferenceEqualityComparer.Instance);

    /// <summary>Applies an operator.</summary>
    /// <param name="expression">The operator.</param>
    /// <param name="arguments">Forms of its arguments, in order; sums only where this operator is their only user.</param>
    public BlockForm Apply(TensorExpr expression, ImmutableArray<BlockForm> arguments) => expression switch
    {
        ConcatExpr => Concat(arguments, expression.Origin),
        SliceExpr slice => Slice(slice, Blocks(arguments[0], expression)),
        LinearExpr linear => Linear(linear, arguments[0]),
        SelectColumnsExpr select => ColumnRules.Select(select, Blocks(arguments[0], expression), factory),
        UnaryExpr unary when arguments[0] is SumForm sum && ActivationOf(unary.Function) is Proto.Activation activation =>
            ConcatForm.Local(factory.Sum(sum, activation, unary.Alpha, unary.Origin)),
        UnaryExpr { Function: UnaryFunction.SoftmaxZero } => Barrier(expression, arguments),
        UnaryExpr or CastExpr or OneHotExpr or LabelEncodeExpr or EmbeddingExpr => ByBlock(expression, Blocks(arguments[0], expression), (x, _) => expression.With([x])),
        ImputeExpr impute => ByBlock(
            impute,
            Blocks(arguments[0], expression),
            (x, start) => new ImputeExpr(x, ConstantAlgebra.Slice(impute.Imputed, start, x.Width), impute.Replaced) { Origin = impute.Origin }),
        ConstantBinaryExpr binary => ConstantBinary(binary, arguments[0]),
        BinaryExpr binary => Binary(binary, arguments[0], arguments[1]),
        WhereExpr => ZippedBlocks(expression, arguments) ?? Barrier(expression, arguments),
        ReduceExpr reduce => Reduce(reduce, arguments[0]) ?? (BlockForm)Barrier(expression, arguments),
        DistanceExpr distance => Distance(distance, Blocks(arguments[0], expression)),
        TreeEnsembleExpr trees => TreeRules.Apply(factory, trees, Blocks(arguments[0], expression)),
        _ => Barrier(expression, arguments),
    };

    /// <summary>The single value of a form: the end of a stage.</summary>
    public ModelValue Finish(BlockForm form, string origin)
    {
        if (!_finished.TryGetValue(form, out ModelValue? value))
        {
            value = form switch
            {
                ConcatForm { Blocks: [ModelValue only] } => only,
                ConcatForm concat => factory.Concat(concat.Blocks, concat.Whole, origin),
                SumForm { Terms: [{ Weight: null } term], Bias: null } => term.Value,
                _ => factory.Sum((SumForm)form, Proto.Activation.None, 0, origin),
            };
            _finished.Add(form, value);
        }
        return value;
    }

    private ConcatForm Blocks(BlockForm form, TensorExpr user) => form as ConcatForm ?? ConcatForm.Local(Finish(form, user.Arguments[0].Origin));

    private ConcatForm Barrier(TensorExpr expression, ImmutableArray<BlockForm> arguments) =>
        ConcatForm.Local(factory.Apply(expression, [.. arguments.Select((argument, i) => Finish(argument, expression.Arguments[i].Origin))]));

    private ConcatForm Concat(ImmutableArray<BlockForm> arguments, string origin)
    {
        ImmutableArray<ConcatForm> parts = [.. arguments.Select(argument => argument as ConcatForm ?? ConcatForm.Local(Finish(argument, origin)))];
        List<ModelValue> blocks = factory.MergeAdjacent(parts.SelectMany(part => part.Blocks), acrossTables: false);
        return blocks.Count == 1 ? ConcatForm.Local(blocks[0]) : new ConcatForm([.. blocks], factory.Concat(parts.Select(part => part.Whole), null, origin));
    }

    private ConcatForm Slice(SliceExpr slice, ConcatForm argument)
    {
        List<ModelValue> blocks = [];
        int position = 0;
        foreach (ModelValue block in argument.Blocks)
        {
            int from = Math.Max(slice.Start, position);
            int to = Math.Min(slice.Start + slice.Width, position + block.Width);
            if (from < to)
            {
                blocks.Add(factory.Slice(block, from - position, to - from, slice.Origin));
            }
            position += block.Width;
        }
        if (blocks.Count == 1)
        {
            return ConcatForm.Local(blocks[0]);
        }
        // A slice of the undivided matrix still needs all tables of that matrix; where the blocks need fewer, they are the better whole.
        ModelValue whole = factory.Slice(argument.Whole, slice.Start, slice.Width, slice.Origin);
        TableSet tables = blocks.Aggregate(TableSet.Empty, (set, block) => set | block.Tables);
        return new ConcatForm([.. blocks], whole.Tables == tables ? whole : factory.Concat(blocks, null, slice.Origin));
    }

    // f(Concat[b…]) = Concat[f(b)…] for element-wise f; `rebuild` gets a placeholder of the block's shape and the block's first column.
    private ConcatForm ByBlock(TensorExpr expression, ConcatForm argument, Func<TensorExpr, int, TensorExpr> rebuild)
    {
        if (argument.Blocks.Length == 1)
        {
            return ConcatForm.Local(factory.Apply(expression, argument.Blocks[0]));
        }
        ImmutableArray<ModelValue>.Builder blocks = ImmutableArray.CreateBuilder<ModelValue>(argument.Blocks.Length);
        int start = 0;
        foreach (ModelValue block in argument.Blocks)
        {
            blocks.Add(factory.Apply(rebuild(ValueFactory.Placeholder(block), start), block));
            start += block.Width;
        }
        return new ConcatForm(blocks.MoveToImmutable(), factory.Apply(expression, argument.Whole));
    }

    private SumForm Linear(LinearExpr linear, BlockForm argument)
    {
        if (argument is SumForm inner && linear.Width <= inner.Width
            && inner.Terms.Sum(term => (long)term.Value.Width) * inner.Width * linear.Width <= LargestWeightProduct)
        {
            return Compose(inner, linear);
        }
        ConcatForm blocks = Blocks(argument, linear);
        ImmutableArray<SumTerm>.Builder terms = ImmutableArray.CreateBuilder<SumTerm>(blocks.Blocks.Length);
        int row = 0;
        foreach (ModelValue block in blocks.Blocks)
        {
            terms.Add(new SumTerm(block, linear.Weight, row, 0));
            row += block.Width;
        }
        return new SumForm(linear.Type, linear.Width, terms.MoveToImmutable(), [new LinearWhole(blocks.Whole, linear.Weight)], linear.Bias);
    }

    // (Σ xᵢ·Wᵢ + c)·V + d = Σ xᵢ·(Wᵢ·V) + (c·V + d)
    private static SumForm Compose(SumForm inner, LinearExpr outer)
    {
        ConstantTensor? bias = inner.Bias is null ? null : ConstantAlgebra.Multiply(inner.Bias, 0, 1, outer.Weight);
        Dictionary<ConstantTensor, ConstantTensor> products = new(ReferenceEqualityComparer.Instance);
        ConstantTensor Product(ConstantTensor weight)
        {
            if (!products.TryGetValue(weight, out ConstantTensor? product))
            {
                product = ConstantAlgebra.Multiply(weight, 0, weight.Rows, outer.Weight);
                products.Add(weight, product);
            }
            return product;
        }
        return new SumForm(
            outer.Type,
            outer.Width,
            [.. inner.Terms.Select(term => term with { Weight = term.Weight is null ? outer.Weight : Product(term.Weight) })],
            [.. inner.Wholes.Select(whole => new LinearWhole(whole.Value, whole.Weight is null ? outer.Weight : Product(whole.Weight)))],
            ConstantAlgebra.Add(outer.Bias, bias, 1, outer.Type, outer.Width)) { IsLinear = inner.IsLinear };
    }

    private BlockForm ConstantBinary(ConstantBinaryExpr binary, BlockForm argument)
    {
        if (argument is SumForm sum && binary.Width == sum.Width && ShiftOrScale(binary, sum) is SumForm moved)
        {
            return moved;
        }
        return ByBlock(
            binary,
            Blocks(argument, binary),
            (x, start) => new ConstantBinaryExpr(binary.Function, x, ConstantAlgebra.Slice(binary.Constant, start, x.Width), binary.ConstantOnLeft, binary.IsUnsigned)
            {
                Origin = binary.Origin,
            });
    }

    private SumForm? ShiftOrScale(ConstantBinaryExpr binary, SumForm sum)
    {
        SumForm Shift(SumForm form, double sign) =>
            form with { Bias = ConstantAlgebra.Add(form.Bias, binary.Constant, sign, form.Type, form.Width) };
        return (binary.Function, binary.ConstantOnLeft) switch
        {
            (BinaryFunction.Add, _) => Shift(sum, 1),
            (BinaryFunction.Subtract, false) => Shift(sum, -1),
            (BinaryFunction.Subtract, true) => Shift(Negate(sum), 1),
            (BinaryFunction.Multiply, _) => ConstantAlgebra.Factors(binary.Constant, sum.Width, divide: false) is double[] factors ? Scale(sum, factors) : null,
            (BinaryFunction.Divide, false) => ConstantAlgebra.Factors(binary.Constant, sum.Width, divide: true) is double[] factors ? Scale(sum, factors) : null,
            _ => null,
        };
    }

    private SumForm Negate(SumForm sum) => Scale(sum, [.. Enumerable.Repeat(-1.0, sum.Width)]);

    private SumForm Scale(SumForm sum, double[] factors)
    {
        Dictionary<ConstantTensor, ConstantTensor> scaled = new(ReferenceEqualityComparer.Instance);
        ConstantTensor Scaled(ConstantTensor tensor)
        {
            if (!scaled.TryGetValue(tensor, out ConstantTensor? result))
            {
                result = ConstantAlgebra.ScaleColumns(tensor, factors);
                scaled.Add(tensor, result);
            }
            return result;
        }
        return sum with
        {
            Terms = [.. sum.Terms.Select(term => term.Weight is null ? term with { Value = ScaleValue(term.Value, factors) } : term with { Weight = Scaled(term.Weight) })],
            Wholes = [.. sum.Wholes.Select(whole => whole.Weight is null ? whole with { Value = ScaleValue(whole.Value, factors) } : whole with { Weight = Scaled(whole.Weight) })],
            Bias = sum.Bias is null ? null : ConstantAlgebra.ScaleColumns(ConstantAlgebra.Add(null, sum.Bias, 1, sum.Type, sum.Width)!, factors),
        };
    }

    // A term without a weight is scaled itself.
    private ModelValue ScaleValue(ModelValue value, double[] factors)
    {
        ConstantTensor constant = ConstantAlgebra.Row("scale", value.Type, factors.All(factor => factor == factors[0]) ? factors[..1] : factors);
        return factory.Apply(new ConstantBinaryExpr(BinaryFunction.Multiply, new InputExpr(0, value.Type, value.Width), constant) { Origin = value.Origin }, value);
    }

    private BlockForm Binary(BinaryExpr binary, BlockForm left, BlockForm right)
    {
        bool isFloat = binary.Type is ElementType.Float32 or ElementType.Float64;
        if (isFloat && left.Width == right.Width && binary.Function is BinaryFunction.Add or BinaryFunction.Subtract
            && (left is SumForm || right is SumForm || left.Tables != right.Tables) && AsSum(left) is SumForm first && AsSum(right) is SumForm second)
        {
            return Add(first, binary.Function == BinaryFunction.Subtract ? Negate(second) : second);
        }
        return ZippedBlocks(binary, [left, right]) ?? Barrier(binary, [left, right]);
    }

    // f(Concat[a…], Concat[b…]) = Concat[f(a, b)…] for element-wise f over arguments cut in the same way; constants are cut to fit.
    private ConcatForm? ZippedBlocks(TensorExpr expression, ImmutableArray<BlockForm> arguments) =>
        arguments.All(argument => argument is ConcatForm) ? ColumnRules.Zip(expression, [.. arguments.Cast<ConcatForm>()], factory) : null;

    // A reduction over all fields of a row is a sum of the reductions over each table's fields.
    private SumForm? Reduce(ReduceExpr reduce, BlockForm argument)
    {
        bool isFloat = reduce.Type is ElementType.Float32 or ElementType.Float64;
        ConcatForm blocks = Blocks(argument, reduce);
        if (!isFloat || blocks.Blocks.Length < 2 || blocks.Width != reduce.Length * reduce.Inner || blocks.Blocks.Any(block => block.Width % reduce.Inner != 0)
            || reduce.Function is not (ReduceFunction.Sum or ReduceFunction.Mean or ReduceFunction.SumOfSquares or ReduceFunction.L1))
        {
            return null;
        }
        ReduceFunction function = reduce.Function == ReduceFunction.Mean ? ReduceFunction.Sum : reduce.Function;
        SumForm sum = SumOfBlocks(
            reduce, blocks, (x, _) => new ReduceExpr(function, x, x.Width / reduce.Inner, reduce.Inner) { Origin = reduce.Origin });
        return reduce.Function == ReduceFunction.Mean ? Scale(sum, [.. Enumerable.Repeat(1.0 / reduce.Length, reduce.Width)]) : sum;
    }

    // ‖x − c‖² = Σ over tables ‖x_t − c_t‖², and likewise for other distances that add up over the features.
    private SumForm Distance(DistanceExpr distance, ConcatForm blocks) => SumOfBlocks(
        distance,
        blocks,
        (x, start) => new DistanceExpr(x, distance.Points, distance.Metric, distance.FirstColumn + start) { Origin = distance.Origin });

    private SumForm SumOfBlocks(TensorExpr expression, ConcatForm argument, Func<TensorExpr, int, TensorExpr> rebuild)
    {
        ImmutableArray<SumTerm>.Builder terms = ImmutableArray.CreateBuilder<SumTerm>(argument.Blocks.Length);
        int start = 0;
        foreach (ModelValue block in argument.Blocks)
        {
            terms.Add(new SumTerm(factory.Apply(rebuild(ValueFactory.Placeholder(block), start), block), null, 0, 0));
            start += block.Width;
        }
        LinearWhole whole = new(factory.Apply(rebuild(ValueFactory.Placeholder(argument.Whole), 0), argument.Whole), null);
        return new SumForm(expression.Type, expression.Width, terms.MoveToImmutable(), [whole], null) { IsLinear = false };
    }

    private static SumForm? AsSum(BlockForm form) => form switch
    {
        SumForm sum => sum,
        ConcatForm { Blocks: [ModelValue only] } => new SumForm(only.Type, only.Width, [new SumTerm(only, null, 0, -1)], [], null),
        _ => null,
    };

    private static SumForm Add(SumForm first, SumForm second) => new(
        first.Type,
        first.Width,
        [.. first.Terms, .. second.Terms.Select(term => term with { Whole = term.Whole < 0 ? -1 : term.Whole + first.Wholes.Length })],
        [.. first.Wholes, .. second.Wholes],
        ConstantAlgebra.Add(first.Bias, second.Bias, 1, first.Type, first.Width)) { IsLinear = first.IsLinear && second.IsLinear };

    private static Proto.Activation? ActivationOf(UnaryFunction function) => function switch
    {
        UnaryFunction.Relu => Proto.Activation.Relu,
        UnaryFunction.LeakyRelu => Proto.Activation.LeakyRelu,
        UnaryFunction.Sigmoid => Proto.Activation.Sigmoid,
        UnaryFunction.Tanh => Proto.Activation.Tanh,
        _ => null,
    };
}
