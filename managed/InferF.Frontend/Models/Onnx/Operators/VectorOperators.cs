using System.Collections.Immutable;
using System.Globalization;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>The operators of ai.onnx.ml that put features together and take them apart.</summary>
internal static class VectorOperators
{
    /// <summary>All inputs side by side as float, each cut or filled with zeros to the width that the attribute gives.</summary>
    public static ImmutableArray<OnnxValue?> FeatureVectorizer(OperatorContext context)
    {
        long[] widths = context.Attributes.Integers("inputdimensions");
        if (widths.Length != context.InputCount || widths.Any(width => width < 0))
        {
            throw context.Invalid($"inputdimensions must have {context.InputCount} elements from 0 on, found [{string.Join(", ", widths.Take(10))}]");
        }
        int total = context.CheckedWidth(widths.Aggregate(0L, (sum, width) => sum + Math.Min(width, ModelLimits.MaxWidth + 1L)));
        List<TensorExpr> parts = [];
        for (int i = 0; i < widths.Length; i++)
        {
            RowValue value = FeatureOperators.NumericValue(context, i);
            if (value.Shape.IsEmpty)
            {
                throw OperatorContext.Unsupported($"features of shape {value}; shape [N, k] is expected");
            }
            TensorExpr part = FeatureOperators.AsFloat(value, context).Expression;
            int width = (int)widths[i];
            if (width == 0)
            {
                continue;
            }
            parts.Add(width < part.Width ? new SliceExpr(part, 0, width) { Origin = context.Origin } : part);
            if (width > part.Width)
            {
                int missing = width - part.Width;
                parts.Add(new ConstantExpr(ConstantTensor.Create(context.ParameterName("zeros"), 1, missing, new float[missing])) { Origin = context.Origin });
            }
        }
        TensorExpr all = parts.Count == 1 ? parts[0] : new ConcatExpr([.. parts]) { Origin = context.Origin };
        return [new RowValue(all, [total], OnnxType.Float)];
    }

    /// <summary>1 where a number exceeds the threshold, otherwise 0, in the number's type.</summary>
    public static ImmutableArray<OnnxValue?> Binarizer(OperatorContext context)
    {
        RowValue value = FeatureOperators.NumericValue(context, 0);
        float threshold = context.Attributes.Float("threshold", 0);
        TensorExpr argument = value.Expression;
        if (value.Type.Element == ElementType.Int64)
        {
            argument = FeatureOperators.AsFloat(value, context).Expression;
        }
        ConstantTensor constant = argument.Type == ElementType.Float64
            ? ConstantTensor.Create(context.ParameterName("threshold"), 1, 1, new[] { (double)threshold })
            : ConstantTensor.Create(context.ParameterName("threshold"), 1, 1, new[] { threshold });
        TensorExpr exceeds = new ConstantBinaryExpr(BinaryFunction.Greater, argument, constant) { Origin = context.Origin };
        TensorExpr result = value.Type.Element == ElementType.Int64 ? exceeds : new CastExpr(exceeds, value.Type.Element) { Origin = context.Origin };
        return [value with { Expression = result }];
    }

    /// <summary>Columns of rows at constant positions, or elements of a constant list at positions that vary by row.</summary>
    public static ImmutableArray<OnnxValue?> ArrayFeatureExtractor(OperatorContext context)
    {
        switch (context.Required(0), context.Required(1))
        {
            case (RowValue { Shape: [.., var length] } row, ConstantValue { Tensor: var positions }) when positions.Type.IsInteger:
                if (positions.Count == 0 || positions.Integers.Any(position => position < 0 || position >= length))
                {
                    throw context.Invalid($"positions must lie in [0, {length - 1}], found {ShapeText.OfTarget(positions.Integers.Take(10))}");
                }
                int outer = row.Width / length;
                context.CheckedWidth((long)outer * positions.Count);
                long[] selected = [.. Enumerable.Range(0, outer).SelectMany(i => positions.Integers.Select(position => ((long)i * length) + position))];
                return [Elements.Select(context, row, selected, [.. row.Shape[..^1], positions.Count])];
            case (ConstantValue { Tensor: var table }, RowValue ids) when ids.Type == OnnxType.Int64 && table.Count > 0 && table.Count == table.Dims[^1]:
                // [1, N * k]: rows one after the other.
                var found = new EmbeddingExpr(ids.Expression, context.Shared(table, table.Count, 1)) { Origin = context.Origin };
                return [new FlattenedRows(new RowValue(found, [ids.Width], table.Type))];
            case (var values, var positions):
                throw OperatorContext.Unsupported($"elements of {values} at {positions}");
        }
    }

    /// <summary>A map's values at the words of the vocabulary, 0 for a word that is not there.</summary>
    public static ImmutableArray<OnnxValue?> DictVectorizer(OperatorContext context)
    {
        if (context.Required(0) is not MapValue map)
        {
            throw context.Invalid($"a map is expected, found {context.Required(0)}");
        }
        string[] words = MapInput.Vocabulary(context.Node);
        if (words.Length == 0)
        {
            throw context.Invalid("either string_vocabulary or int64_vocabulary is expected");
        }
        TensorExpr[] values = [.. words.Select(word => map.Words[word].Expression)];
        TensorExpr all = values.Length == 1 ? values[0] : new ConcatExpr([.. values]) { Origin = context.Origin };
        return [new RowValue(all, [words.Length], map.Type)];
    }

    /// <summary>A score per class, which become columns of their own.</summary>
    public static ImmutableArray<OnnxValue?> ZipMap(OperatorContext context)
    {
        RowValue scores = context.Row(0);
        string[] texts = context.Attributes.Texts("classlabels_strings");
        long[] integers = context.Attributes.Integers("classlabels_int64s");
        if (texts.Length == 0 == (integers.Length == 0))
        {
            throw context.Invalid("either classlabels_strings or classlabels_int64s is expected");
        }
        ImmutableArray<string> names = texts.Length > 0 ? [.. texts] : [.. integers.Select(label => label.ToString(CultureInfo.InvariantCulture))];
        if (scores.Type != OnnxType.Float || scores.Shape.Length != 1 || scores.Width != names.Length)
        {
            throw context.Invalid($"{names.Length} classes need as many scores of type float, found {scores}");
        }
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Length)
        {
            throw context.Invalid("a class is listed twice");
        }
        return [new ZippedRows(scores, names)];
    }
}
