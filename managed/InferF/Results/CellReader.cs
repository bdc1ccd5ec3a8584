using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace InferF.Results;

/// <summary>Reads single cells of Arrow arrays as .NET values, for text formats and for people. Not for bulk data.</summary>
public static class CellReader
{
    private const long MillisecondsPerDay = 86_400_000;
    private const int MostDecimalDigits = 28;

    private static readonly DateOnly s_epoch = new(1970, 1, 1);

    /// <summary>The cell's value: null, bool, an integer, float, double, decimal, string, byte[], DateOnly, DateTime, DateTimeOffset, TimeOnly,
    /// <c>IReadOnlyList&lt;object?&gt;</c> for lists or <c>IReadOnlyList&lt;KeyValuePair&lt;string, object?&gt;&gt;</c> for structs.</summary>
    /// <param name="array">Any array InferF can return.</param>
    /// <param name="row">Row within the array.</param>
    /// <remarks>What .NET's types cannot hold comes as text: decimals of more than 28 digits, and DuckDB's infinite dates and times.</remarks>
    /// <exception cref="InferFException">The type has no .NET counterpart, or a date or time lies outside the years 1 to 9999.</exception>
    public static object? Read(IArrowArray array, int row)
    {
        if (array.IsNull(row))
        {
            return null;
        }
        return array switch
        {
            Int8Array a => a.GetValue(row),
            Int16Array a => a.GetValue(row),
            Int32Array a => a.GetValue(row),
            Int64Array a => a.GetValue(row),
            UInt8Array a => a.GetValue(row),
            UInt16Array a => a.GetValue(row),
            UInt32Array a => a.GetValue(row),
            UInt64Array a => a.GetValue(row),
            HalfFloatArray a => (float)a.GetValue(row)!,
            FloatArray a => a.GetValue(row),
            DoubleArray a => a.GetValue(row),
            BooleanArray a => a.GetValue(row),
            StringArray a => a.GetString(row),
            LargeStringArray a => a.GetString(row),
            Date32Array a => Date(a.GetValue(row)!.Value),
            Date64Array a => Date(a.GetValue(row)!.Value / MillisecondsPerDay),
            TimestampArray a => Timestamp(a, row),
            Time32Array a => new TimeOnly(a.GetValue(row)!.Value * (((Time32Type)a.Data.DataType).Unit == TimeUnit.Second ? TimeSpan.TicksPerSecond : TimeSpan.TicksPerMillisecond)),
            Time64Array a => new TimeOnly(((Time64Type)a.Data.DataType).Unit == TimeUnit.Microsecond ? a.GetValue(row)!.Value * 10 : a.GetValue(row)!.Value / 100),
            Decimal128Array a => Decimal(a.GetString(row)!),
            Decimal256Array a => Decimal(a.GetString(row)!),
            FixedSizeListArray a => List(a.Values, (a.Offset + row) * ((FixedSizeListType)a.Data.DataType).ListSize, ((FixedSizeListType)a.Data.DataType).ListSize),
            ListArray a => List(a.Values, a.ValueOffsets[row], a.GetValueLength(row)),
            StructArray a => Struct(a, row),
            DictionaryArray a => Read(a.Dictionary, Convert.ToInt32(Read(a.Indices, row), CultureInfo.InvariantCulture)),
            BinaryArray a => a.GetBytes(row).ToArray(),
            Apache.Arrow.Arrays.FixedSizeBinaryArray a => a.GetBytes(row).ToArray(),
            _ => throw new InferFException(InferFErrorCode.TypeMismatch, $"A column of this Arrow type cannot be written as text: {array.Data.DataType.Name}."),
        };
    }

    /// <summary>The cell's value as text: invariant culture, round-trip numbers, ISO 8601 dates; null for NULL.</summary>
    public static string? ReadText(IArrowArray array, int row) => Text(Read(array, row));

    /// <summary>A value that <see cref="Read"/> returned, as <see cref="ReadText"/> writes it.</summary>
    internal static string? FormatText(object? value) => Text(value);

    private static string? Text(object? value) => value switch
    {
        null => null,
        string s => s,
        bool b => b ? "true" : "false",
        float f => f.ToString("R", CultureInfo.InvariantCulture),
        double d => d.ToString("R", CultureInfo.InvariantCulture),
        DateOnly d => d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly t => t.ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        DateTime t => t.ToString("yyyy-MM-dd HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        DateTimeOffset t => t.ToString("yyyy-MM-dd HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture),
        byte[] bytes => Convert.ToHexString(bytes),
        IReadOnlyList<KeyValuePair<string, object?>> fields => $"{{{string.Join(", ", fields.Select(f => $"{f.Key}: {Text(f.Value) ?? "NULL"}"))}}}",
        IReadOnlyList<object?> items => $"[{string.Join(", ", items.Select(i => Text(i) ?? "NULL"))}]",
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    private static object Date(long days)
    {
        // DuckDB stores infinite dates as the largest and the smallest number but one.
        if (days is int.MaxValue or -int.MaxValue)
        {
            return days > 0 ? "infinity" : "-infinity";
        }
        long number = days + s_epoch.DayNumber;
        return number >= DateOnly.MinValue.DayNumber && number <= DateOnly.MaxValue.DayNumber ? DateOnly.FromDayNumber((int)number) : throw OutOfRange("date", days, "days");
    }

    private static object Timestamp(TimestampArray array, int row)
    {
        TimestampType type = (TimestampType)array.Data.DataType;
        long value = array.GetValue(row)!.Value;
        if (value is long.MaxValue or -long.MaxValue)
        {
            return value > 0 ? "infinity" : "-infinity";
        }
        (long ticksPerUnit, long unitsPerTick) = type.Unit switch
        {
            TimeUnit.Second => (TimeSpan.TicksPerSecond, 1L),
            TimeUnit.Millisecond => (TimeSpan.TicksPerMillisecond, 1L),
            TimeUnit.Microsecond => (TimeSpan.TicksPerMicrosecond, 1L),
            _ => (1L, 100L),
        };
        Int128 ticks = (Int128)value * ticksPerUnit / unitsPerTick + DateTime.UnixEpoch.Ticks;
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
        {
            throw OutOfRange("time", value, type.Unit.ToString());
        }
        if (string.IsNullOrEmpty(type.Timezone))
        {
            return new DateTime((long)ticks, DateTimeKind.Unspecified);
        }
        return new DateTimeOffset((long)ticks, TimeSpan.Zero);
    }

    private static object Decimal(string text) =>
        text.Count(char.IsAsciiDigit) <= MostDecimalDigits && decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out decimal value) ? value : text;

    private static InferFException OutOfRange(string kind, long value, string unit) =>
        new(InferFErrorCode.InvalidData, $"A {kind} lies outside the years 1 to 9999. {value} {unit} from 1970-01-01.");

    private static List<object?> List(IArrowArray values, int start, int count)
    {
        List<object?> items = new(count);
        for (int i = 0; i < count; i++)
        {
            items.Add(Read(values, start + i));
        }
        return items;
    }

    private static List<KeyValuePair<string, object?>> Struct(StructArray array, int row)
    {
        IReadOnlyList<Field> fields = ((StructType)array.Data.DataType).Fields;
        return [.. fields.Select((f, i) => KeyValuePair.Create(f.Name, Read(array.Fields[i], row)))];
    }
}
