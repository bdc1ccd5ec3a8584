using DuckDB.NET.Data;
using InferF.Runtime.Sources;
using Microsoft.ML.OnnxRuntime;

namespace InferF.Cli.Bench;

/// <summary>What a careful engineer would write today: DuckDB joins, ONNX Runtime scores.</summary>
internal sealed class OrtPeers(StarSchema data, PeerTables tables, int threads)
{
    private const int BlockRows = 1 << 14;

    private static int Width => StarSchema.Width;

    /// <summary>Makes a star workload.</summary>
    public static async Task<PreparedWorkload> PrepareAsync(
        string workload, int rows, int seed, string directory, int threads, bool fromParquet, CancellationToken cancellation)
    {
        StarSchema data = new(workload, rows, seed, directory);
        PeerTables tables = await PeerTables.CreateAsync(data, directory, threads, fromParquet, cancellation);
        OrtPeers peers = new(data, tables, threads);
        return new PreparedWorkload(
            StarSchema.Sql, "star", data.ModelPath, data.Tables,
            [("duckdb-ort-best", peers.BestAsync), ("duckdb-ort-simple", peers.SimpleAsync), ("ort-only", peers.OrtOnlyAsync)], tables);
    }

    /// <summary>As many threads as allowed, each with its own connection and session over its share of the rows; ARRAY columns are copied into the
    /// matrix row by row.</summary>
    public async Task<float[]?> BestAsync(CancellationToken cancellation)
    {
        float[] scores = new float[data.Rows];
        await Task.WhenAll(Enumerable.Range(0, threads).Select(share => Task.Run(() => Share(share, scores, cancellation), cancellation)));
        return scores;
    }

    /// <summary>One connection, one session with all threads, scalar columns: every chunk is transposed and scored.</summary>
    public Task<float[]?> SimpleAsync(CancellationToken cancellation) => Task.Run(() =>
    {
        float[] scores = new float[data.Rows];
        string joins = "f_wide f" + string.Concat(StarSchema.Dimensions.Select(d => $" JOIN {d.Name}_wide {d.Name} ON f.k{d.Name} = {d.Name}.k"));
        using DuckDBConnection connection = tables.Connection.Duplicate();
        connection.Open();
        using InferenceSession session = Session(threads);
        using DuckDbChunkCursor chunks = new(connection, $"SELECT id, {PeerTables.WideColumns} FROM {joins}");
        float[] matrix = new float[2048 * Width];
        while (chunks.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            for (int column = 0; column < Width; column++)
            {
                ReadOnlySpan<float> values = chunks.Values<float>(column + 1);
                for (int row = 0; row < values.Length; row++)
                {
                    matrix[row * Width + column] = values[row];
                }
            }
            Score(session, matrix, chunks.Values<int>(0), scores);
        }
        return (float[]?)scores;
    }, cancellation);

    /// <summary>The model alone on a matrix that is ready in memory: a lower bound for anything that joins first. The same block of rows is
    /// scored again and again, which keeps it in cache; its outputs are not comparable.</summary>
    public async Task<float[]?> OrtOnlyAsync(CancellationToken cancellation)
    {
        float[] matrix = new float[BlockRows * Width];
        for (int i = 0; i < matrix.Length; i++)
        {
            matrix[i] = i % 97 / 97f;
        }
        await Task.WhenAll(Enumerable.Range(0, threads).Select(share => Task.Run(() =>
        {
            using InferenceSession session = Session(1);
            float[] scores = new float[BlockRows];
            int[] ids = [.. Enumerable.Range(0, BlockRows)];
            long rows = (long)data.Rows * (share + 1) / threads - (long)data.Rows * share / threads;
            for (long done = 0; done < rows; done += BlockRows)
            {
                cancellation.ThrowIfCancellationRequested();
                Score(session, matrix, ids.AsSpan(0, (int)Math.Min(BlockRows, rows - done)), scores);
            }
        }, cancellation)));
        return null;
    }

    private void Share(int share, float[] scores, CancellationToken cancellation)
    {
        long from = (long)data.Rows * share / threads;
        long to = (long)data.Rows * (share + 1) / threads;
        using DuckDBConnection connection = tables.Connection.Duplicate();
        connection.Open();
        using InferenceSession session = Session(1);
        string columns = string.Concat(StarSchema.Dimensions.Select(d => $", {d.Name}.x"));
        using DuckDbChunkCursor chunks = new(connection, $"SELECT f.id, f.x{columns} FROM {StarSchema.Joins} WHERE f.id >= {from} AND f.id < {to}");
        float[] matrix = new float[BlockRows * Width];
        int[] ids = new int[BlockRows];
        int filled = 0;
        while (chunks.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            if (filled + chunks.Count > BlockRows)
            {
                Score(session, matrix, ids.AsSpan(0, filled), scores);
                filled = 0;
            }
            chunks.Values<int>(0).CopyTo(ids.AsSpan(filled));
            int at = 0;
            CopyFeatures(chunks, 1, StarSchema.FactWidth, matrix, filled, ref at);
            for (int d = 0; d < StarSchema.Dimensions.Length; d++)
            {
                CopyFeatures(chunks, d + 2, StarSchema.Dimensions[d].Width, matrix, filled, ref at);
            }
            filled += chunks.Count;
        }
        Score(session, matrix, ids.AsSpan(0, filled), scores);
    }

    private static void CopyFeatures(DuckDbChunkCursor chunks, int column, int width, float[] matrix, int firstRow, ref int at)
    {
        ReadOnlySpan<float> elements = chunks.ArrayElements<float>(column, width);
        for (int row = 0; row < chunks.Count; row++)
        {
            elements.Slice(row * width, width).CopyTo(matrix.AsSpan((firstRow + row) * Width + at));
        }
        at += width;
    }

    private InferenceSession Session(int sessionThreads)
    {
        using SessionOptions options = new() { IntraOpNumThreads = sessionThreads, InterOpNumThreads = 1 };
        return new InferenceSession(data.ModelPath, options);
    }

    private static void Score(InferenceSession session, float[] matrix, ReadOnlySpan<int> ids, float[] scores)
    {
        if (ids.IsEmpty)
        {
            return;
        }
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, matrix.AsMemory(0, ids.Length * Width), [ids.Length, Width]);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, ["x"], [input], ["y"]);
        ReadOnlySpan<float> y = outputs[0].GetTensorDataAsSpan<float>();
        for (int i = 0; i < ids.Length; i++)
        {
            scores[ids[i]] = y[i];
        }
    }
}
