using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Matrix products: with constant weights where they are, so that the analysis can split them by table, or of two values.</summary>
internal static class LinearOperators
{
    /// <summary>Y = alpha · op(A) · op(B) + beta · C.</summary>
    public static ImmutableArray<OnnxValue?> Gemm(OperatorContext context)
    {
        bool transposeA = context.Attributes.Integer("transA", 0) != 0;
        bool transposeB = context.Attributes.Integer("transB", 0) != 0;
        float alpha = context.Attributes.Float("alpha", 1);
        float beta = context.Attributes.Float("beta", 1);
        OnnxValue? c = beta == 0 ? null : context.Optional(2);
        if (context.Required(0) is RowValue { HasBatch: true } && context.Required(1) is ConstantValue { Tensor: var weights } && !transposeA)
        {
            return [WithWeights(context, weights, transposeB, alpha, beta, c)];
        }
        RowValue a = Matrix(context, 0, transposeA);
        RowValue b = Matrix(context, 1, transposeB);
        RowValue product = Product(context, a, b);
        if (alpha != 1)
        {
            product = Arithmetic.WithScalar(context, BinaryFunction.Multiply, product, alpha);
        }
        if (c is not null)
        {
            RowValue term = context.Row(2);
            RowValue scaled = beta == 1 ? term : Arithmetic.WithScalar(context, BinaryFunction.Multiply, term, beta);
            ImmutableArray<int> shape = product.Shape;
            product = Arithmetic.Binary(context, BinaryFunction.Add, product, scaled);
            if (!product.Shape.SequenceEqual(shape))
            {
                throw context.Invalid($"C of shape {term} does not fit {ShapeText.Of(shape)}");
            }
        }
        return [product with { Expression = Arithmetic.Wrap(product.Expression, product.Type, context.Origin) }];
    }

    /// <summary>MatMul, by the rules of numpy.</summary>
    public static ImmutableArray<OnnxValue?> MatMul(OperatorContext context)
    {
        OnnxValue left = context.Required(0);
        OnnxValue right = context.Required(1);
        RequireType(context, left, right.Type, 1);
        if (left is RowValue { Shape: [.., var inner] } a && right is ConstantValue { Tensor: { Dims.Length: 1 or 2 } weights } && a.Width == inner && a.Type.IsFloat)
        {
            // One vector per row.
            if (inner != weights.Dims[0])
            {
                throw context.Invalid($"the weights have {weights.Dims[0]} rows but the value has {inner} columns");
            }
            int outputs = weights.Dims.Length == 2 ? context.CheckedWidth(weights.Dims[1]) : 1;
            ImmutableArray<int> shape = weights.Dims.Length == 2 ? a.Shape.SetItem(a.Shape.Length - 1, outputs) : a.Shape[..^1];
            TensorExpr linear = new LinearExpr(a.Expression, context.Shared(weights, inner, outputs), bias: null) { Origin = context.Origin };
            return [a with { Expression = Arithmetic.Wrap(linear, a.Type, context.Origin), Shape = shape }];
        }
        RowValue product = Product(context, Factor(context, left, right), Factor(context, right, left));
        return [product with { Expression = Arithmetic.Wrap(product.Expression, product.Type, context.Origin) }];
    }

    /// <summary>The product of the last two dimensions of two values, the others broadcast.</summary>
    private static RowValue Product(OperatorContext context, RowValue left, RowValue right)
    {
        RequireType(context, left, right.Type, 1);
        if (!left.Type.IsFloat)
        {
            throw OperatorContext.Unsupported($"a product of {left.Type}");
        }
        if (left.Shape.IsEmpty || right.Shape.IsEmpty || (left.HasBatch && left.Shape.Length < 2 && right.Shape.Length < 2))
        {
            throw OperatorContext.Unsupported($"the product of {left} and {right} would mix rows", Refusal.MixesRows);
        }
        bool isLeftVector = left.Shape.Length == 1;
        bool isRightVector = right.Shape.Length == 1;
        ImmutableArray<int> l = isLeftVector ? left.Shape.Insert(0, 1) : left.Shape;
        ImmutableArray<int> r = isRightVector ? right.Shape.Add(1) : right.Shape;
        if (l[^1] != r[^2])
        {
            throw context.Invalid($"the inner dimensions of {left} and {right} differ");
        }
        ImmutableArray<int> outer = ConstantArithmetic.CommonShape(l[..^2], r[..^2], context);
        int batch = outer.Aggregate(1, (product, dim) => product * dim);
        (int rows, int inner, int columns) = (l[^2], l[^1], r[^1]);
        IEnumerable<int> matrix = (isLeftVector ? [] : new[] { rows }).Concat(isRightVector ? [] : new[] { columns });
        context.CheckedWidth(outer.Concat([rows, columns]));
        RowValue a = Elements.Broadcast(context, Elements.Reshape(left, l), [.. outer, rows, inner]);
        RowValue b = Elements.Broadcast(context, Elements.Reshape(right, r), [.. outer, inner, columns]);
        // Matrices that all meet the same one on the right are one taller matrix.
        bool isShared = r[..^2].All(dim => dim == 1);
        if (isShared)
        {
            (b, rows, batch) = (Elements.Reshape(right, r), batch * rows, 1);
        }
        var expression = new MatrixProductExpr(a.Expression, b.Expression, batch, rows, inner, columns) { Origin = context.Origin };
        return left with { Expression = expression, Shape = [.. outer, .. matrix] };
    }

    // Where rows have a batch dimension, the other factor has to be one too, or a constant that is the same for all of them.
    private static RowValue Factor(OperatorContext context, OnnxValue value, OnnxValue other)
    {
        switch (value)
        {
            case RowValue row:
                if (row.HasBatch && other is RowValue && (row.Rank != ((RowValue)other).Rank || row.Rank < 3))
                {
                    throw OperatorContext.Unsupported($"the product of {row} and {other} would mix rows", Refusal.MixesRows);
                }
                if (row.HasBatch && row.Rank < 3 && other is ConstantValue && context.Required(0) == other)
                {
                    throw OperatorContext.Unsupported($"a product from the left of {row} would mix rows", Refusal.MixesRows);
                }
                return row;
            case ConstantValue { Tensor: var tensor } when other is RowValue row:
                OnnxTensor perRow = Arithmetic.PerRow(context, tensor, Math.Max(row.Rank, 3));
                return context.Promote(perRow) with { HasBatch = row.HasBatch };
            default:
                return context.Row(value == context.Required(0) ? 0 : 1);
        }
    }

    private static RowValue Matrix(OperatorContext context, int position, bool isTransposed)
    {
        RowValue value = context.Row(position);
        if (value.HasBatch)
        {
            throw OperatorContext.Unsupported($"the product with {value} would mix rows", Refusal.MixesRows);
        }
        if (value.Shape.Length != 2)
        {
            throw context.Invalid($"matrices are expected, found {value}");
        }
        return isTransposed ? Elements.Transpose(context, value, [1, 0]) : value;
    }

    private static RowValue WithWeights(OperatorContext context, OnnxTensor b, bool isTransposed, float alpha, float beta, OnnxValue? c)
    {
        RowValue a = context.AnyFloatRow(0);
        if (a.Shape.Length != 1 || b.Dims.Length != 2)
        {
            throw context.Invalid($"matrices are expected, found {a} and {new ConstantValue(b)}");
        }
        RequireType(context, a, b.Type, 1);
        (int inputs, int outputs) = isTransposed ? (b.Dims[1], b.Dims[0]) : (b.Dims[0], b.Dims[1]);
        if (a.Shape[^1] != inputs)
        {
            throw context.Invalid($"the weights have {inputs} rows but the value has {a.Shape[^1]} columns");
        }
        context.CheckedWidth(outputs);

        // The factor goes into the weights once instead of into every row.
        OnnxTensor scaled = ConstantArithmetic.Scale(context, b, alpha);
        ConstantTensor weight = isTransposed ? context.SharedTranspose(scaled, outputs, inputs) : context.Shared(scaled, inputs, outputs);
        ConstantTensor? bias = null;
        if (c is ConstantValue { Tensor: var tensor })
        {
            RequireType(context, a, tensor.Type, 2);
            OnnxTensor row = ConstantArithmetic.Broadcast(Arithmetic.PerRow(context, tensor, a.Rank), [outputs], context);
            bias = context.Shared(ConstantArithmetic.Scale(context, row, beta), 1, outputs);
        }
        TensorExpr linear = new LinearExpr(a.Expression, weight, bias) { Origin = context.Origin };
        RowValue product = a with { Expression = linear, Shape = [outputs] };
        if (c is RowValue added)
        {
            RequireType(context, a, added.Type, 2);
            if (added.Shape.Length != 1 || (added.Width != outputs && added.Width != 1))
            {
                throw context.Invalid($"C of shape {added} does not fit {outputs} columns");
            }
            RowValue term = beta == 1 ? added : Arithmetic.WithScalar(context, BinaryFunction.Multiply, added, beta);
            product = Arithmetic.Binary(context, BinaryFunction.Add, product, term);
        }
        return product with { Expression = Arithmetic.Wrap(product.Expression, product.Type, context.Origin) };
    }

    private static void RequireType(OperatorContext context, OnnxValue a, OnnxType type, int position)
    {
        if (type != a.Type)
        {
            throw context.Invalid($"input {position} has type {type}, expected {a.Type}");
        }
    }
}
