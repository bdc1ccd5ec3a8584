using System.Text;
using Apache.Arrow;
using InferF.Results;

namespace InferF.Cli.Output;

/// <summary>A text table for people: columns as wide as their first rows need, numbers to the right.</summary>
internal sealed class TableResultWriter(Stream stream, Schema schema) : ResultWriter
{
    private const int SampledRows = 1000;
    private const int WidestCell = 60;

    private readonly StreamWriter _writer = new(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
    private readonly List<string[]> _sample = [];
    private int[]? _widths;
    private bool[] _isNumber = [];
    private long _rows;

    public override ValueTask WriteAsync(RecordBatch batch, CancellationToken cancellation)
    {
        for (int row = 0; row < batch.Length; row++)
        {
            cancellation.ThrowIfCancellationRequested();
            string[] cells = new string[batch.ColumnCount];
            for (int column = 0; column < cells.Length; column++)
            {
                cells[column] = OneLine(CellReader.ReadText(batch.Column(column), row) ?? "NULL");
            }
            _rows++;
            if (_widths is not null)
            {
                WriteRow(cells);
                continue;
            }
            _sample.Add(cells);
            if (_sample.Count == SampledRows)
            {
                WriteSample();
            }
        }
        return ValueTask.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_widths is null)
        {
            WriteSample();
        }
        await _writer.WriteLineAsync(_rows == 1 ? "(1 row)" : $"({_rows} rows)");
        await _writer.DisposeAsync();
    }

    private void WriteSample()
    {
        string[] header = [.. schema.FieldsList.Select(f => f.Name)];
        _isNumber = [.. schema.FieldsList.Select(f => f.DataType is Apache.Arrow.Types.NumberType)];
        _widths = [.. header.Select((name, i) => Math.Min(WidestCell, Math.Max(name.Length, _sample.Select(r => r[i].Length).DefaultIfEmpty(0).Max())))];
        WriteRow(header);
        _writer.WriteLine(string.Join("-+-", _widths.Select(w => new string('-', w))));
        _sample.ForEach(WriteRow);
        _sample.Clear();
    }

    private void WriteRow(string[] cells) =>
        _writer.WriteLine(string.Join(" | ", cells.Select((c, i) => _isNumber[i] ? c.PadLeft(_widths![i]) : c.PadRight(_widths![i]))).TrimEnd());

    private static string OneLine(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= WidestCell ? line : $"{line[..(WidestCell - 1)]}…";
    }
}
