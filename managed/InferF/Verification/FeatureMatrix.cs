using Apache.Arrow;
using InferF.Plan.Model;
using InferF.Plan.Query;
using Array = System.Array;

namespace InferF.Verification;

/// <summary>Turns Arrow columns into the row-major matrix a model input takes, with the policy for missing values applied.</summary>
internal sealed class FeatureMatrix
{
    private readonly ModelInput _input;
    private readonly NullHandling _nulls;
    private readonly int _rows;

    private FeatureMatrix(ModelInput input, NullHandling nulls, int rows) => (_input, _nulls, _rows) = (input, nulls, rows);

    /// <summary>Builds the matrix (rows × input width) from the columns of its features, in order.</summary>
    /// <param name="input">The model input.</param>
    /// <param name="features">Width of every column.</param>
    /// <param name="columns">Float, double, int64 or text arrays, or lists of the first three.</param>
    /// <param name="nulls">The user's policy.</param>
    /// <param name="rows">Number of rows.</param>
    /// <exception cref="InferFException">A NULL under <see cref="NullMode.Error"/>, or a list of another length.</exception>
    public static Array Build(ModelInput input, IReadOnlyList<Feature> features, IReadOnlyList<IArrowArray> columns, NullHandling nulls, int rows)
    {
        NullHandling handling = input.MapName is not null ? new NullHandling(NullMode.Constant) : input.TakesMissing ? new NullHandling(NullMode.Nan) : nulls;
        FeatureMatrix builder = new(input, handling, rows);
        return input.Type switch
        {
            ElementType.Float32 => builder.Fill(features, columns, float.NaN, (float)handling.Constant),
            ElementType.Float64 => builder.Fill(features, columns, double.NaN, handling.Constant),
            ElementType.Int64 => builder.Fill(features, columns, null, (long)handling.Constant),
            _ => builder.FillText(columns),
        };
    }

    private T[] Fill<T>(IReadOnlyList<Feature> features, IReadOnlyList<IArrowArray> columns, T? nan, T constant)
        where T : struct, IEquatable<T>
    {
        T[] matrix = new T[_rows * _input.Width];
        T? substitute = _nulls.Mode switch
        {
            NullMode.Nan => nan,
            NullMode.Constant => constant,
            _ => null,
        };
        int at = 0;
        for (int c = 0; c < columns.Count; c++)
        {
            int width = features[c].Width;
            (PrimitiveArray<T> values, Func<int, int> start) = Elements<T>(columns[c], width);
            ReadOnlySpan<T> span = values.Values;
            bool anyNull = values.NullCount > 0;
            for (int row = 0; row < _rows; row++)
            {
                bool missing = columns[c].IsNull(row);
                int from = missing ? 0 : start(row);
                for (int j = 0; j < width; j++)
                {
                    bool isNull = missing || (anyNull && values.IsNull(from + j));
                    matrix[row * _input.Width + at + j] = isNull ? substitute ?? throw NullInput() : span[from + j];
                }
            }
            at += width;
        }
        return matrix;
    }

    private static (PrimitiveArray<T> Values, Func<int, int> Start) Elements<T>(IArrowArray column, int width)
        where T : struct, IEquatable<T>
    {
        switch (column)
        {
            case FixedSizeListArray list:
                return ((PrimitiveArray<T>)list.Values, row => (list.Offset + row) * width);
            case ListArray list:
                return ((PrimitiveArray<T>)list.Values, row => list.GetValueLength(row) == width
                    ? list.ValueOffsets[row]
                    : throw new InferFException(InferFErrorCode.InvalidData, $"A list has another length. Row {row}: {list.GetValueLength(row)} elements, expected {width}."));
            default:
                return ((PrimitiveArray<T>)column, row => row);
        }
    }

    private string[] FillText(IReadOnlyList<IArrowArray> columns)
    {
        string[] matrix = new string[_rows * _input.Width];
        for (int c = 0; c < columns.Count; c++)
        {
            StringArray values = (StringArray)columns[c];
            for (int row = 0; row < _rows; row++)
            {
                matrix[row * _input.Width + c] = values.GetString(row) ?? throw NullInput();
            }
        }
        return matrix;
    }

    private InferFException NullInput() =>
        new(InferFErrorCode.NullInput, $"NULL reached a model input that cannot take it. Input '{_input.Name}'.");
}
