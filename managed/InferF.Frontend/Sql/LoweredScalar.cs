using InferF.Plan.Query;

namespace InferF.Frontend.Sql;

/// <summary>A lowered expression with its type. Decimal literals stay decimal until their partner decides what they become.</summary>
/// <param name="Expression">The expression.</param>
/// <param name="Type">Its type; for literals the kind is what matters.</param>
internal sealed record LoweredScalar(ScalarExpr Expression, ColumnType Type)
{
    private decimal? DecimalValue { get; init; }

    /// <summary>True for the constant NULL, which fits every type.</summary>
    public bool IsNullLiteral => Expression is ScalarLiteral { Value: null } && Type.SqlType == "NULL";

    /// <summary>True for numbers.</summary>
    public bool IsNumeric => Type.Kind is ColumnKind.Integer or ColumnKind.Float32 or ColumnKind.Float64;

    /// <summary>True for DOUBLE, but not for a decimal literal, which yields to FLOAT.</summary>
    public bool IsDouble => Type.Kind == ColumnKind.Float64 && DecimalValue is null;

    /// <summary>The type for messages.</summary>
    public string TypeName => Type.SqlType;

    /// <summary>A constant.</summary>
    /// <param name="value">Null, bool, long, decimal, double or string.</param>
    public static LoweredScalar Literal(object? value)
    {
        return value switch
        {
            null => new LoweredScalar(new ScalarLiteral(null), new ColumnType(ColumnKind.Opaque, "NULL")),
            bool => new LoweredScalar(new ScalarLiteral(value), new ColumnType(ColumnKind.Boolean, "BOOLEAN")),
            long => new LoweredScalar(new ScalarLiteral(value), new ColumnType(ColumnKind.Integer, "BIGINT")),
            decimal number => new LoweredScalar(new ScalarLiteral((double)number), new ColumnType(ColumnKind.Float64, "DECIMAL")) { DecimalValue = number },
            double => new LoweredScalar(new ScalarLiteral(value), new ColumnType(ColumnKind.Float64, "DOUBLE")),
            _ => new LoweredScalar(new ScalarLiteral(value), new ColumnType(ColumnKind.String, "VARCHAR")),
        };
    }

    /// <summary>A condition.</summary>
    public static LoweredScalar Boolean(ScalarExpr expression)
    {
        return new LoweredScalar(expression, new ColumnType(ColumnKind.Boolean, "BOOLEAN"));
    }

    /// <summary>True if the engine compares the two.</summary>
    public static bool Comparable(LoweredScalar left, LoweredScalar right)
    {
        if (left.IsNullLiteral || right.IsNullLiteral)
        {
            return true;
        }
        return (left.IsNumeric && right.IsNumeric)
            || (left.Type.Kind == right.Type.Kind && left.Type.Kind is ColumnKind.String or ColumnKind.Boolean && right.Type.Kind == left.Type.Kind)
            || (left.Type.Kind == ColumnKind.Temporal && right.Type.Kind == ColumnKind.Temporal
                && string.Equals(left.Type.SqlType, right.Type.SqlType, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The one whose type both take in DuckDB: DOUBLE over FLOAT over DECIMAL and integers.</summary>
    public static LoweredScalar Wider(LoweredScalar left, LoweredScalar right)
    {
        return Rank(right) > Rank(left) ? right : left;
    }

    /// <summary>
    /// A numeric literal takes the type DuckDB would compare it in: FLOAT beside a FLOAT (so that 0.1::FLOAT = 0.1), DOUBLE beside a DOUBLE.
    /// Anything else stays as it is.
    /// </summary>
    public LoweredScalar AdaptTo(LoweredScalar partner)
    {
        if (Expression is not ScalarLiteral { Value: { } value } || !IsNumeric || (value is double && DecimalValue is null))
        {
            return this;
        }
        return (partner.Type.Kind, value) switch
        {
            (ColumnKind.Float32, _) => new LoweredScalar(new ScalarLiteral(DecimalValue is { } digits ? (float)(double)digits : (float)(long)value), partner.Type),
            (ColumnKind.Float64, long number) => new LoweredScalar(new ScalarLiteral((double)number), new ColumnType(ColumnKind.Float64, "DOUBLE")),
            _ => Settled(),
        };
    }

    /// <summary>A decimal literal without a partner becomes a double.</summary>
    public LoweredScalar Settled()
    {
        return DecimalValue is null ? this : new LoweredScalar(Expression, new ColumnType(ColumnKind.Float64, "DOUBLE"));
    }

    private static int Rank(LoweredScalar scalar)
    {
        return scalar.Type.Kind switch
        {
            ColumnKind.Float64 when scalar.IsDouble => 3,
            ColumnKind.Float32 => 2,
            ColumnKind.Float64 => 1,
            _ => 0,
        };
    }
}
