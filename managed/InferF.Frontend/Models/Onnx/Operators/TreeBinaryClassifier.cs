using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>
/// Two classes, for which ONNX Runtime has rules of its own (seen in version 1.31 and reproduced here). With s₀, s₁ the sums of the weights of either class:
/// <list type="bullet">
/// <item>No leaf carries class 1, the usual case: s = s₀ (+ base value) is the score of the second label. LOGISTIC makes a pair of −s and s; without it the pair is
/// (1 − s, s) if all weights carry one class and none is negative, otherwise (−s, s).</item>
/// <item>Class 1 has a score: (s₀, s₁) is transformed like any scores; a single base value goes to s₀. Of two base values only the second counts:
/// q = base₁ + s₀ is the score and (−q, q) the pair.</item>
/// <item>The label is the second one if the deciding score exceeds 0, or ½ if all weights carry one class and none is negative. Where weights carry both
/// classes, an integer label is 0 or 1 whatever the classes are called.</item>
/// <item>A class without a score is shown as 0, base values or not.</item>
/// </list>
/// </summary>
internal sealed class TreeBinaryClassifier
{
    private const int First = 0;
    private const int Second = 1;

    private readonly TreeScoring _scoring;
    private readonly OperatorContext _context;
    private readonly double[] _baseValues;
    private readonly ScoreTransform _transform;
    private readonly ConstantTensor _labels;
    private readonly bool _isOneClass;
    private readonly bool _isNonNegative;
    private TensorExpr? _all;

    public TreeBinaryClassifier(TreeScoring scoring, double[] baseValues, ScoreTransform transform, ConstantTensor labels)
    {
        (_scoring, _context, _baseValues, _transform) = (scoring, scoring.Context, baseValues, transform);
        _isOneClass = _context.Attributes.Integers("class_ids").Distinct().Count() == 1;
        _isNonNegative = TreeNodeLists.Numbers(_context, "class_weights", scoring.Type).All(weight => !(weight < 0));
        _labels = _isOneClass || labels.Type == ElementType.String
            ? labels
            : ConstantTensor.Create(_context.ParameterName("labels"), 1, 2, new[] { 0L, 1L });
    }

    public (TensorExpr Label, TensorExpr Scores) Import()
    {
        (TensorExpr decisive, TensorExpr scores) = _scoring.Trees.NeverHas(Second) ? WithoutSecond(FirstScore()) : WithSecond();
        return (_scoring.SelectLabel(decisive, _labels, _isOneClass && _isNonNegative ? 0.5 : 0), scores);
    }

    // The score of class 0 with its base value, for trees that carry no other class.
    private TensorExpr FirstScore() => _scoring.Scores(1, _baseValues.Length == 0 ? [] : _baseValues[..1], []);

    private (TensorExpr Decisive, TensorExpr Scores) WithoutSecond(TensorExpr score)
    {
        if (_baseValues.Length == 2)
        {
            return (score, Finished(Pair(score, _scoring.Constant(0))));
        }
        if (_transform == ScoreTransform.Probit)
        {
            throw OperatorContext.Unsupported("PROBIT of a single score for two labels, which ONNX Runtime leaves undefined", Refusal.Final);
        }
        if (!_isOneClass && _baseValues.Length == 1)
        {
            throw OperatorContext.Unsupported("one base value where leaves carry different classes, which ONNX Runtime leaves undefined for some rows", Refusal.Final);
        }
        if (_transform == ScoreTransform.Logistic)
        {
            return (score, Finished(Pair(Negated(score), score)));
        }
        TensorExpr other = _isOneClass && _isNonNegative
            ? new ConstantBinaryExpr(BinaryFunction.Subtract, score, _scoring.ConstantOf(1), constantOnLeft: true) { Origin = _context.Origin }
            : Negated(score);
        return (score, _scoring.ToFloat(Pair(other, score)));
    }

    private (TensorExpr Decisive, TensorExpr Scores) WithSecond()
    {
        int[] counted = [.. new[] { First, Second }.Where(c => !_scoring.Trees.AlwaysHas(c) && !_scoring.Trees.NeverHas(c))];
        _all = _scoring.Scores(2, [], counted);
        TensorExpr first = Column(First);
        TensorExpr decisive;
        TensorExpr pair;
        if (_baseValues.Length == 2)
        {
            decisive = Plus(first, _baseValues[1]);
            pair = Pair(IfPresent(First, counted, Negated(decisive), _scoring.Constant(0)), decisive);
        }
        else
        {
            decisive = Column(Second);
            bool isPlain = counted.Length == 0 && !_scoring.Trees.NeverHas(First) && _baseValues.Length == 0;
            pair = isPlain ? _all : Pair(IfPresent(First, counted, PlusBase(first), _scoring.Constant(0)), decisive);
        }
        TensorExpr scores = Finished(pair);
        if (counted.Contains(Second))
        {
            (TensorExpr otherDecisive, TensorExpr otherScores) = WithoutSecond(PlusBase(first));
            decisive = IfPresent(Second, counted, decisive, otherDecisive);
            scores = IfPresent(Second, counted, scores, otherScores);
        }
        return (decisive, scores);
    }

    private TensorExpr Finished(TensorExpr pair) => ScoreTransforms.Apply(_transform, _scoring.ToFloat(pair), _context.Origin);

    private TensorExpr Column(int column) => new SliceExpr(_all!, column, 1) { Origin = _context.Origin };

    private TensorExpr IfPresent(int label, int[] counted, TensorExpr present, TensorExpr absent)
    {
        int position = Array.IndexOf(counted, label);
        if (position < 0)
        {
            return _scoring.Trees.NeverHas(label) ? absent : present;
        }
        return new WhereExpr(_scoring.IsPositive(Column(2 + position)), present, absent) { Origin = _context.Origin };
    }

    private ConcatExpr Pair(TensorExpr first, TensorExpr second) => new([first, second]) { Origin = _context.Origin };

    private UnaryExpr Negated(TensorExpr score) => new(UnaryFunction.Negate, score) { Origin = _context.Origin };

    private TensorExpr PlusBase(TensorExpr score) => _baseValues.Length == 0 ? score : Plus(score, _baseValues[0]);

    private ConstantBinaryExpr Plus(TensorExpr score, double value) =>
        new(BinaryFunction.Add, score, _scoring.ConstantOf(value), constantOnLeft: false) { Origin = _context.Origin };
}
