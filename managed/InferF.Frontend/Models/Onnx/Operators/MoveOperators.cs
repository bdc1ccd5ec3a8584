using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Operators that move, repeat or leave out elements of rows.</summary>
internal static class MoveOperators
{
    public static ImmutableArray<OnnxValue?> Transpose(OperatorContext context)
    {
        if (context.Required(0) is TransposedRows { Rows: var rows } && (!context.Attributes.Has("perm") || context.Attributes.Integers("perm") is [1, 0]))
        {
            return [rows];
        }
        RowValue value = context.Row(0);
        long[] permutation = context.Attributes.Has("perm")
            ? context.Attributes.Integers("perm")
            : [.. Enumerable.Range(0, value.Rank).Reverse().Select(axis => (long)axis)];
        if (permutation.Length != value.Rank || !permutation.Order().SequenceEqual(Enumerable.Range(0, value.Rank).Select(axis => (long)axis)))
        {
            throw context.Invalid($"{ShapeText.OfTarget(permutation)} is no permutation of {value.Rank} axes");
        }
        if (value.HasBatch && permutation[0] != 0)
        {
            throw OperatorContext.Unsupported($"a transposition of {value} would move the batch dimension", Refusal.MixesRows);
        }
        return [Elements.Transpose(context, value, [.. permutation.Skip(value.BatchRank).Select(axis => (int)axis - value.BatchRank)])];
    }

    /// <summary>Slice: before opset 10 by attributes, then by inputs, which have to be constants.</summary>
    public static ImmutableArray<OnnxValue?> Slice(OperatorContext context)
    {
        bool areAttributes = context.Opset < 10;
        long[] starts = areAttributes ? context.Attributes.Integers("starts") : context.ConstantIntegers(1);
        long[] ends = areAttributes ? context.Attributes.Integers("ends") : context.ConstantIntegers(2);
        long[] axes = areAttributes
            ? (context.Attributes.Has("axes") ? context.Attributes.Integers("axes") : FirstAxes())
            : context.Optional(3) is null ? FirstAxes() : context.ConstantIntegers(3);
        long[] steps = areAttributes || context.Optional(4) is null ? [.. starts.Select(_ => 1L)] : context.ConstantIntegers(4);
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length || steps.Contains(0))
        {
            throw context.Invalid("starts, ends, axes and steps must have one length, and no step may be 0");
        }
        if (context.Required(0) is ShapeValue shape)
        {
            return starts.Length == 1 && !shape.IsScalar && context.Axis(axes[0], 1) == 0
                ? [ShapeOperators.OfEntries([.. Range(starts[0], ends[0], steps[0], shape.Entries.Length).Select(i => shape.Entries[i])], false, shape.Type)]
                : throw context.Invalid("a list of dimensions has one axis");
        }
        RowValue value = context.Row(0);
        int[] strides = Elements.Strides(value.Shape);
        int[] dims = [.. value.Shape];
        long[] steppedStrides = [.. strides.Select(stride => (long)stride)];
        long offset = 0;
        for (int i = 0; i < starts.Length; i++)
        {
            if (value.HasBatch && context.Axis(axes[i], value.Rank) == 0)
            {
                // All rows in their order: what exporters write for "this axis stays".
                if (starts[i] == 0 && steps[i] == 1 && ends[i] >= int.MaxValue)
                {
                    continue;
                }
                throw OperatorContext.Unsupported($"a slice of {value} along the batch dimension would leave out rows", Refusal.MixesRows);
            }
            int axis = context.RowAxis(axes[i], value);
            (int start, int count) = Bounds(starts[i], ends[i], steps[i], value.Shape[axis]);
            dims[axis] = count;
            offset += (long)start * strides[axis];
            steppedStrides[axis] = steps[i] * strides[axis];
        }
        ImmutableArray<int> result = [.. dims];
        return [Elements.Select(context, value, Elements.Positions(context, result, [.. steppedStrides], offset), result)];

        long[] FirstAxes() => [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)];
    }

    /// <summary>Split into parts of given or equal sizes.</summary>
    public static ImmutableArray<OnnxValue?> Split(OperatorContext context)
    {
        RowValue value = context.Row(0);
        int axis = context.RowAxis(context.Attributes.Integer("axis", 0), value);
        int length = value.Shape[axis];
        long[]? sizes = context.Opset < 13
            ? (context.Attributes.Has("split") ? context.Attributes.Integers("split") : null)
            : context.Optional(1) is null ? null : context.ConstantIntegers(1);
        if (sizes is null)
        {
            long parts = context.Attributes.Integer("num_outputs", context.Node.Output.Count);
            if (parts < 1 || parts > ModelLimits.MaxWidth)
            {
                throw context.Invalid($"{parts} parts are asked for");
            }
            // The last part is the smaller one.
            long size = (length + parts - 1) / parts;
            sizes = [.. Enumerable.Range(0, (int)parts).Select(i => Math.Clamp(length - (i * size), 0, size))];
        }
        if (sizes.Any(size => size < 0) || sizes.Sum() != length || sizes.Length < context.Node.Output.Count)
        {
            throw context.Invalid($"parts of {ShapeText.OfTarget(sizes)} elements do not fit {value} along axis {axis + value.BatchRank} or the number of outputs");
        }
        int[] strides = Elements.Strides(value.Shape);
        ImmutableArray<OnnxValue?>.Builder results = ImmutableArray.CreateBuilder<OnnxValue?>(sizes.Length);
        long start = 0;
        foreach (long size in sizes)
        {
            ImmutableArray<int> shape = value.Shape.SetItem(axis, (int)size);
            results.Add(size == 0
                ? Empty(context, value, shape)
                : Elements.Select(context, value, Elements.Positions(context, shape, [.. strides.Select(stride => (long)stride)], start * strides[axis]), shape));
            start += size;
        }
        return results.MoveToImmutable();
    }

    /// <summary>Expand to the common shape with a given one.</summary>
    public static ImmutableArray<OnnxValue?> Expand(OperatorContext context)
    {
        long[] target = context.ShapeInput(1);
        if (context.Required(0) is ConstantValue { Tensor: var tensor } && context.Layout.HasBatch)
        {
            if (!target.Contains(ShapeValue.Batch))
            {
                throw OperatorContext.Unsupported("a constant");
            }
            ImmutableArray<int> rowShape = RowTarget(context, target, Math.Max(target.Length, tensor.Dims.Length));
            OnnxTensor row = Arithmetic.PerRow(context, tensor, target.Length);
            return [ShapeOperators.RepeatedRow(context, row, ConstantArithmetic.CommonShape(row.Dims, rowShape, context))];
        }
        RowValue value = context.Row(0);
        ImmutableArray<int> shape = RowTarget(context, target, value.Rank);
        return [Elements.Broadcast(context, value, ConstantArithmetic.CommonShape(value.Shape, shape, context))];
    }

    public static ImmutableArray<OnnxValue?> Tile(OperatorContext context)
    {
        if (context.Opset < 6)
        {
            throw OperatorContext.Unsupported("the form of operator sets before 6");
        }
        RowValue value = context.Row(0);
        long[] repeats = context.ConstantIntegers(1);
        if (repeats.Length != value.Rank || repeats.Any(count => count is < 0 or > ModelLimits.MaxWidth))
        {
            throw context.Invalid($"{ShapeText.OfTarget(repeats)} is no number of repeats for each axis of {value}");
        }
        if (value.HasBatch && repeats[0] != 1)
        {
            throw OperatorContext.Unsupported("rows would be repeated", Refusal.MixesRows);
        }
        // Each axis becomes two: the repeats, with stride 0, and the original.
        repeats = repeats[value.BatchRank..];
        int[] strides = Elements.Strides(value.Shape);
        context.CheckedWidth(OnnxTensor.Product(repeats.Select((count, i) => count * value.Shape[i])));
        ImmutableArray<int> walk = [.. repeats.SelectMany((count, i) => new[] { (int)count, value.Shape[i] })];
        long[] positions = Elements.Positions(context, walk, [.. strides.SelectMany(stride => new[] { 0L, stride })]);
        return [Elements.Select(context, value, positions, [.. repeats.Select((count, i) => (int)count * value.Shape[i])])];
    }

    /// <summary>Concat along any axis of a row.</summary>
    public static ImmutableArray<OnnxValue?> Concat(OperatorContext context)
    {
        if (context.InputCount == 0 || (!context.Attributes.Has("axis") && context.Opset >= 4))
        {
            throw context.Invalid("inputs and the attribute 'axis' are expected");
        }
        long axis = context.Attributes.Integer("axis", 1);
        OnnxValue[] inputs = [.. Enumerable.Range(0, context.InputCount).Select(context.Required)];
        if (inputs.Any(input => input is ShapeValue))
        {
            return [ConcatShapes(context, inputs)];
        }
        // A constant without elements adds nothing.
        ImmutableArray<RowValue> parts = [.. inputs.Where(input => input is not ConstantValue { Tensor.Count: 0 }).Select(input => AsPart(context, input))];
        if (parts.IsEmpty)
        {
            throw OperatorContext.Unsupported("only constants");
        }
        RowValue first = parts[0];
        int position = context.RowAxis(axis, first);
        long along = 0;
        foreach (RowValue part in parts)
        {
            if (part.Type != first.Type || part.Rank != first.Rank || part.Shape.Where((dim, i) => i != position && dim != first.Shape[i]).Any())
            {
                throw context.Invalid($"{part} does not fit {first} along axis {axis}");
            }
            along += part.Shape[position];
        }
        context.CheckedWidth(parts.Sum(part => (long)part.Width));
        ImmutableArray<int> shape = first.Shape.SetItem(position, (int)along);
        if (parts.Length == 1)
        {
            return [first];
        }
        TensorExpr joined = new ConcatExpr([.. parts.Select(part => part.Expression)]) { Origin = context.Origin };
        return [first with { Expression = Interleave(context, joined, parts, position), Shape = shape }];
    }

    /// <summary>The row's part of a shape that is asked for. Its batch dimension, if it has one, must be left as it is.</summary>
    /// <param name="context">The node.</param>
    /// <param name="target">The shape.</param>
    /// <param name="rank">Rank of the value that gets it; a target of lower rank has no batch dimension.</param>
    public static ImmutableArray<int> RowTarget(OperatorContext context, long[] target, int rank)
    {
        if (context.Layout.HasBatch)
        {
            if (target.Length > rank)
            {
                throw OperatorContext.Unsupported($"the shape {ShapeText.OfTarget(target)} moves the batch dimension", Refusal.MixesRows);
            }
            if (target.Length == rank)
            {
                bool keepsBatch = target[0] is ShapeValue.Batch or 1 || (target[0] == context.Layout.BatchSize && context.Layout.BatchSize > 0);
                target = keepsBatch ? target[1..] : throw OperatorContext.Unsupported($"the shape {ShapeText.OfTarget(target)} has a fixed number of rows", Refusal.MixesRows);
            }
        }
        return target.All(dim => dim is >= 0 and <= ModelLimits.MaxWidth)
            ? [.. target.Select(dim => (int)dim)]
            : throw OperatorContext.Unsupported($"the shape {ShapeText.OfTarget(target)}", target.Contains(ShapeValue.Batch) ? Refusal.MixesRows : Refusal.NoRule);
    }

    /// <summary>The positions of a slice of a list.</summary>
    public static IEnumerable<int> Range(long start, long end, long step, int length)
    {
        (int first, int count) = Bounds(start, end, step, length);
        return Enumerable.Range(0, count).Select(i => (int)(first + (i * step)));
    }

    // Start and number of elements of a slice, by the specification's clamping.
    private static (int Start, int Count) Bounds(long start, long end, long step, int length)
    {
        Int128 first = Clamp(start, 0, step > 0 ? length : length - 1);
        Int128 last = Clamp(end, step > 0 ? 0 : -1, step > 0 ? length : length - 1);
        Int128 count = step > 0 ? (last - first + step - 1) / step : (first - last - step - 1) / -(Int128)step;
        return ((int)first, (int)Int128.Max(count, 0));

        Int128 Clamp(Int128 position, int low, int high) => Int128.Clamp(position < 0 ? position + length : position, low, Math.Max(low, high));
    }

    private static ConstantValue Empty(OperatorContext context, RowValue value, ImmutableArray<int> shape) => value.HasBatch
        ? throw OperatorContext.Unsupported("a part without elements")
        : new ConstantValue(OnnxTensor.Empty(context.ParameterName("empty"), value.Type, shape));

    private static RowValue AsPart(OperatorContext context, OnnxValue input)
    {
        if (input is RowValue row)
        {
            return row;
        }
        OnnxTensor tensor = ((ConstantValue)input).Tensor;
        if (!context.Layout.HasBatch)
        {
            return context.Promote(tensor);
        }
        // One constant row, where the file scores one row.
        return context.FixedBatch && tensor.Dims is [1, ..]
            ? context.Promote(tensor.Reshape(tensor.Dims[1..])) with { HasBatch = true }
            : throw OperatorContext.Unsupported($"a constant of shape {ShapeText.Of(tensor.Dims)} has a fixed number of rows", Refusal.MixesRows);
    }

    private static OnnxValue ConcatShapes(OperatorContext context, OnnxValue[] inputs)
    {
        ImmutableArray<long>.Builder entries = ImmutableArray.CreateBuilder<long>();
        foreach (OnnxValue input in inputs)
        {
            if (input is ConstantValue { Tensor.Count: 0 })
            {
                continue;
            }
            entries.AddRange(ShapeOperators.Entries(input) is { IsScalar: false } list
                ? list.Entries
                : throw OperatorContext.Unsupported("the number of rows becomes an element of a tensor", Refusal.MixesRows));
        }
        return ShapeOperators.OfEntries(entries.ToImmutable(), isScalar: false, inputs[0].Type);
    }

    // Parts joined end to end, read so that they alternate along an axis that is not the first.
    private static TensorExpr Interleave(OperatorContext context, TensorExpr joined, ImmutableArray<RowValue> parts, int axis)
    {
        int outer = parts[0].Shape[..axis].Aggregate(1, (product, dim) => product * dim);
        if (outer == 1)
        {
            return joined;
        }
        context.Charge(joined.Width, OnnxType.Int64);
        long[] positions = new long[joined.Width];
        int next = 0;
        for (int i = 0; i < outer; i++)
        {
            long start = 0;
            foreach (RowValue part in parts)
            {
                int run = part.Width / outer;
                for (int j = 0; j < run; j++)
                {
                    positions[next++] = start + ((long)i * run) + j;
                }
                start += part.Width;
            }
        }
        return Elements.Select(context, joined, positions);
    }
}
