using System.Runtime.CompilerServices;
using InferF.Optimizer.Placement;
using InferF.Plan.Query;
using Proto = InferF.Plan.Proto;

namespace InferF.Optimizer.Lowering;

/// <summary>Writes row-wise scalar expressions.</summary>
internal static class ScalarWriter
{
    /// <summary>Converts an expression; predictions become elements of the values that hold them.</summary>
    public static Proto.ScalarExpression Write(ScalarExpr expression, PlacedQuery placed)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (expression)
        {
            case ScalarColumn column:
                return new Proto.ScalarExpression { Column = Write(column.Column) };
            case ScalarPrediction prediction:
                PlacedValue value = placed.Outputs[prediction.Prediction][prediction.Output];
                return new Proto.ScalarExpression { Value = new Proto.ValueElement { Value = (uint)value.Index, Element = (uint)prediction.Element } };
            case ScalarLiteral literal:
                return new Proto.ScalarExpression { Literal = Write(literal.Value) };
            case ScalarCall call:
                Proto.ScalarCall written = new() { Function = call.Function };
                written.Arguments.AddRange(call.Arguments.Select(argument => Write(argument, placed)));
                return new Proto.ScalarExpression { Call = written };
            default:
                throw new InferFException(InferFErrorCode.Internal, $"Unknown scalar expression. Got '{expression.GetType().Name}'.");
        }
    }

    /// <summary>Converts a column reference: the fragment's tables and columns are numbered as the query's.</summary>
    public static Proto.ColumnRef Write(ColumnRef column) => new() { Table = (uint)column.Table, Column = (uint)column.Column };

    private static Proto.Literal Write(object? value) => value switch
    {
        null => new Proto.Literal { Null = true },
        bool boolean => new Proto.Literal { Boolean = boolean },
        long integer => new Proto.Literal { Int64 = integer },
        int integer => new Proto.Literal { Int64 = integer },
        double number => new Proto.Literal { Float64 = number },
        float number => new Proto.Literal { Float32 = number },
        string text => new Proto.Literal { String = text },
        _ => throw new InferFException(InferFErrorCode.Internal, $"A literal has no plan type. Got '{value.GetType().Name}'."),
    };
}
