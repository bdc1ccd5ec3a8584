using System.Text;
using Apache.Arrow;

namespace InferF.Results;

/// <summary>RFC 4180 comma-separated values with a header; NULL is an empty field, an empty text is quoted.</summary>
internal sealed class CsvResultWriter : ResultWriter
{
    private static readonly System.Buffers.SearchValues<char> s_quoted = System.Buffers.SearchValues.Create(",\"\r\n");

    private readonly StreamWriter _writer;

    public CsvResultWriter(Stream stream, Schema schema)
    {
        _writer = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        _writer.WriteLine(string.Join(',', schema.FieldsList.Select(f => Escape(f.Name))));
    }

    public override async ValueTask WriteAsync(RecordBatch batch, CancellationToken cancellation)
    {
        StringBuilder line = new();
        for (int row = 0; row < batch.Length; row++)
        {
            line.Clear();
            for (int column = 0; column < batch.ColumnCount; column++)
            {
                if (column > 0)
                {
                    line.Append(',');
                }
                if (CellReader.ReadText(batch.Column(column), row) is { } text)
                {
                    line.Append(Escape(text));
                }
            }
            line.Append('\n');
            await _writer.WriteAsync(line, cancellation).ConfigureAwait(false);
        }
    }

    public override async ValueTask DisposeAsync() => await _writer.DisposeAsync().ConfigureAwait(false);

    private static string Escape(string text) =>
        text.Length == 0 || text.AsSpan().ContainsAny(s_quoted) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
