using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using InferF.Plan.Query;

namespace InferF.Calibration;

/// <summary>
/// A made-up table: integer keys, float columns, and one array column <c>x</c>. Its values are a fixed function of row and column, so that runs can be
/// repeated, and it needs no generator of random numbers, which would take longer than the measurements.
/// </summary>
internal sealed class SyntheticTable
{
    private readonly List<(string Name, IArrowArray Array, ColumnType Type)> _columns = [];

    /// <summary>An empty list of columns.</summary>
    /// <param name="name">Name of the table.</param>
    /// <param name="rows">Rows of a batch.</param>
    /// <param name="batches">How often the batch is repeated: a small batch stays in the cache.</param>
    public SyntheticTable(string name, int rows, int batches = 1) => (Name, BatchRows, Batches) = (name, rows, batches);

    /// <summary>Name of the table.</summary>
    public string Name { get; }

    /// <summary>Rows of a batch.</summary>
    public int BatchRows { get; }

    /// <summary>Number of batches.</summary>
    public int Batches { get; }

    /// <summary>Rows of all batches.</summary>
    public double Rows => (double)BatchRows * Batches;

    /// <summary>The columns, in order.</summary>
    public IReadOnlyList<(string Name, IArrowArray Array, ColumnType Type)> Columns => _columns;

    /// <summary>Adds a column of keys 0 … rows − 1 in a scattered order, each times a factor: of one, a dense key.</summary>
    public SyntheticTable UniqueKeys(string name, long factor = 1)
    {
        // A prime larger than any table here, so this visits every key once; near 2^32 divided by the golden ratio, so that neighbours lie far apart.
        const long Stride = 2_654_435_761;
        return Keys(name, row => row * Stride % BatchRows * factor);
    }

    /// <summary>Adds a column of keys that refer to rows of another table uniformly.</summary>
    /// <param name="name">Column name.</param>
    /// <param name="otherRows">Rows of the other table.</param>
    /// <param name="factor">Its factor.</param>
    /// <param name="seed">Columns of one table that refer to different tables take different seeds.</param>
    public SyntheticTable References(string name, double otherRows, long factor = 1, int seed = 1) =>
        Keys(name, row => (long)(Mix((ulong)row + (ulong)seed * 0x9E3779B97F4A7C15UL) % (ulong)otherRows) * factor);

    /// <summary>Adds scalar float columns named <c>s0</c>, <c>s1</c> ….</summary>
    public SyntheticTable Scalars(int count)
    {
        for (int i = 0; i < count; i++)
        {
            FloatArray array = new(Buffer(Floats(BatchRows, i)), ArrowBuffer.Empty, BatchRows, 0, 0);
            _columns.Add(($"s{i}", array, new ColumnType(ColumnKind.Float32, "FLOAT")));
        }
        return this;
    }

    /// <summary>Adds an array column <c>x</c>.</summary>
    public SyntheticTable Features(int width)
    {
        FloatArray values = new(Buffer(Floats(BatchRows * width, width)), ArrowBuffer.Empty, BatchRows * width, 0, 0);
        FixedSizeListType type = new(new Field("item", FloatType.Default, false), width);
        _columns.Add(("x", new FixedSizeListArray(type, BatchRows, values, ArrowBuffer.Empty, 0), new ColumnType(ColumnKind.NumericList, "FLOAT[]", width)));
        return this;
    }

    /// <summary>The rows, as a session takes them.</summary>
    public IReadOnlyList<RecordBatch> ToBatches()
    {
        Schema schema = new([.. _columns.Select(column => new Field(column.Name, column.Array.Data.DataType, false))], null);
        return [.. Enumerable.Range(0, Batches).Select(_ => new RecordBatch(schema, _columns.Select(column => column.Array), BatchRows))];
    }

    /// <summary>How a query scans it.</summary>
    public TableScan Scan() => new(Name, Name, [.. _columns.Select(column => new ScanColumn(column.Name, $"\"{column.Name}\"", column.Name, column.Type))], null);

    /// <summary>Position of a column.</summary>
    public int IndexOf(string column) => _columns.FindIndex(c => c.Name == column);

    private SyntheticTable Keys(string name, Func<long, long> key)
    {
        long[] keys = new long[BatchRows];
        for (int row = 0; row < keys.Length; row++)
        {
            keys[row] = key(row);
        }
        _columns.Add((name, new Int64Array(Buffer(MemoryMarshal.AsBytes<long>(keys).ToArray()), ArrowBuffer.Empty, BatchRows, 0, 0), new ColumnType(ColumnKind.Integer, "BIGINT")));
        return this;
    }

    // Values in [-1, 1).
    private static byte[] Floats(int count, int seed)
    {
        byte[] bytes = new byte[count * (long)sizeof(float)];
        Span<float> values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        uint state = (uint)seed * 747796405u + 2891336453u;
        for (int i = 0; i < values.Length; i++)
        {
            state = state * 1664525u + 1013904223u;
            values[i] = (state >> 8) * (2f / (1 << 24)) - 1;
        }
        return bytes;
    }

    // Finalizer of MurmurHash3 (Appleby, public domain).
    private static ulong Mix(ulong value)
    {
        value ^= value >> 33;
        value *= 0xff51afd7ed558ccdUL;
        value ^= value >> 33;
        value *= 0xc4ceb9fe1a85ec53UL;
        return value ^ (value >> 33);
    }

    private static ArrowBuffer Buffer(byte[] bytes) => new(bytes);
}
