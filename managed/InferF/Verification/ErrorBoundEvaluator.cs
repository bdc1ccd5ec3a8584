using InferF.Plan.Model;
using InferF.Verification.Bounds;

namespace InferF.Verification;

/// <summary>
/// Evaluates a model expression row by row and, beside every element, a bound on how far two correct evaluations of it in the model's own
/// precision may lie apart when they add the terms of its sums in different orders.
/// </summary>
/// <remarks>
/// <para>Rounding analysis after Higham, "Accuracy and Stability of Numerical Algorithms" (2nd ed., 2002), section 3.1: any order of summing D
/// terms is off by at most D·u·S to first order, with unit roundoff u (2⁻²⁴ or 2⁻⁵³) and S = Σ|w·x| + |c|, so two orders differ by at most
/// 2·D·u·S.</para>
/// <para>Errors that arrive with the arguments are carried through: by |w| through a sum, through a monotone function by its values at the ends of the
/// interval, through another one by its Lipschitz constant. Where a computed number decides (a comparison, a position, a conversion to an integer,
/// a test in a tree), the bound covers every decision that lies within its error, and is 0 if there is only one.</para>
/// <para>Values are computed in double precision and rounded to their type after each operator.</para>
/// </remarks>
internal sealed class ErrorBoundEvaluator
{
    private readonly Dictionary<TensorExpr, Block> _blocks = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<OnnxRunExpr, Block[]> _runs = new(ReferenceEqualityComparer.Instance);
    private readonly BoundCache _cache;
    private readonly IReadOnlyList<Array> _inputs;
    private readonly int _rows;
    private readonly Narrowing _narrowing;

    /// <summary>Prepares the evaluation of <paramref name="rows"/> rows.</summary>
    /// <param name="inputs">By model input: row-major <c>float[]</c>, <c>double[]</c>, <c>long[]</c> or <c>string[]</c>.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="cache">Shared between blocks of one model.</param>
    /// <param name="narrowing">What one of the evaluations does to its partial results.</param>
    public ErrorBoundEvaluator(IReadOnlyList<Array> inputs, int rows, BoundCache cache, Narrowing narrowing = default) =>
        (_inputs, _rows, _cache, _narrowing) = (inputs, rows, cache, narrowing);

    /// <summary>The values (rows × width) of an expression and the bounds on their elements.</summary>
    /// <exception cref="InferFException">An id lies outside of its table, a divisor of integers is 0, or a text that must be a number is none.</exception>
    public Block Evaluate(TensorExpr expression)
    {
        if (!_blocks.TryGetValue(expression, out Block? block))
        {
            block = Compute(expression);
            _blocks.Add(expression, block);
        }
        return block;
    }

    private Block Compute(TensorExpr expression)
    {
        if (expression is OnnxOutputExpr output)
        {
            return Run((OnnxRunExpr)output.Arguments[0])[output.Output];
        }
        Block[] arguments = [.. expression.Arguments.Select(Evaluate)];
        return expression switch
        {
            InputExpr input => Block.Exact(_inputs[input.Index]),
            ConstantExpr constant => ColumnBounds.Repeat(constant.Tensor, _rows),
            ConcatExpr or SliceExpr or SelectColumnsExpr => ColumnBounds.Rearrange(expression, arguments, _rows),
            WhereExpr where => ColumnBounds.Where(where, arguments, _rows),
            ImputeExpr impute => ColumnBounds.Impute(impute, arguments[0], _cache.Doubles(impute.Imputed)),
            LinearExpr linear => SumBounds.Linear(linear, arguments[0], _rows, _cache, _narrowing.Of(linear)),
            MatrixProductExpr product => SumBounds.MatrixProduct(product, arguments[0], arguments[1], _rows),
            DistanceExpr distance => SumBounds.Distance(distance, arguments[0], _rows, _cache),
            UnaryExpr { Function: UnaryFunction.SoftmaxZero } => SoftmaxBounds.SkippingZeros(arguments[0], expression.Width),
            UnaryExpr unary => UnaryBounds.Evaluate(unary, arguments[0]),
            BinaryExpr b => _narrowing.Of(b).Widen(b, arguments, BinaryBounds.Evaluate(b, b.Function, b.IsUnsigned, arguments[0], arguments[1], _rows)),
            ConstantBinaryExpr b => _narrowing.Of(b).Widen(b, arguments, BinaryBounds.Evaluate(b, arguments[0], _rows)),
            CastExpr cast => CastBounds.Evaluate(cast, arguments[0]),
            SoftmaxExpr softmax => SoftmaxBounds.Evaluate(softmax, arguments[0]),
            NormalizeExpr normalize => SoftmaxBounds.Normalize(normalize, arguments[0]),
            ReduceExpr reduce => ReduceBounds.Evaluate(reduce, arguments[0]),
            TopKExpr topK => ReduceBounds.TopK(topK, arguments[0]),
            OneHotExpr oneHot => CategoryBounds.OneHot(oneHot, arguments[0]),
            LabelEncodeExpr encode => CategoryBounds.LabelEncode(encode, arguments[0]),
            EmbeddingExpr embedding => CategoryBounds.Embedding(embedding, arguments[0]),
            SelectLabelExpr select => CategoryBounds.SelectLabel(select, arguments[0], _rows),
            TreeEnsembleExpr trees => _cache.Trees(trees.Ensemble).Evaluate(trees.Type, arguments[0], _rows),
            _ => throw new InferFException(InferFErrorCode.Internal, $"The verification has no rule for an expression. Expression {expression.GetType().Name}, {expression.Origin}."),
        };
    }

    private Block[] Run(OnnxRunExpr run)
    {
        if (!_runs.TryGetValue(run, out Block[]? outputs))
        {
            outputs = OnnxRunBounds.Evaluate(run, [.. run.Arguments.Select(Evaluate)], _rows, _cache.Session(run.Submodel));
            _runs.Add(run, outputs);
        }
        return outputs;
    }
}
