using Apache.Arrow;
using Apache.Arrow.C;
using InferF.Plan;
using InferF.Runtime.Arrow;
using InferF.Runtime.Handles;

namespace InferF.Runtime.Sources;

/// <summary>
/// A scan whose rows have a name. If its columns are known from before, it is opened when the first rows are asked for, which may be never. At its end the source is told,
/// to find out whether its rows were what their name says.
/// </summary>
internal sealed unsafe class NamedScanProducer : StreamProducer
{
    private readonly Func<NativeArrowStream> _open;
    private readonly ScanContents _contents;
    private readonly string _scanSql;
    private readonly string _context;
    private readonly Action _onEnd;
    private readonly bool _opensAtOnce;
    private readonly (Schema Schema, string Text)? _known;
    private ArrowStreamHandle? _rows;

    /// <summary>Creates the stream.</summary>
    /// <param name="open">Opens the scan.</param>
    /// <param name="contents">The version of the table that is to be read.</param>
    /// <param name="scanSql">The scan, as <paramref name="contents"/> knows it.</param>
    /// <param name="context">First sentence of error messages.</param>
    /// <param name="onEnd">Called after the last row.</param>
    /// <param name="opensAtOnce">True if opening costs nothing, and keeps the rows even if the table is removed before they are read.</param>
    /// <exception cref="InferFException">The columns are not known, and the scan cannot be opened.</exception>
    public NamedScanProducer(Func<NativeArrowStream> open, ScanContents contents, string scanSql, string context, Action onEnd, bool opensAtOnce)
    {
        (_open, _contents, _scanSql, _context, _onEnd, _known) = (open, contents, scanSql, context, onEnd, opensAtOnce ? null : contents.FindSchema(scanSql));
        _opensAtOnce = opensAtOnce;
        if (_known is null)
        {
            _rows = Open();
        }
    }

    /// <inheritdoc/>
    protected override void ReadSchema(ArrowSchema* schema)
    {
        if (_known is { } known)
        {
            CArrowSchemaExporter.ExportSchema(known.Schema, (CArrowSchema*)schema);
            return;
        }
        using var lease = new HandleLease(_rows!);
        var stream = (ArrowStream*)lease.Pointer;
        Check(stream, stream->GetSchema(stream, schema));
        if (!_opensAtOnce)
        {
            Remember(stream);
        }
    }

    /// <inheritdoc/>
    protected override void ReadNext(ArrowArray* array)
    {
        if (_rows is null)
        {
            _rows = Open();
            CheckColumns();
        }
        using var lease = new HandleLease(_rows);
        var stream = (ArrowStream*)lease.Pointer;
        Check(stream, stream->GetNext(stream, array));
        if (array->ReleaseCallback is null)
        {
            _onEnd();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _rows?.Dispose();
        base.Dispose();
    }

    private ArrowStreamHandle Open()
    {
        using NativeArrowStream rows = _open();
        return rows.Release();
    }

    // Only what Apache.Arrow writes back exactly as it was can be promised another time.
    private void Remember(ArrowStream* stream)
    {
        ArrowSchema read = default;
        ArrowSchema written = default;
        Check(stream, stream->GetSchema(stream, &read));
        try
        {
            string text = SchemaText.Of(&read);
            Schema schema = CArrowSchemaImporter.ImportSchema((CArrowSchema*)&read);
            CArrowSchemaExporter.ExportSchema(schema, (CArrowSchema*)&written);
            if (SchemaText.Of(&written) == text)
            {
                _contents.AddSchema(_scanSql, schema, text);
            }
        }
        catch (Exception exception) when (exception is not InferFException)
        {
            // A type that Apache.Arrow does not know: the scan is opened at once the next time, too.
        }
        finally
        {
            read.Release();
            written.Release();
        }
    }

    // The reader has been told what the columns are, and would take others for them.
    private void CheckColumns()
    {
        using var lease = new HandleLease(_rows!);
        var stream = (ArrowStream*)lease.Pointer;
        ArrowSchema schema = default;
        Check(stream, stream->GetSchema(stream, &schema));
        string text = SchemaText.Of(&schema);
        schema.Release();
        if (text != _known!.Value.Text)
        {
            throw new InferFException(InferFErrorCode.Source, $"{_context} Its columns changed while the query was about to read it. Expected {_known.Value.Text}, actual {text}.");
        }
    }

    private void Check(ArrowStream* stream, int status)
    {
        if (status == 0)
        {
            return;
        }
        if (StreamFailure(stream) is Exception failure)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
        throw new InferFException(InferFErrorCode.Source, System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)stream->GetLastError(stream)) ?? $"{_context} errno: {status}.");
    }
}
