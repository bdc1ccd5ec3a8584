namespace InferF.Verification;

/// <summary>Predictions of joined rows, each row identified by the row numbers of the tables it was joined from.</summary>
/// <remarks>Filled by one thread, or by several under its lock.</remarks>
internal sealed class ScoredRows
{
    private readonly int _tables;
    private readonly List<(long[] Keys, int Rows, Array[] Outputs, Array?[]? Errors, bool[]?[]? Uncertain)> _batches = [];

    /// <summary>Starts empty.</summary>
    /// <param name="tables">Number of tables joined.</param>
    public ScoredRows(int tables) => _tables = tables;

    /// <summary>Number of rows.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a batch. Thread-safe.</summary>
    /// <param name="keys">rows × tables row numbers; −1 where a LEFT JOIN missed.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="outputs">By output over all predictions: row-major elements.</param>
    /// <param name="errors">By output: bounds of float elements; null where there are none.</param>
    /// <param name="uncertain">By output: integers or texts a rounding error may change; null where there are none.</param>
    public void Add(long[] keys, int rows, Array[] outputs, Array?[]? errors = null, bool[]?[]? uncertain = null)
    {
        lock (_batches)
        {
            _batches.Add((keys, rows, outputs, errors, uncertain));
            Count += rows;
        }
    }

    /// <summary>All rows in the order of their keys.</summary>
    public IEnumerable<Row> Sorted()
    {
        (int Batch, int Row)[] order = new (int, int)[Count];
        int at = 0;
        for (int batch = 0; batch < _batches.Count; batch++)
        {
            for (int row = 0; row < _batches[batch].Rows; row++)
            {
                order[at++] = (batch, row);
            }
        }
        Array.Sort(order, (a, b) => Keys(a.Batch, a.Row).SequenceCompareTo(Keys(b.Batch, b.Row)));
        return order.Select(o => new Row(this, o.Batch, o.Row));
    }

    private ReadOnlySpan<long> Keys(int batch, int row) => _batches[batch].Keys.AsSpan(row * _tables, _tables);

    /// <summary>One row.</summary>
    internal readonly struct Row(ScoredRows owner, int batch, int row)
    {
        /// <summary>Row numbers by table.</summary>
        public ReadOnlySpan<long> Keys => owner.Keys(batch, row);

        /// <summary>Elements of an output.</summary>
        public (Array Elements, int Start) Output(int output, int width) => (owner._batches[batch].Outputs[output], row * width);

        /// <summary>Error bound of a float element; 0 if the output carries none.</summary>
        public double Error(int output, int width, int element) => owner._batches[batch].Errors?[output] switch
        {
            float[] f => f[row * width + element],
            double[] d => d[row * width + element],
            _ => 0,
        };

        /// <summary>Whether a rounding error upstream may have selected another integer or text.</summary>
        public bool IsUncertain(int output, int width, int element) => owner._batches[batch].Uncertain?[output]?[row * width + element] ?? false;
    }
}
