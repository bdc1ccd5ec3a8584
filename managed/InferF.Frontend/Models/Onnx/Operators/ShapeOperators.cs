using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Operators that give the same elements another shape, and those that compute shapes.</summary>
internal static class ShapeOperators
{
    public static ImmutableArray<OnnxValue?> Flatten(OperatorContext context)
    {
        OnnxValue value = context.Required(0);
        int rank = value is ConstantValue { Tensor.Dims: var dims } ? dims.Length : context.Row(0).Rank;
        long axis = context.Attributes.Integer("axis", 1);
        if (axis < -rank || axis > rank)
        {
            throw context.Invalid($"axis {axis} is outside of [-{rank}, {rank}]");
        }
        int start = (int)(axis < 0 ? axis + rank : axis);
        if (value is ConstantValue { Tensor: var tensor })
        {
            return [new ConstantValue(tensor.Reshape(Halves(tensor.Dims, start)))];
        }
        RowValue row = context.Row(0);
        if (!row.HasBatch)
        {
            return [Elements.Reshape(row, Halves(row.Shape, start))];
        }
        bool keepsRows = start > 0
            ? row.Shape[..(start - 1)].All(dim => dim == 1)
            : context.FixedBatch;
        return keepsRows
            ? [Elements.Reshape(row, [row.Width])]
            : throw OperatorContext.Unsupported($"flattening {row} at axis {axis} would split or merge rows", Refusal.MixesRows);

        static ImmutableArray<int> Halves(ImmutableArray<int> dims, int start) =>
            [dims[..start].Aggregate(1, (product, dim) => product * dim), dims[start..].Aggregate(1, (product, dim) => product * dim)];
    }

    public static ImmutableArray<OnnxValue?> Reshape(OperatorContext context)
    {
        OnnxValue value = context.Required(0) is FlattenedRows { Rows: var flattened } ? flattened : context.Required(0);
        long[] target = context.Opset < 5 ? context.Attributes.Integers("shape") : context.ShapeInput(1);
        bool allowZero = context.Attributes.Integer("allowzero", 0) != 0;
        if (target.Any(dim => dim != ShapeValue.Batch && dim is < -1 or > int.MaxValue) || target.Count(dim => dim == -1) > 1)
        {
            throw context.Invalid($"the new shape {ShapeText.OfTarget(target)} has a dimension below -1 or several of -1");
        }
        if (value is ShapeValue shape)
        {
            // A list of dimensions may become one dimension or a list of one, nothing else.
            return target is [] && shape.Entries.Length == 1 ? [shape with { IsScalar = true }]
                : target is [var count] && (count == -1 || count == shape.Entries.Length) ? [shape with { IsScalar = false }]
                : throw OperatorContext.Unsupported($"{shape} would become a tensor", Refusal.MixesRows);
        }
        if (value is ConstantValue { Tensor: { } tensor })
        {
            return target.Contains(ShapeValue.Batch)
                ? throw OperatorContext.Unsupported("a constant gets a batch dimension", Refusal.MixesRows)
                : [new ConstantValue(tensor.Reshape(Resolve(target, tensor.Dims, tensor.Count, allowZero, context)))];
        }
        RowValue row = value as RowValue ?? context.Row(0);
        return [Elements.Reshape(row, row.HasBatch ? RowShape(row, target, allowZero, context) : Resolve(target, row.Shape, row.Width, allowZero, context))];
    }

    public static ImmutableArray<OnnxValue?> Squeeze(OperatorContext context)
    {
        OnnxValue value = context.Required(0);
        long[]? axes = context.Axes(1, inputSince: 13);
        switch (value)
        {
            case ConstantValue { Tensor: var tensor }:
                return [new ConstantValue(tensor.Reshape(Squeezed(context, tensor.Dims, axes?.Select(axis => context.Axis(axis, tensor.Dims.Length)))))];
            case ShapeValue shape:
                return shape.Entries.Length == 1 ? [shape with { IsScalar = true }] : throw context.Invalid("a squeezed dimension is not 1");
        }
        RowValue row = context.Row(0);
        if (axes is null && context.FixedBatch)
        {
            throw OperatorContext.Unsupported($"squeezing {row} would remove the batch dimension", Refusal.MixesRows);
        }
        return [Elements.Reshape(row, Squeezed(context, row.Shape, axes?.Select(axis => context.RowAxis(axis, row))))];
    }

    public static ImmutableArray<OnnxValue?> Unsqueeze(OperatorContext context)
    {
        OnnxValue value = context.Required(0);
        long[] axes = context.Axes(1, inputSince: 13) ?? throw context.Invalid("axes are missing");
        if (value is ShapeValue shape)
        {
            return shape.IsScalar && axes is [0 or -1]
                ? [shape with { IsScalar = false }]
                : throw OperatorContext.Unsupported($"{shape} would become a tensor", Refusal.MixesRows);
        }
        ImmutableArray<int> dims = value is ConstantValue { Tensor: var tensor } ? tensor.Dims
            : context.Row(0) is { HasBatch: true } batched ? [-1, .. batched.Shape] : context.Row(0).Shape;
        int rank = dims.Length + axes.Length;
        if (rank > ModelLimits.MaxRank)
        {
            throw context.Invalid($"the result would have {rank} dimensions; {ModelLimits.MaxRank} are possible");
        }
        HashSet<int> inserted = [.. axes.Select(axis => context.Axis(axis, rank))];
        if (inserted.Count != axes.Length)
        {
            throw context.Invalid($"the axes {ShapeText.OfTarget(axes)} repeat");
        }
        int source = 0;
        ImmutableArray<int> result = [.. Enumerable.Range(0, rank).Select(i => inserted.Contains(i) ? 1 : dims[source++])];
        if (value is ConstantValue constant)
        {
            return [new ConstantValue(constant.Tensor.Reshape(result))];
        }
        RowValue row = context.Row(0);
        return !row.HasBatch ? [Elements.Reshape(row, result)]
            : result[0] == -1 ? [Elements.Reshape(row, result[1..])]
            : throw OperatorContext.Unsupported($"unsqueezing {row} at axis 0 would move the batch dimension", Refusal.MixesRows);
    }

    /// <summary>Shape: a constant, but for the number of rows.</summary>
    public static ImmutableArray<OnnxValue?> Shape(OperatorContext context)
    {
        ImmutableArray<long> dims = context.Required(0) switch
        {
            ConstantValue { Tensor: var tensor } => [.. tensor.Dims.Select(dim => (long)dim)],
            RowValue { HasBatch: true } row => [ShapeValue.Batch, .. row.Shape.Select(dim => (long)dim)],
            RowValue row => [.. row.Shape.Select(dim => (long)dim)],
            ShapeValue shape => shape.IsScalar ? [] : [shape.Entries.Length],
            _ => throw new InferFException(InferFErrorCode.Internal, "Unknown kind of value."),
        };
        int start = Position(context.Attributes.Integer("start", 0));
        int end = Position(context.Attributes.Integer("end", dims.Length));
        return [OfEntries(dims[start..Math.Max(start, end)], isScalar: false, OnnxType.Int64)];

        int Position(long axis) => (int)Math.Clamp(axis < 0 ? axis + dims.Length : axis, 0, dims.Length);
    }

    /// <summary>Size: the number of elements.</summary>
    public static ImmutableArray<OnnxValue?> Size(OperatorContext context)
    {
        long count = context.Required(0) switch
        {
            ConstantValue { Tensor.Count: var elements } => elements,
            RowValue { HasBatch: false, Width: var width } => width,
            ShapeValue { Entries.Length: var length } => length,
            var value => throw OperatorContext.Unsupported($"the size of {value} counts rows", Refusal.MixesRows),
        };
        return [new ConstantValue(new OnnxTensor(context.Node.Output[0], OnnxType.Int64, [], new[] { count }))];
    }

    /// <summary>ConstantOfShape with the number of rows in the shape: the same row for every row. Of a constant shape it is a constant.</summary>
    public static ImmutableArray<OnnxValue?> ConstantOfShape(OperatorContext context)
    {
        if (context.Required(0) is not ShapeValue { IsScalar: false } shape)
        {
            throw context.Required(0) is ConstantValue
                ? OperatorContext.Unsupported("a constant shape")
                : new UnsupportedNodeException("input 0 decides the shape of the result, so it must be a constant", Refusal.NeedsConstant) { Input = 0 };
        }
        OnnxTensor element = context.Attributes.Tensor("value") is { } proto ? context.Decode(proto) : new OnnxTensor("zero", OnnxType.Float, [1], new float[1]);
        if (element.Count != 1)
        {
            throw context.Invalid($"the value must have one element, found {element.Count}");
        }
        return [RepeatedRow(context, element, MoveOperators.RowTarget(context, [.. shape.Entries], shape.Entries.Length))];
    }

    /// <summary>A constant repeated to a shape of rows.</summary>
    public static RowValue RepeatedRow(OperatorContext context, OnnxTensor tensor, ImmutableArray<int> rowShape)
    {
        context.CheckedWidth(rowShape);
        OnnxTensor row = ConstantArithmetic.Broadcast(tensor.Count == 1 ? tensor.Reshape([]) : tensor, rowShape, context);
        return context.Promote(row) with { HasBatch = context.Layout.HasBatch };
    }

    /// <summary>The entries of a shape or of a constant list of integers, or null.</summary>
    public static (ImmutableArray<long> Entries, bool IsScalar)? Entries(OnnxValue value) => value switch
    {
        ShapeValue shape => (shape.Entries, shape.IsScalar),
        ConstantValue { Tensor: { Data: long[] data, Dims.Length: <= 1 } tensor } when data.Length > 0 => ([.. data], tensor.Dims.IsEmpty),
        _ => null,
    };

    /// <summary>A shape, which is a constant unless the number of rows is in it.</summary>
    public static OnnxValue OfEntries(ImmutableArray<long> entries, bool isScalar, OnnxType type) => entries.Contains(ShapeValue.Batch)
        ? new ShapeValue(entries, isScalar, type)
        : new ConstantValue(new OnnxTensor("shape", type, isScalar ? [] : [entries.Length], entries.ToArray()));

    /// <summary>Chooses between shapes by a constant condition; null if this is about something else.</summary>
    public static OnnxValue? Choose(OnnxValue condition, OnnxValue left, OnnxValue right)
    {
        if ((left is not ShapeValue && right is not ShapeValue)
            || Entries(condition) is not { } c || Entries(left) is not { } l || Entries(right) is not { } r || condition is ShapeValue)
        {
            return null;
        }
        int count = Math.Max(c.Entries.Length, Math.Max(l.Entries.Length, r.Entries.Length));
        if (new[] { c, l, r }.Any(part => part.Entries.Length != count && part.Entries.Length != 1))
        {
            return null;
        }
        ImmutableArray<long> chosen = [.. Enumerable.Range(0, count).Select(i => At(c, i) != 0 ? At(l, i) : At(r, i))];
        return OfEntries(chosen, c.IsScalar && l.IsScalar && r.IsScalar, left.Type);

        static long At((ImmutableArray<long> Entries, bool IsScalar) part, int i) => part.Entries[part.Entries.Length == 1 ? 0 : i];
    }

    // The new shape of a row. The first dimension has to stay the batch dimension.
    private static ImmutableArray<int> RowShape(RowValue row, long[] target, bool allowZero, OperatorContext context)
    {
        if (target.Length == 0)
        {
            throw OperatorContext.Unsupported($"{row} would become a scalar", Refusal.MixesRows);
        }
        if (target.AsSpan(1).Contains(ShapeValue.Batch))
        {
            throw OperatorContext.Unsupported($"the new shape {ShapeText.OfTarget(target)} of {row} moves the batch dimension", Refusal.MixesRows);
        }
        // -1 for the batch dimension keeps rows whole exactly if the other dimensions cover a row; Resolve checks that.
        bool keepsBatch = target[0] is -1 or ShapeValue.Batch || (target[0] == 0 && !allowZero)
            || (target[0] == context.Layout.BatchSize && context.Layout.BatchSize > 0);
        if (!keepsBatch)
        {
            throw OperatorContext.Unsupported($"the new shape {ShapeText.OfTarget(target)} of {row} has a fixed number of rows", Refusal.MixesRows);
        }
        ImmutableArray<int> dims = [-1, .. row.Shape];
        long[] trailing = [.. target[1..].Select((dim, i) => dim == 0 && !allowZero ? SourceDim(dims, i + 1, context) : dim)];
        if ((target[0] == -1 || target[0] > 1) && !trailing.Contains(-1) && OnnxTensor.Product(trailing) != row.Width)
        {
            throw OperatorContext.Unsupported($"the new shape {ShapeText.OfTarget(target)} of {row} would split or merge rows", Refusal.MixesRows);
        }
        return Resolve(trailing, [], row.Width, allowZero: true, context);
    }

    private static long SourceDim(ImmutableArray<int> dims, int position, OperatorContext context) => position < dims.Length
        ? dims[position]
        : throw context.Invalid($"dimension {position} of the new shape is 0 but the value has only {dims.Length} dimensions");

    private static ImmutableArray<int> Resolve(long[] target, ImmutableArray<int> source, int count, bool allowZero, OperatorContext context)
    {
        if (target.Length > ModelLimits.MaxRank)
        {
            throw context.Invalid($"the new shape has {target.Length} dimensions; {ModelLimits.MaxRank} are possible");
        }
        long[] dims = [.. target.Select((dim, i) => dim == 0 && !allowZero ? SourceDim(source, i, context) : dim)];
        int open = Array.IndexOf(dims, -1);
        long known = OnnxTensor.Product(dims.Where(dim => dim != -1));
        if (open >= 0 && known > 0 && count % known == 0)
        {
            dims[open] = count / known;
            known = count;
        }
        return known == count && !dims.Contains(-1)
            ? [.. dims.Select(dim => (int)dim)]
            : throw context.Invalid($"{count} elements do not fit the new shape {ShapeText.OfTarget(target)}");
    }

    private static ImmutableArray<int> Squeezed(OperatorContext context, ImmutableArray<int> dims, IEnumerable<int>? axes)
    {
        int[] removed = axes is null ? [.. Enumerable.Range(0, dims.Length).Where(i => dims[i] == 1)] : [.. axes];
        return removed.All(i => dims[i] == 1)
            ? [.. dims.Where((_, i) => !removed.Contains(i))]
            : throw context.Invalid("a squeezed dimension is not 1");
    }
}
