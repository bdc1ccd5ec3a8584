using System.Data.Common;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace InferF.Runtime.Sources;

/// <summary>Reads rows of an ADO.NET reader into Arrow batches.</summary>
internal static class DataReaderBatches
{
    private const int RowsPerBatch = 65536;

    /// <summary>Reads all rows.</summary>
    /// <exception cref="InferFException">The reader fails or has a column of a type InferF does not know.</exception>
    public static async Task<(Schema Schema, IReadOnlyList<RecordBatch> Batches)> ReadAsync(string table, DbDataReader reader, CancellationToken cancellationToken)
    {
        ColumnReader[] columns = [.. Enumerable.Range(0, reader.FieldCount).Select(i => ColumnReader.Create(table, reader, i))];
        var schema = new Schema([.. columns.Select((column, i) => new Field(reader.GetName(i), column.Type, nullable: true))], null);
        var batches = new List<RecordBatch>();
        try
        {
            int rows = 0;
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (ColumnReader column in columns)
                {
                    column.Append(reader);
                }
                if (++rows == RowsPerBatch)
                {
                    batches.Add(new RecordBatch(schema, columns.Select(column => column.Finish()), rows));
                    rows = 0;
                }
            }
            if (rows > 0)
            {
                batches.Add(new RecordBatch(schema, columns.Select(column => column.Finish()), rows));
            }
            return (schema, batches);
        }
        catch (Exception exception)
        {
            batches.ForEach(batch => batch.Dispose());
            if (exception is DbException or InvalidCastException or OverflowException)
            {
                throw new InferFException(InferFErrorCode.Source, $"Table '{table}' cannot be read from its data reader. {exception.Message}", inner: exception);
            }
            throw;
        }
    }

    // One column: appends the current row's value to an Arrow builder of its type.
    private abstract class ColumnReader(IArrowType type)
    {
        public IArrowType Type { get; } = type;

        public static ColumnReader Create(string table, DbDataReader reader, int ordinal)
        {
            Type type = reader.GetFieldType(ordinal);
            return System.Type.GetTypeCode(type) switch
            {
                TypeCode.Boolean => Of(BooleanType.Default, ordinal, () => new BooleanArray.Builder(), (builder, row, i) => builder.Append(row.GetBoolean(i)), builder => builder.AppendNull(), builder => builder.Build()),
                TypeCode.SByte => Of(Int8Type.Default, ordinal, () => new Int8Array.Builder(), (builder, row, i) => builder.Append(row.GetFieldValue<sbyte>(i)), builder => builder.AppendNull(), builder => builder.Build()),
                TypeCode.Byte => Of(UInt8Type.Default, ordinal, () => new UInt8Array.Builder(), (builder, row, i) => builder.Append(row.GetByte(i)), builder => builder.AppendNull(), builder => builder.Build()),
                TypeCode.Int16 => Of(Int16Type.Default, ordinal, () => new Int16Array.Builder(), (builder, row, i) => builder.Append(row.GetInt16(i)), builder => builder.AppendNull(), builder => builder.Build()),
                TypeCode.UInt16 => Of(UInt16Type.Default, ordinal, () => new UInt16Array.Builder(), (builder, row, i) => builder.Append(row.GetFieldValue<ushort>(i)), builder => builder.AppendNull(), builder => builder.Build()),
                TypeCode.Int32 => Of(Int32Type.Default, ordinal, () => new Int32Array.Builder(), (builder, row, i) => builder.Append(row.GetInt32(i)), builder => builder.AppendNull(), builder => builder.Build()),
                TypeCode.UInt32 => Of(UInt32Type.Default, ordinal, () => new UInt32Array.Builder(), (builder, row, i) => builder.Append(row.GetFieldValue<uint>(i)), builder => builder.AppendNull(), builder => builder.Build()),
                TypeCode.Int64 => Of(Int64Type.Default, ordinal, () => new Int64Array.Builder(), (builder, row, i) => builder.Append(row.GetInt64(i)), builder => builder.AppendNull(), builder => builder.Build()),
                TypeCode.Single => Of(FloatType.Default, ordinal, () => new FloatArray.Builder(), (builder, row, i) => builder.Append(row.GetFloat(i)), builder => builder.AppendNull(), builder => builder.Build()),
                TypeCode.Double => Of(DoubleType.Default, ordinal, () => new DoubleArray.Builder(), (builder, row, i) => builder.Append(row.GetDouble(i)), builder => builder.AppendNull(), builder => builder.Build()),
                TypeCode.Decimal => Of(DoubleType.Default, ordinal, () => new DoubleArray.Builder(), (builder, row, i) => builder.Append((double)row.GetDecimal(i)), builder => builder.AppendNull(), builder => builder.Build()),
                TypeCode.String => Of(StringType.Default, ordinal, () => new StringArray.Builder(), (builder, row, i) => builder.Append(row.GetString(i)), builder => builder.AppendNull(), builder => builder.Build()),
                TypeCode.DateTime => OfTimestamp(ordinal),
                _ when type == typeof(DateOnly) => Of(Date32Type.Default, ordinal, () => new Date32Array.Builder(), (builder, row, i) => builder.Append(row.GetFieldValue<DateOnly>(i)), builder => builder.AppendNull(), builder => builder.Build()),
                _ when type == typeof(Guid) => Of(StringType.Default, ordinal, () => new StringArray.Builder(), (builder, row, i) => builder.Append(row.GetGuid(i).ToString()), builder => builder.AppendNull(), builder => builder.Build()),
                _ => throw new InferFException(InferFErrorCode.TypeMismatch, $"A column of a data reader has a type that InferF does not read. Table '{table}', column '{reader.GetName(ordinal)}', type {type}."),
            };
        }

        public abstract void Append(DbDataReader row);

        public abstract IArrowArray Finish();

        private static ColumnReader OfTimestamp(int ordinal)
        {
            var type = new TimestampType(TimeUnit.Microsecond, (string?)null);
            return Of(type, ordinal, () => new TimestampArray.Builder(type), (builder, row, i) => builder.Append(new DateTimeOffset(DateTime.SpecifyKind(row.GetDateTime(i), DateTimeKind.Utc))), builder => builder.AppendNull(), builder => builder.Build());
        }

        private static BuilderReader<TBuilder> Of<TBuilder>(IArrowType type, int ordinal, Func<TBuilder> create, Action<TBuilder, DbDataReader, int> append, Action<TBuilder> appendNull, Func<TBuilder, IArrowArray> build) =>
            new(type, ordinal, create, append, appendNull, build);
    }

    private sealed class BuilderReader<TBuilder>(IArrowType type, int ordinal, Func<TBuilder> create, Action<TBuilder, DbDataReader, int> append, Action<TBuilder> appendNull, Func<TBuilder, IArrowArray> build)
        : ColumnReader(type)
    {
        private TBuilder _builder = create();

        public override void Append(DbDataReader row)
        {
            if (row.IsDBNull(ordinal))
            {
                appendNull(_builder);
            }
            else
            {
                append(_builder, row, ordinal);
            }
        }

        public override IArrowArray Finish()
        {
            IArrowArray array = build(_builder);
            _builder = create();
            return array;
        }
    }
}
