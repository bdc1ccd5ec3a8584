using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.C;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using InferF.Runtime.Arrow;
using InferF.Runtime.Handles;

namespace InferF.Runtime.Sources;

/// <summary>An Arrow stream that DuckDB reads, once, as a view with the columns <c>c0</c>, <c>c1</c>, ….</summary>
/// <remarks>
/// The names in the stream do not matter: a result may have two columns of one name. Dispose it after the query that reads it and while the
/// connection is open.
/// </remarks>
internal sealed unsafe class DuckDbArrowView : IDisposable
{
    // duckdb_state duckdb_arrow_scan(duckdb_connection, const char *table_name, duckdb_arrow_stream): of DuckDB's C interface, but not of
    // DuckDB.NET's wrapper of it.
    private static readonly nint s_arrowScan = NativeLibrary.GetExport(NativeLibrary.Load("duckdb", typeof(NativeMethods).Assembly, null), "duckdb_arrow_scan");
    private static long s_count;

    private readonly DuckDBConnection _connection;
    private readonly ArrowStreamHandle _stream;
    private readonly RenamedRows _rows;

    /// <summary>Creates the view.</summary>
    /// <param name="connection">Where to create it; the caller closes it afterwards.</param>
    /// <param name="rows">The rows; spent.</param>
    public DuckDbArrowView(DuckDBConnection connection, NativeArrowStream rows)
    {
        _connection = connection;
        Schema = rows.Schema;
        Name = $"__inferf_arrow_{Interlocked.Increment(ref s_count)}";
        _rows = new RenamedRows(rows);
        _stream = new ArrowStreamHandle();
        try
        {
            using var lease = new HandleLease(_stream);
            StreamProducer.Export(_rows, (ArrowStream*)lease.Pointer);
            using var connectionLease = new HandleLease(connection.NativeConnection);
            int state;
            fixed (byte* name = Encoding.UTF8.GetBytes(Name + "\0"))
            {
                state = ((delegate* unmanaged[Cdecl]<nint, byte*, nint, int>)s_arrowScan)(connectionLease.Pointer, name, lease.Pointer);
            }
            if (state != 0)
            {
                throw _rows.Failure ?? new InferFException(InferFErrorCode.TypeMismatch, $"DuckDB cannot read these Arrow columns. Schema: {Describe(rows.Schema)}.");
            }
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>Name of the view.</summary>
    public string Name { get; }

    /// <summary>Columns of the stream, under their own names.</summary>
    public Schema Schema { get; }

    /// <summary>What went wrong in the stream while DuckDB read it, or null.</summary>
    public Exception? Failure => _rows.Failure;

    /// <summary>SQL for all columns under their own names.</summary>
    public string SelectList => string.Join(", ", Schema.FieldsList.Select((column, i) => $"c{i} AS {SqlText.Name(column.Name)}"));

    /// <inheritdoc/>
    public void Dispose()
    {
        using (DuckDBCommand command = _connection.CreateCommand())
        {
            command.CommandText = $"DROP VIEW IF EXISTS {SqlText.Name(Name)}";
            command.ExecuteNonQuery();
        }
        _stream.Dispose();
    }

    private static string Describe(Schema schema) => string.Join(", ", schema.FieldsList.Select(field => $"{field.Name}: {field.DataType.Name}"));

    // DuckDB takes a schema in duckdb_arrow_scan that it never releases. So the producer keeps the schema, and lends copies that own nothing.
    private sealed class RenamedRows : StreamProducer
    {
        private readonly ArrowSchema* _schema;
        private readonly ArrowStream* _rows;

        public RenamedRows(NativeArrowStream rows)
        {
            Schema schema = rows.Schema;
            var renamed = new Schema([.. schema.FieldsList.Select((field, i) => new Field($"c{i}", field.DataType, field.IsNullable))], null);
            _schema = (ArrowSchema*)NativeMemory.AllocZeroed((nuint)sizeof(ArrowSchema));
            _rows = (ArrowStream*)NativeMemory.AllocZeroed((nuint)sizeof(ArrowStream));
            CArrowSchemaExporter.ExportSchema(renamed, (CArrowSchema*)_schema);
            rows.MoveTo((CArrowArrayStream*)_rows);
        }

        public override void Dispose()
        {
            _rows->Release();
            NativeMemory.Free(_rows);
            _schema->Release();
            NativeMemory.Free(_schema);
            base.Dispose();
        }

        protected override void ReadSchema(ArrowSchema* schema)
        {
            *schema = *_schema;
            schema->ReleaseCallback = &ForgetSchema;
        }

        protected override void ReadNext(ArrowArray* array)
        {
            if (_rows->GetNext(_rows, array) != 0)
            {
                byte* text = _rows->GetLastError(_rows);
                throw StreamFailure(_rows) ?? new InferFException(InferFErrorCode.Source, Marshal.PtrToStringUTF8((nint)text) ?? "The stream failed without a message.");
            }
        }

        [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
        private static void ForgetSchema(ArrowSchema* schema) => schema->ReleaseCallback = null;
    }
}
