using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>The softmax family.</summary>
internal static class SoftmaxOperators
{
    /// <summary>Softmax, LogSoftmax, Hardmax. Before opset 13 all dimensions from the axis on are one vector; since then it is along one axis.</summary>
    public static OperatorImport Family(SoftmaxFunction function) => context =>
    {
        RowValue value = context.AnyFloatRow(0);
        bool coerced = context.Opset < 13;
        long axis = context.Attributes.Integer("axis", coerced ? 1 : -1);
        if (coerced)
        {
            // A vector of the batch dimension alone has one element per row only by accident of the coercion.
            int first = axis == value.Rank ? value.Shape.Length : context.RowAxis(axis, value);
            int vector = value.Shape[first..].Aggregate(1, (product, dim) => product * dim);
            return [Along(context, value, vector, function)];
        }
        int position = context.RowAxis(axis, value);
        RowValue moved = Elements.MoveLast(context, value, position);
        RowValue result = Along(context, moved, value.Shape[position], function);
        return [Elements.MoveBack(context, result, position)];
    };

    private static RowValue Along(OperatorContext context, RowValue value, int length, SoftmaxFunction function) => value with
    {
        Expression = Arithmetic.Wrap(new SoftmaxExpr(value.Expression, length, function) { Origin = context.Origin }, value.Type, context.Origin),
    };
}
