using Apache.Arrow;
using DuckDB.NET.Data;
using InferF.Results;
using InferF.Runtime.Sources;
using Microsoft.ML.OnnxRuntime;

namespace InferF.Cli.Bench;

/// <summary>The two-tower workload without InferF: DuckDB joins, ONNX Runtime scores.</summary>
internal sealed class TwoTowerPeers : IDisposable
{
    private const int BlockRows = 1 << 14;

    private readonly TwoTower _data;
    private readonly DuckDBConnection _connection;
    private readonly int _threads;

    private TwoTowerPeers(TwoTower data, DuckDBConnection connection, int threads) => (_data, _connection, _threads) = (data, connection, threads);

    /// <summary>Makes the workload.</summary>
    public static async Task<PreparedWorkload> PrepareAsync(int rows, int seed, string directory, int threads, bool fromParquet, CancellationToken cancellation)
    {
        TwoTower data = new(rows, seed, directory);
        TwoTowerPeers peers = await CreateAsync(data, directory, threads, fromParquet, cancellation);
        return new PreparedWorkload(
            TwoTower.Sql, TwoTower.Name, data.ModelPath, data.Tables,
            [("duckdb-ort-best", peers.BestAsync), ("duckdb-ort-simple", peers.SimpleAsync), ("ort-only", peers.OrtOnlyAsync)], peers);
    }

    /// <summary>As many threads as allowed, each with its own connection and session over its share of the rows; ARRAY columns are copied as they are.</summary>
    public async Task<float[]?> BestAsync(CancellationToken cancellation)
    {
        float[] scores = new float[_data.Rows];
        await Task.WhenAll(Enumerable.Range(0, _threads).Select(share => Task.Run(() => Share(share, scores, cancellation), cancellation)));
        return scores;
    }

    /// <summary>One connection, one session with all threads, scalar columns: every chunk is transposed and scored.</summary>
    public Task<float[]?> SimpleAsync(CancellationToken cancellation) => Task.Run(() =>
    {
        float[] scores = new float[_data.Rows];
        using DuckDBConnection connection = _connection.Duplicate();
        connection.Open();
        using InferenceSession session = Session(_threads);
        string columns = string.Concat(TwoTower.Sides.Select(s => $", {s.Name}.id, {string.Join(", ", Enumerable.Range(0, TwoTower.FeatureWidth).Select(i => $"{s.Name}.x{i}"))}"));
        using DuckDbChunkCursor chunks = new(connection, $"SELECT f.id{columns} FROM {TwoTower.Joins("_wide")}");
        Block block = new(2048);
        while (chunks.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            int column = 0;
            chunks.Values<int>(column++).CopyTo(block.Rows);
            for (int side = 0; side < TwoTower.Sides.Length; side++)
            {
                block.CopyIds(chunks.Values<int>(column++), side, 0);
                for (int j = 0; j < TwoTower.FeatureWidth; j++)
                {
                    ReadOnlySpan<float> values = chunks.Values<float>(column++);
                    for (int row = 0; row < values.Length; row++)
                    {
                        block.Features[side][row * TwoTower.FeatureWidth + j] = values[row];
                    }
                }
            }
            block.Score(session, chunks.Count, scores);
        }
        return (float[]?)scores;
    }, cancellation);

    /// <summary>The model alone on inputs that are ready in memory: a lower bound for anything that joins first. The same block of rows is scored again
    /// and again, which keeps it in cache; its outputs are not comparable.</summary>
    public async Task<float[]?> OrtOnlyAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(Enumerable.Range(0, _threads).Select(share => Task.Run(() =>
        {
            using InferenceSession session = Session(1);
            Block block = new(BlockRows);
            for (int side = 0; side < TwoTower.Sides.Length; side++)
            {
                for (int i = 0; i < BlockRows; i++)
                {
                    block.Rows[i] = i;
                    block.Ids[side][i] = i * 7919L % TwoTower.Sides[side].Rows;
                }
                for (int i = 0; i < block.Features[side].Length; i++)
                {
                    block.Features[side][i] = i % 97 / 97f;
                }
            }
            float[] scores = new float[BlockRows];
            long rows = (long)_data.Rows * (share + 1) / _threads - (long)_data.Rows * share / _threads;
            for (long done = 0; done < rows; done += BlockRows)
            {
                cancellation.ThrowIfCancellationRequested();
                block.Score(session, (int)Math.Min(BlockRows, rows - done), scores);
            }
        }, cancellation)));
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    /// <summary>Writes the Parquet files and loads them into DuckDB.</summary>
    /// <param name="data">The workload.</param>
    /// <param name="directory">Folder for the files.</param>
    /// <param name="threads">Threads a contender may use.</param>
    /// <param name="fromParquet">Views over the files instead of tables in memory.</param>
    /// <param name="cancellation">Stops between tables.</param>
    private static async Task<TwoTowerPeers> CreateAsync(TwoTower data, string directory, int threads, bool fromParquet, CancellationToken cancellation)
    {
        foreach ((string name, IReadOnlyList<RecordBatch> batches) in data.Tables)
        {
            await using FileStream stream = new(PeerTables.FilePath(directory, name), FileMode.Create, FileAccess.ReadWrite);
            await using ResultWriter writer = ResultWriter.Create("parquet", stream, batches[0].Schema);
            foreach (RecordBatch batch in batches)
            {
                await writer.WriteAsync(batch, cancellation);
            }
        }
        DuckDBConnection connection = new("Data Source=:memory:");
        connection.Open();
        TwoTowerPeers peers = new(data, connection, threads);
        string kind = fromParquet ? "VIEW" : "TABLE";
        peers.Execute($"SET threads = {threads}");
        peers.Execute($"CREATE {kind} interactions AS FROM '{PeerTables.FilePath(directory, "interactions")}'");
        foreach ((string name, _) in TwoTower.Sides)
        {
            peers.Execute($"CREATE {kind} {name} AS SELECT id, x::FLOAT[{TwoTower.FeatureWidth}] AS x FROM '{PeerTables.FilePath(directory, name)}'");
            string columns = string.Join(", ", Enumerable.Range(0, TwoTower.FeatureWidth).Select(i => $"x[{i + 1}] AS x{i}"));
            peers.Execute($"CREATE {kind} {name}_wide AS SELECT id, {columns} FROM {name}");
        }
        return peers;
    }

    private void Share(int share, float[] scores, CancellationToken cancellation)
    {
        long from = (long)_data.Rows * share / _threads;
        long to = (long)_data.Rows * (share + 1) / _threads;
        using DuckDBConnection connection = _connection.Duplicate();
        connection.Open();
        using InferenceSession session = Session(1);
        string columns = string.Concat(TwoTower.Sides.Select(s => $", {s.Name}.id, {s.Name}.x"));
        using DuckDbChunkCursor chunks = new(connection, $"SELECT f.id{columns} FROM {TwoTower.Joins("")} WHERE f.id >= {from} AND f.id < {to}");
        Block block = new(BlockRows);
        int filled = 0;
        while (chunks.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            if (filled + chunks.Count > BlockRows)
            {
                block.Score(session, filled, scores);
                filled = 0;
            }
            int column = 0;
            chunks.Values<int>(column++).CopyTo(block.Rows.AsSpan(filled));
            for (int side = 0; side < TwoTower.Sides.Length; side++)
            {
                block.CopyIds(chunks.Values<int>(column++), side, filled);
                chunks.ArrayElements<float>(column++, TwoTower.FeatureWidth).CopyTo(block.Features[side].AsSpan(filled * TwoTower.FeatureWidth));
            }
            filled += chunks.Count;
        }
        block.Score(session, filled, scores);
    }

    private InferenceSession Session(int sessionThreads)
    {
        using SessionOptions options = new() { IntraOpNumThreads = sessionThreads, InterOpNumThreads = 1 };
        return new InferenceSession(_data.ModelPath, options);
    }

    private void Execute(string sql)
    {
        using DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Rows that are scored together: where their scores go, and by side the ids and the features.</summary>
    private sealed class Block(int capacity)
    {
        private static readonly string[] s_inputs = [.. TwoTower.Sides.SelectMany(s => new[] { $"{s.Name}_id", $"{s.Name}_x" })];

        public int[] Rows { get; } = new int[capacity];

        public long[][] Ids { get; } = [.. TwoTower.Sides.Select(_ => new long[capacity])];

        public float[][] Features { get; } = [.. TwoTower.Sides.Select(_ => new float[capacity * TwoTower.FeatureWidth])];

        public void CopyIds(ReadOnlySpan<int> ids, int side, int at)
        {
            for (int i = 0; i < ids.Length; i++)
            {
                Ids[side][at + i] = ids[i];
            }
        }

        public void Score(InferenceSession session, int count, float[] scores)
        {
            if (count == 0)
            {
                return;
            }
            OrtValue[] inputs =
            [
                .. TwoTower.Sides.SelectMany((_, side) => new[]
                {
                    OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, Ids[side].AsMemory(0, count), [count, 1]),
                    OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, Features[side].AsMemory(0, count * TwoTower.FeatureWidth), [count, TwoTower.FeatureWidth]),
                }),
            ];
            try
            {
                using RunOptions options = new();
                using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, s_inputs, inputs, ["y"]);
                ReadOnlySpan<float> y = outputs[0].GetTensorDataAsSpan<float>();
                for (int i = 0; i < count; i++)
                {
                    scores[Rows[i]] = y[i];
                }
            }
            finally
            {
                foreach (OrtValue input in inputs)
                {
                    input.Dispose();
                }
            }
        }
    }
}
