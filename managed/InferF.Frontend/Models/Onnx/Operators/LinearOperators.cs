using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Matrix products with constant weights.</summary>
internal static class LinearOperators
{
    /// <summary>Y = alpha · A · op(B) + beta · C.</summary>
    public static ImmutableArray<OnnxValue?> Gemm(OperatorContext context)
    {
        RowValue a = context.FloatRow(0);
        if (context.Attributes.Integer("transA", 0) != 0)
        {
            throw OperatorContext.Unsupported("transA would mix rows");
        }
        bool transposed = context.Attributes.Integer("transB", 0) != 0;
        float alpha = context.Attributes.Float("alpha", 1);
        float beta = context.Attributes.Float("beta", 1);
        OnnxTensor b = context.Constant(1);
        if (a.Shape.Length != 1 || b.Dims.Length != 2)
        {
            throw context.Invalid($"matrices are expected, found {a} and {new ConstantValue(b)}");
        }
        (int inputs, int outputs) = transposed ? (b.Dims[1], b.Dims[0]) : (b.Dims[0], b.Dims[1]);
        RequireFit(context, a, b, inputs, outputs);

        // The factor goes into the weights once instead of into every row.
        OnnxTensor scaled = ConstantArithmetic.Scale(context, b, alpha);
        ConstantTensor weight = transposed ? context.SharedTranspose(scaled, outputs, inputs) : context.Shared(scaled, inputs, outputs);

        OnnxValue? c = beta == 0 ? null : context.Optional(2);
        ConstantTensor? bias = null;
        if (c is ConstantValue { Tensor: { } tensor })
        {
            RequireType(context, a, tensor.Type, 2);
            OnnxTensor row = ConstantArithmetic.BroadcastToRow(tensor, [outputs], a.Rank, context);
            bias = context.Shared(ConstantArithmetic.Scale(context, ConstantArithmetic.Expand(row, outputs, context), beta), 1, outputs);
        }
        TensorExpr expression = new LinearExpr(a.Expression, weight, bias) { Origin = context.Origin };
        if (c is RowValue added)
        {
            RequireType(context, a, added.Type, 2);
            if (added.Shape.Length != 1 || (added.Width != outputs && added.Width != 1))
            {
                throw context.Invalid($"C of shape {added} does not fit {outputs} columns");
            }
            TensorExpr term = added.Expression;
            if (beta != 1)
            {
                ConstantTensor factor = context.Shared(ConstantArithmetic.Scalar(context.ParameterName("beta"), a.Type, beta), 1, 1);
                term = new ConstantBinaryExpr(BinaryFunction.Multiply, term, factor) { Origin = context.Origin };
            }
            expression = new BinaryExpr(BinaryFunction.Add, expression, term) { Origin = context.Origin };
        }
        return [new RowValue(expression, [outputs], a.Type)];
    }

    /// <summary>A · B with constant B.</summary>
    public static ImmutableArray<OnnxValue?> MatMul(OperatorContext context)
    {
        RowValue a = context.FloatRow(0);
        OnnxTensor b = context.Constant(1);
        if (b.Dims.Length is not (1 or 2))
        {
            throw OperatorContext.Unsupported($"weights of shape {ShapeText.Of(b.Dims)}; a matrix or a vector is expected");
        }
        if (a.Shape.IsEmpty)
        {
            throw OperatorContext.Unsupported($"the product with {a} would mix rows");
        }
        if (a.Width != a.Shape[^1])
        {
            throw OperatorContext.Unsupported($"a matrix per row ({a}); one vector per row is expected");
        }
        int outputs = b.Dims.Length == 2 ? b.Dims[1] : 1;
        RequireFit(context, a, b, b.Dims[0], outputs);
        ImmutableArray<int> leading = a.Shape[..^1];
        ImmutableArray<int> shape = b.Dims.Length == 2 ? leading.Add(outputs) : leading;
        var product = new LinearExpr(a.Expression, context.Shared(b, b.Dims[0], outputs), bias: null) { Origin = context.Origin };
        return [new RowValue(product, shape, a.Type)];
    }

    private static void RequireFit(OperatorContext context, RowValue a, OnnxTensor b, int inputs, int outputs)
    {
        RequireType(context, a, b.Type, 1);
        if (a.Shape[^1] != inputs)
        {
            throw context.Invalid($"the weights have {inputs} rows but the value has {a.Shape[^1]} columns");
        }
        context.CheckedWidth(outputs);
    }

    private static void RequireType(OperatorContext context, RowValue a, OnnxType type, int position)
    {
        if (type != a.Type)
        {
            throw context.Invalid($"input {position} has type {type}, expected {a.Type}");
        }
    }
}
