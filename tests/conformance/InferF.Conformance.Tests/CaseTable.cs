using System.Collections.Immutable;
using Apache.Arrow;
using Apache.Arrow.Types;
using InferF.Plan.Model;
using InferF.Testing;
using Array = System.Array;

namespace InferF.Conformance.Tests;

/// <summary>The recorded inputs of a case as a table: a row per row of the model, a column per input, an array where an input has several elements.</summary>
internal static class CaseTable
{
    /// <summary>The column with the number of the row, by which results are put back in order.</summary>
    public const string RowColumn = "inferf_row";

    /// <summary>The rows.</summary>
    public static RecordBatch Of(OnnxNodeCase test)
    {
        List<Field> fields = [new Field(RowColumn, Int64Type.Default, nullable: false)];
        List<IArrowArray> columns = [Integers(Enumerable.Range(0, test.Rows).Select(row => (long)row))];
        for (int i = 0; i < test.Graph!.Inputs.Length; i++)
        {
            ModelInput input = test.Graph.Inputs[i];
            Array data = test.Input(input.Name).Data;
            if (!IsArray(input))
            {
                for (int j = 0; j < input.Width; j++)
                {
                    int[] elements = [.. Enumerable.Range(0, test.Rows).Select(row => (row * input.Width) + j)];
                    Add(ColumnOf(i, j), data is string[] texts ? Texts(elements.Select(e => texts[e])) : Integers(elements.Select(e => ((long[])data)[e])));
                }
                continue;
            }
            IArrowArray values = data is float[] floats
                ? new FloatArray.Builder().AppendRange(floats).Build()
                : new DoubleArray.Builder().AppendRange((double[])data).Build();
            Add(ColumnOf(i), input.Width == 1 ? values : Lists(values, input.Width, test.Rows));
        }
        return new RecordBatch(new Schema(fields, null), columns, test.Rows);

        void Add(string name, IArrowArray column)
        {
            fields.Add(new Field(name, column.Data.DataType, nullable: true));
            columns.Add(column);
        }
    }

    /// <summary>The query that scores the table.</summary>
    public static string Query(OnnxNodeCase test)
    {
        IEnumerable<string> arguments = test.Graph!.Inputs.Select((input, i) =>
        {
            string value = !IsArray(input)
                ? $"[{string.Join(", ", Enumerable.Range(0, input.Width).Select(j => ColumnOf(i, j)))}]"
                : input.Width == 1 ? $"[{ColumnOf(i)}]" : ColumnOf(i);
            return $", \"{input.Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\" := {value}";
        });
        return $"SELECT {RowColumn}, predict('m'{string.Concat(arguments)}) AS p FROM t";
    }

    /// <summary>The elements of all outputs, in order of rows.</summary>
    public static ImmutableArray<Array> Results(OnnxNodeCase test, IReadOnlyList<RecordBatch> batches)
    {
        ImmutableArray<ModelOutput> outputs = test.Graph!.Outputs;
        Array[] results = [.. outputs.Select(output => Empty(output.Expression.Type, output.Expression.Width * test.Rows))];
        foreach (RecordBatch batch in batches)
        {
            Int64Array rows = (Int64Array)batch.Column(0);
            IArrowArray prediction = batch.Column(1);
            for (int i = 0; i < outputs.Length; i++)
            {
                IArrowArray column = outputs.Length == 1 ? prediction : ((StructArray)prediction).Fields[i];
                for (int row = 0; row < batch.Length; row++)
                {
                    Copy(column, row, results[i], (int)rows.GetValue(row)!.Value, outputs[i].Expression.Width);
                }
            }
        }
        return [.. results];
    }

    // Queries take arrays of floats; of all else each element is a column.
    private static bool IsArray(ModelInput input) => input.Type is ElementType.Float32 or ElementType.Float64;

    private static void Copy(IArrowArray column, int row, Array target, int targetRow, int width)
    {
        int start = row;
        if (column is FixedSizeListArray lists)
        {
            start = (lists.Offset + row) * width;
            column = lists.Values;
        }
        for (int j = 0; j < width; j++)
        {
            object value = column switch
            {
                FloatArray floats => floats.GetValue(start + j)!.Value,
                DoubleArray doubles => doubles.GetValue(start + j)!.Value,
                Int64Array integers => integers.GetValue(start + j)!.Value,
                StringArray texts => texts.GetString(start + j),
                _ => throw new NotSupportedException($"Results of type {column.Data.DataType.Name}."),
            };
            target.SetValue(value, (targetRow * width) + j);
        }
    }

    private static Array Empty(ElementType type, int count) => type switch
    {
        ElementType.Float32 => new float[count],
        ElementType.Float64 => new double[count],
        ElementType.Int64 => new long[count],
        _ => new string[count],
    };

    private static string ColumnOf(int input) => $"x{input}";

    private static string ColumnOf(int input, int element) => $"x{input}_{element}";

    private static Int64Array Integers(IEnumerable<long> values) => new Int64Array.Builder().AppendRange(values).Build();

    private static StringArray Texts(IEnumerable<string> values) => new StringArray.Builder().AppendRange(values).Build();

    private static FixedSizeListArray Lists(IArrowArray values, int width, int rows) =>
        new(new FixedSizeListType(new Field("item", values.Data.DataType, nullable: true), width), rows, values, ArrowBuffer.Empty);
}
