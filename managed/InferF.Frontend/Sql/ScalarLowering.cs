using System.Collections.Immutable;
using InferF.Plan.Model;

using InferF.Plan.Query;
using ScalarFunction = InferF.Plan.Proto.ScalarFunction;

namespace InferF.Frontend.Sql;

/// <summary>
/// Turns expressions over several tables, over predictions, or over tables a LEFT JOIN extends by NULLs into the engine's scalar
/// expressions. The largest parts over one table become computed columns of its scan, unless NULL extension would change their value.
/// </summary>
internal sealed class ScalarLowering
{
    private static readonly Dictionary<string, ScalarFunction> s_comparisons = new(StringComparer.Ordinal)
    {
        ["COMPARE_EQUAL"] = ScalarFunction.Equal,
        ["COMPARE_NOTEQUAL"] = ScalarFunction.NotEqual,
        ["COMPARE_LESSTHAN"] = ScalarFunction.Less,
        ["COMPARE_LESSTHANOREQUALTO"] = ScalarFunction.LessOrEqual,
        ["COMPARE_GREATERTHAN"] = ScalarFunction.Greater,
        ["COMPARE_GREATERTHANOREQUALTO"] = ScalarFunction.GreaterOrEqual,
    };

    private static readonly Dictionary<string, ScalarFunction> s_arithmetic = new(StringComparer.Ordinal)
    {
        ["+"] = ScalarFunction.Add,
        ["-"] = ScalarFunction.Subtract,
        ["*"] = ScalarFunction.Multiply,
        ["/"] = ScalarFunction.Divide,
    };

    private readonly BindingContext _context;

    /// <summary>Creates a lowering.</summary>
    public ScalarLowering(BindingContext context)
    {
        _context = context;
    }

    /// <summary>True if the expression can be computed in the scan of one table without changing its value.</summary>
    public bool FitsScan(SqlNode node)
    {
        return !node.HasPrediction && (node.Tables.IsEmpty
            || (node.Tables.Count == 1 && (!_context.Nullable.Contains(node.Tables[0]) || NullRules.IsNullOnNull(node))));
    }

    /// <summary>Lowers a value of any scalar type.</summary>
    /// <exception cref="InferFException">The engine has no function for a part of it.</exception>
    public ScalarExpr Lower(SqlNode node)
    {
        return Operand(node).Expression;
    }

    /// <summary>Lowers a condition.</summary>
    /// <exception cref="InferFException">It is not boolean, or the engine has no function for a part of it.</exception>
    public ScalarExpr LowerCondition(SqlNode node)
    {
        return Boolean(node).Expression;
    }

    private LoweredScalar Operand(SqlNode node)
    {
        if (node is OperationNode constant && constant.Tables.IsEmpty && constant.TryConstant(out object? value))
        {
            return LoweredScalar.Literal(value);
        }
        bool isNullExtended = !node.HasPrediction && node.Tables.Count == 1 && _context.Nullable.Contains(node.Tables[0]);
        if (isNullExtended && node is OperationNode condition && TryCondition(condition, mustSucceed: !FitsScan(node)) is { } native)
        {
            return native; // kept visible to the optimizer, which simplifies outer joins under conditions that reject NULL
        }
        if (FitsScan(node))
        {
            return InScan(node, castTo: null);
        }
        return node switch
        {
            PredictionNode prediction => Prediction(prediction),
            OperationNode operation => TryCondition(operation, mustSucceed: true) ?? TryValue(operation) ?? throw Inexpressible(operation),
            _ => throw Inexpressible(node),
        };
    }

    private LoweredScalar InScan(SqlNode node, string? castTo)
    {
        int table = node.Tables.IsEmpty ? _context.Anchor : node.Tables[0];
        ColumnType type = _context.TypeOf(table, node);
        castTo ??= DuckDbTypeRules.IsWideNumber(type) ? "DOUBLE" : null;
        (ColumnRef column, ColumnType scanType) = _context.ScanColumn(table, node, castTo);
        return new LoweredScalar(new ScalarColumn(column), scanType);
    }

    private LoweredScalar Prediction(PredictionNode node)
    {
        Prediction prediction = _context.Predictions[node.Prediction];
        if (!_context.IsScalar(node, out int output))
        {
            string hint = prediction.Model.Outputs.Length > 1 && node.Output is null
                ? $"has several outputs ({string.Join(", ", prediction.Model.Outputs.Select(candidate => candidate.Name))}); take one, predict(…).name"
                : $"has {prediction.Model.Outputs[output].Expression.Width} columns; take one, predict(…)[1]";
            throw _context.Errors.At(InferFErrorCode.TypeMismatch, $"A number is needed here, but model '{prediction.Model.Name}' {hint}.", node.Position);
        }
        ColumnType type = prediction.Model.Outputs[output].Expression.Type switch
        {
            ElementType.Float32 => new ColumnType(ColumnKind.Float32, "FLOAT"),
            ElementType.Float64 => new ColumnType(ColumnKind.Float64, "DOUBLE"),
            ElementType.Int64 => new ColumnType(ColumnKind.Integer, "BIGINT"),
            _ => new ColumnType(ColumnKind.String, "VARCHAR"),
        };
        return new LoweredScalar(new ScalarPrediction(node.Prediction, output, node.Element ?? 0), type);
    }

    /// <summary>Lowers an expression whose result is boolean, or COALESCE; null if this is none, or if it need not succeed and the scan does better.</summary>
    private LoweredScalar? TryCondition(OperationNode node, bool mustSucceed)
    {
        switch (node.Type)
        {
            case "CONJUNCTION_AND":
                return LoweredScalar.Boolean(Call(ScalarFunction.And, [.. node.Children.Select(child => Boolean(child).Expression)]));
            case "CONJUNCTION_OR":
                return LoweredScalar.Boolean(Call(ScalarFunction.Or, [.. node.Children.Select(child => Boolean(child).Expression)]));
            case "OPERATOR_NOT":
                return LoweredScalar.Boolean(Call(ScalarFunction.Not, Boolean(node.Children[0]).Expression));
            case "OPERATOR_IS_NULL":
                return LoweredScalar.Boolean(IsNull(node.Children[0]));
            case "OPERATOR_IS_NOT_NULL":
                return LoweredScalar.Boolean(IsNotNull(node.Children[0]));
            case "OPERATOR_COALESCE":
                return mustSucceed ? Coalesce(node) : null;
        }
        if (!IsComparison(node))
        {
            return null;
        }
        if (!mustSucceed && !node.Children.Skip(1).All(child => Comparable(node.Children[0], child)))
        {
            return null;
        }
        return LoweredScalar.Boolean(Comparison(node));
    }

    private static bool IsComparison(OperationNode node)
    {
        return node.Class is "COMPARISON" or "BETWEEN" || node.Type is "COMPARE_IN" or "COMPARE_NOT_IN";
    }

    private ScalarExpr Comparison(OperationNode node)
    {
        ImmutableArray<SqlNode> children = node.Children;
        switch (node.Type)
        {
            case "COMPARE_BETWEEN":
                return Call(ScalarFunction.And,
                    Compare(ScalarFunction.GreaterOrEqual, children[0], children[1], node), Compare(ScalarFunction.LessOrEqual, children[0], children[2], node));
            case "COMPARE_IN":
                return In(node);
            case "COMPARE_NOT_IN":
                return Call(ScalarFunction.Not, In(node));
            case "COMPARE_DISTINCT_FROM":
                return Call(ScalarFunction.Not, NotDistinct(node));
            case "COMPARE_NOT_DISTINCT_FROM":
                return NotDistinct(node);
            default:
                return s_comparisons.TryGetValue(node.Type, out ScalarFunction function)
                    ? Compare(function, children[0], children[1], node)
                    : throw Inexpressible(node);
        }
    }

    private ScalarExpr In(OperationNode node)
    {
        ImmutableArray<ScalarExpr> alternatives = [.. node.Children.Skip(1).Select(child => Compare(ScalarFunction.Equal, node.Children[0], child, node))];
        return alternatives.Length == 1 ? alternatives[0] : Call(ScalarFunction.Or, alternatives);
    }

    // a IS NOT DISTINCT FROM b: equal, or both NULL. The first part is NULL exactly if a side is.
    private ScalarExpr NotDistinct(OperationNode node)
    {
        SqlNode left = node.Children[0];
        SqlNode right = node.Children[1];
        return Call(ScalarFunction.Coalesce, Compare(ScalarFunction.Equal, left, right, node), Call(ScalarFunction.And, IsNull(left), IsNull(right)));
    }

    private ScalarExpr Compare(ScalarFunction function, SqlNode left, SqlNode right, SqlNode comparison)
    {
        LoweredScalar[] operands = Operands([left, right]);
        LoweredScalar a = operands[0];
        LoweredScalar b = operands[1];
        if (a.Type.Kind == ColumnKind.Temporal && b.Type.Kind == ColumnKind.Temporal && !SameType(a.Type, b.Type)
            && DuckDbTypeRules.CommonTemporal(a.Type.SqlType, b.Type.SqlType) is { } common && FitsScan(left) && FitsScan(right))
        {
            a = InScan(left, common);
            b = InScan(right, common);
        }
        if (!LoweredScalar.Comparable(a, b))
        {
            throw _context.Errors.At(InferFErrorCode.TypeMismatch,
                $"A value of type {a.TypeName} cannot be compared with one of type {b.TypeName} here. Cast one of them.", comparison.Position);
        }
        return Call(function, a.AdaptTo(b).Expression, b.AdaptTo(a).Expression);
    }

    private bool Comparable(SqlNode left, SqlNode right)
    {
        return KindOf(left) is { } a && KindOf(right) is { } b && LoweredScalar.Comparable(a, b);
    }

    // The type an operand would have, without adding it to a scan; null if the operand is no plain column, literal or scan expression.
    private LoweredScalar? KindOf(SqlNode node)
    {
        if (node is OperationNode constant && constant.TryConstant(out object? value))
        {
            return LoweredScalar.Literal(value);
        }
        if (!FitsScan(node) || node.Tables.IsEmpty)
        {
            return null;
        }
        ColumnType type = _context.TypeOf(node.Tables[0], node);
        return new LoweredScalar(new ScalarLiteral(null), DuckDbTypeRules.IsWideNumber(type) ? DuckDbTypes.Parse("DOUBLE") : type);
    }

    private ScalarExpr IsNull(SqlNode node)
    {
        return IsScalar(node) ? Call(ScalarFunction.IsNull, Lower(node)) : Call(ScalarFunction.Not, IsNotNull(node));
    }

    private ScalarExpr IsNotNull(SqlNode node)
    {
        if (IsScalar(node))
        {
            return Call(ScalarFunction.IsNotNull, Lower(node));
        }
        // A type the engine does not compute with: the scan says "not NULL" (never NULL itself), NULL extension makes that NULL.
        var test = new OperationNode(SyntaxTree.IsNotNull(), [node], node.Position);
        return Call(ScalarFunction.Coalesce, InScan(test, castTo: null).Expression, new ScalarLiteral(false));
    }

    private bool IsScalar(SqlNode node)
    {
        return node.HasPrediction || node.Tables.Count != 1 || !FitsScan(node)
            || _context.TypeOf(node.Tables[0], node) is var type && (DuckDbTypeRules.IsWideNumber(type) || type.Kind is not (ColumnKind.NumericList or ColumnKind.Opaque));
    }

    private LoweredScalar Coalesce(OperationNode node)
    {
        LoweredScalar[] arguments = Operands(node.Children);
        LoweredScalar? widest = null;
        foreach (LoweredScalar argument in arguments.Where(argument => !argument.IsNullLiteral))
        {
            if (widest is not null && !LoweredScalar.Comparable(widest, argument))
            {
                throw _context.Errors.At(InferFErrorCode.TypeMismatch, $"COALESCE mixes the types {widest.TypeName} and {argument.TypeName}. Cast one of them.", node.Position);
            }
            widest = widest is null ? argument : LoweredScalar.Wider(widest, argument);
        }
        if (widest is null)
        {
            return LoweredScalar.Literal(null);
        }
        return new LoweredScalar(Call(ScalarFunction.Coalesce, [.. arguments.Select(argument => argument.AdaptTo(widest).Expression)]), widest.Type);
    }

    private LoweredScalar? TryValue(OperationNode node)
    {
        if (node.Class != "FUNCTION" || !s_arithmetic.TryGetValue(node.Function, out ScalarFunction function) || node.Children.Length is < 1 or > 2)
        {
            return null;
        }
        LoweredScalar[] arguments = Operands(node.Children);
        foreach (LoweredScalar argument in arguments.Where(argument => !argument.IsNumeric && !argument.IsNullLiteral))
        {
            throw _context.Errors.At(InferFErrorCode.TypeMismatch, $"'{node.Function}' over several tables or a prediction needs numbers, not {argument.TypeName}.", node.Position);
        }
        if (arguments.Length == 1)
        {
            return node.Function switch
            {
                "+" => arguments[0],
                "-" => new LoweredScalar(Call(ScalarFunction.Negate, arguments[0].Settled().Expression), arguments[0].Settled().Type),
                _ => null,
            };
        }
        LoweredScalar left = arguments[0].AdaptTo(arguments[1]);
        LoweredScalar right = arguments[1].AdaptTo(arguments[0]);
        return new LoweredScalar(Call(function, left.Expression, right.Expression), ArithmeticType(function, left, right));
    }

    // As DuckDB types it (see plan.proto): DOUBLE wins over FLOAT, FLOAT over integers, and integers divide as DOUBLE.
    private static ColumnType ArithmeticType(ScalarFunction function, LoweredScalar left, LoweredScalar right)
    {
        bool Any(ColumnKind kind)
        {
            return left.Type.Kind == kind || right.Type.Kind == kind;
        }

        string type = Any(ColumnKind.Float64) ? "DOUBLE" : Any(ColumnKind.Float32) ? "FLOAT" : function == ScalarFunction.Divide ? "DOUBLE" : "BIGINT";
        return DuckDbTypes.Parse(type);
    }

    // Operands that meet in one operator. Decimals and wide integers are scanned as DOUBLE, but as FLOAT beside a FLOAT, as in DuckDB.
    private LoweredScalar[] Operands(ImmutableArray<SqlNode> nodes)
    {
        LoweredScalar?[] lowered = [.. nodes.Select(node => IsWideScan(node) ? null : Operand(node))];
        IEnumerable<LoweredScalar> others = lowered.OfType<LoweredScalar>();
        bool inSingle = others.Any(other => other.Type.Kind == ColumnKind.Float32) && others.All(other => !other.IsDouble);
        return [.. nodes.Select((node, i) => lowered[i] ?? (inSingle ? InScan(node, "FLOAT") : Operand(node)))];
    }

    private bool IsWideScan(SqlNode node)
    {
        return !node.Tables.IsEmpty && FitsScan(node) && DuckDbTypeRules.IsWideNumber(_context.TypeOf(node.Tables[0], node));
    }

    private LoweredScalar Boolean(SqlNode node)
    {
        LoweredScalar operand = Operand(node);
        return operand.Type.Kind == ColumnKind.Boolean || operand.IsNullLiteral
            ? operand
            : throw _context.Errors.At(InferFErrorCode.TypeMismatch, $"A condition is needed here, not a value of type {operand.TypeName}.", node.Position);
    }

    private InferFException Inexpressible(SqlNode node)
    {
        string what = node switch
        {
            OperationNode { Class: "FUNCTION" } function => $"'{function.Function}'",
            OperationNode { Class: "CASE" } => "CASE",
            OperationNode { Class: "CAST" } => "CAST",
            _ => "This expression",
        };
        string where = node.HasPrediction ? "a prediction" : node.Tables.Count > 1
            ? $"columns of several tables ({string.Join(", ", node.Tables.Select(table => _context.Scans[table].Alias))})"
            : $"columns of '{_context.Scans[node.Tables[0]].Alias}', whose rows the LEFT JOIN may extend by NULLs,";
        return _context.Errors.Unsupported($"{what} over {where} is not supported. Supported there: comparisons, AND, OR, NOT, IS NULL, BETWEEN, IN, COALESCE, + - * /.", node.Position);
    }

    private static bool SameType(ColumnType left, ColumnType right)
    {
        return string.Equals(left.SqlType, right.SqlType, StringComparison.OrdinalIgnoreCase);
    }

    private static ScalarCall Call(ScalarFunction function, params ImmutableArray<ScalarExpr> arguments)
    {
        return new ScalarCall(function, arguments);
    }
}
