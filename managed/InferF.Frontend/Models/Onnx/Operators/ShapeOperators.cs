using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>
/// Operators that rearrange without computing. A row's elements stay in order, so that a new shape of the same row costs nothing; whatever
/// would move elements between rows is unsupported.
/// </summary>
internal static class ShapeOperators
{
    public static ImmutableArray<OnnxValue?> Concat(OperatorContext context)
    {
        if (context.InputCount == 0 || !context.Attributes.Has("axis"))
        {
            throw context.Invalid("inputs and the attribute 'axis' are expected");
        }
        long axis = context.Attributes.Integer("axis", 0);
        return context.Required(0) is ConstantValue && Enumerable.Range(0, context.InputCount).All(i => context.Optional(i) is ConstantValue)
            ? [ConcatConstants(context, axis)]
            : [ConcatRows(context, axis)];
    }

    public static ImmutableArray<OnnxValue?> Flatten(OperatorContext context)
    {
        OnnxValue value = context.Required(0);
        int rank = value is RowValue row ? row.Rank : ((ConstantValue)value).Tensor.Dims.Length;
        long axis = context.Attributes.Integer("axis", 1);
        if (axis < -rank || axis > rank)
        {
            throw context.Invalid($"axis {axis} is outside of [-{rank}, {rank}]");
        }
        int start = (int)(axis < 0 ? axis + rank : axis);
        if (value is ConstantValue { Tensor: { } tensor })
        {
            int outer = tensor.Dims[..start].Aggregate(1, (product, dim) => product * dim);
            int inner = tensor.Dims[start..].Aggregate(1, (product, dim) => product * dim);
            return [new ConstantValue(tensor.Reshape([outer, inner]))];
        }
        var rows = (RowValue)value;
        bool keepsRows = start > 0
            ? rows.Shape[..(start - 1)].All(dim => dim == 1)
            : context.FixedBatch;
        return keepsRows
            ? [rows with { Shape = [rows.Width] }]
            : throw OperatorContext.Unsupported($"flattening {rows} at axis {axis} would split or merge rows");
    }

    public static ImmutableArray<OnnxValue?> Reshape(OperatorContext context)
    {
        OnnxValue value = context.Required(0);
        long[] target = context.ConstantIntegers(1);
        bool allowZero = context.Attributes.Integer("allowzero", 0) != 0;
        if (target.Any(dim => dim is < -1 or > int.MaxValue) || target.Count(dim => dim == -1) > 1)
        {
            throw context.Invalid($"the new shape {Spell(target)} has a dimension below -1 or several of -1");
        }
        if (value is ConstantValue { Tensor: { } tensor })
        {
            return [new ConstantValue(tensor.Reshape(Resolve(target, [.. tensor.Dims.Select(d => (long)d)], tensor.Count, allowZero, context)))];
        }
        var row = (RowValue)value;
        if (target.Length == 0)
        {
            throw OperatorContext.Unsupported($"{row} would become a scalar");
        }
        // -1 for the batch dimension keeps rows whole exactly if the other dimensions cover a row; Resolve checks that.
        bool keepsBatch = target[0] == -1 || (target[0] == 0 && !allowZero) || (target[0] == 1 && context.FixedBatch);
        if (!keepsBatch)
        {
            throw OperatorContext.Unsupported($"the new shape {Spell(target)} of {row} has a fixed number of rows");
        }
        long[] dims = [-1, .. row.Shape.Select(d => (long)d)];
        long[] trailing = [.. target[1..].Select((dim, i) => dim == 0 && !allowZero ? SourceDim(dims, i + 1, context) : dim)];
        if (target[0] == -1 && OnnxTensor.Product(trailing) != row.Width)
        {
            throw OperatorContext.Unsupported($"the new shape {Spell(target)} of {row} would split or merge rows");
        }
        return [row with { Shape = Resolve(trailing, [], row.Width, allowZero: true, context) }];
    }

    public static ImmutableArray<OnnxValue?> Squeeze(OperatorContext context)
    {
        OnnxValue value = context.Required(0);
        long[]? axes = Axes(context);
        if (value is ConstantValue { Tensor: { } tensor })
        {
            int[] removed = axes is null
                ? [.. Enumerable.Range(0, tensor.Dims.Length).Where(i => tensor.Dims[i] == 1)]
                : [.. axes.Select(axis => context.Axis(axis, tensor.Dims.Length))];
            RequireOnes(removed.Select(i => tensor.Dims[i]), context);
            return [new ConstantValue(tensor.Reshape([.. tensor.Dims.Where((_, i) => !removed.Contains(i))]))];
        }
        var row = (RowValue)value;
        int[] positions = axes is null
            ? [.. Enumerable.Range(1, row.Shape.Length).Where(i => row.Shape[i - 1] == 1)]
            : [.. axes.Select(axis => context.Axis(axis, row.Rank))];
        if (positions.Contains(0) || (axes is null && context.FixedBatch))
        {
            throw OperatorContext.Unsupported($"squeezing {row} would remove the batch dimension");
        }
        RequireOnes(positions.Select(i => row.Shape[i - 1]), context);
        return [row with { Shape = [.. row.Shape.Where((_, i) => !positions.Contains(i + 1))] }];
    }

    public static ImmutableArray<OnnxValue?> Unsqueeze(OperatorContext context)
    {
        OnnxValue value = context.Required(0);
        long[] axes = Axes(context) ?? throw context.Invalid("axes are missing");
        ImmutableArray<int> dims = value is RowValue { Shape: var shape } ? [-1, .. shape] : ((ConstantValue)value).Tensor.Dims;
        int rank = dims.Length + axes.Length;
        if (rank > ModelLimits.MaxRank)
        {
            throw context.Invalid($"the result would have {rank} dimensions; {ModelLimits.MaxRank} are possible");
        }
        HashSet<int> inserted = [.. axes.Select(axis => context.Axis(axis, rank))];
        if (inserted.Count != axes.Length)
        {
            throw context.Invalid($"the axes {Spell(axes)} repeat");
        }
        int source = 0;
        ImmutableArray<int> result = [.. Enumerable.Range(0, rank).Select(i => inserted.Contains(i) ? 1 : dims[source++])];
        if (value is ConstantValue { Tensor: { } tensor })
        {
            return [new ConstantValue(tensor.Reshape(result))];
        }
        return result[0] == -1
            ? [(RowValue)value with { Shape = result[1..] }]
            : throw OperatorContext.Unsupported($"unsqueezing {value} at axis 0 would move the batch dimension");
    }

    // Since opset 13 the axes are an input, before they were an attribute.
    private static long[]? Axes(OperatorContext context)
    {
        if (context.Opset >= 13)
        {
            return context.Optional(1) is null ? null : context.ConstantIntegers(1);
        }
        return context.Attributes.Has("axes") ? context.Attributes.Integers("axes") : null;
    }

    private static void RequireOnes(IEnumerable<int> dims, OperatorContext context)
    {
        if (dims.Any(dim => dim != 1))
        {
            throw context.Invalid("a squeezed dimension is not 1");
        }
    }

    private static long SourceDim(long[] dims, int position, OperatorContext context) => position < dims.Length
        ? dims[position]
        : throw context.Invalid($"dimension {position} of the new shape is 0 but the value has only {dims.Length} dimensions");

    private static ImmutableArray<int> Resolve(long[] target, long[] source, int count, bool allowZero, OperatorContext context)
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
            : throw context.Invalid($"{count} elements do not fit the new shape {Spell(target)}");
    }

    private static RowValue ConcatRows(OperatorContext context, long axis)
    {
        RowValue first = context.Row(0);
        int position = context.Axis(axis, first.Rank);
        if (position == 0)
        {
            throw OperatorContext.Unsupported("concatenation along axis 0 would append rows");
        }
        RowValue[] parts = [.. Enumerable.Range(0, context.InputCount).Select(context.Row)];
        long along = 0;
        foreach (RowValue part in parts)
        {
            if (part.Type != first.Type || part.Rank != first.Rank
                || part.Shape.Where((dim, i) => i + 1 != position && dim != first.Shape[i]).Any())
            {
                throw context.Invalid($"{part} does not fit {first} along axis {axis}");
            }
            along += part.Shape[position - 1];
        }
        if (parts.Length > 1 && first.Shape[..(position - 1)].Any(dim => dim != 1))
        {
            throw OperatorContext.Unsupported($"concatenation of {first} along axis {axis} would interleave the parts");
        }
        context.CheckedWidth(parts.Sum(part => (long)part.Width));
        TensorExpr expression = parts.Length == 1
            ? first.Expression
            : new ConcatExpr([.. parts.Select(part => part.Expression)]) { Origin = context.Origin };
        return new RowValue(expression, first.Shape.SetItem(position - 1, (int)along), first.Type);
    }

    // Constants are concatenated to build shapes; one dimension is all that needs.
    private static ConstantValue ConcatConstants(OperatorContext context, long axis)
    {
        OnnxTensor[] parts = [.. Enumerable.Range(0, context.InputCount).Select(context.Constant)];
        if (parts.Any(part => part.Dims.Length != 1 || part.Type != parts[0].Type))
        {
            throw OperatorContext.Unsupported("concatenation of constants that are no vectors of one type");
        }
        context.Axis(axis, 1);
        long count = parts.Sum(part => (long)part.Count);
        context.Charge(count > int.MaxValue ? -1 : count, parts[0].Type);
        Array data = Array.CreateInstanceFromArrayType(parts[0].Data.GetType(), (int)count);
        int offset = 0;
        foreach (OnnxTensor part in parts)
        {
            part.Data.CopyTo(data, offset);
            offset += part.Count;
        }
        return new ConstantValue(new OnnxTensor(parts[0].Name, parts[0].Type, [(int)count], data));
    }

    private static string Spell(long[] dims) => $"[{string.Join(", ", dims)}]";
}
