using Apache.Arrow;
using InferF.Cli.Bench.Contenders;
using InferF.Cli.Bench.Data;
using InferF.Results;
using Microsoft.ML.OnnxRuntime;

namespace InferF.Cli.Bench;

/// <summary>What the contenders of one workload share and keep from run to run. Everything is made when first asked for: in the warm-up.</summary>
internal sealed class BenchEnvironment : IAsyncDisposable
{
    private readonly string _directory;
    private readonly Dictionary<InferOptions, InferSession> _sessions = [];
    private readonly Dictionary<(int Threads, int Share), InferenceSession> _modelSessions = [];
    private readonly Dictionary<(string Use, int Share), ModelBlock> _blocks = [];
    private readonly Lazy<PeerDatabase> _database;
    private readonly Lazy<DirectoryInfo> _spill;
    private readonly Lock _lock = new();

    private BenchEnvironment(WorkloadData data, string directory, int threads, bool fromParquet)
    {
        (Data, _directory, Threads, FromParquet) = (data, directory, threads, fromParquet);
        _database = new(() => new PeerDatabase(data.Tables, PathOf, threads, fromParquet));
        _spill = new(() => Directory.CreateDirectory(Path.Combine(directory, "spill")));
        ResultRows = data.Rows;
    }

    /// <summary>Tables, query, model.</summary>
    public WorkloadData Data { get; }

    /// <summary>Threads a contender may use.</summary>
    public int Threads { get; }

    /// <summary>Whether everybody reads the same files, or what is in memory in a format of his own.</summary>
    public bool FromParquet { get; }

    /// <summary>Rows of the result: until a contender has counted them, as many as the first table has.</summary>
    public long ResultRows { get; set; }

    /// <summary>What the run that is under way, or the last one, tells about itself; null if it does not.</summary>
    public RunNotes? Notes { get; set; }

    /// <summary>An empty directory for what does not fit into memory.</summary>
    public string SpillDirectory => _spill.Value.FullName;

    /// <summary>Files there now, or null if nobody asked for the directory.</summary>
    public int? FilesLeft => _spill.IsValueCreated ? _spill.Value.GetFileSystemInfos().Length : null;

    /// <summary>The tables for DuckDB.</summary>
    public PeerDatabase Database => _database.Value;

    /// <summary>Makes a workload's environment.</summary>
    /// <param name="data">The workload.</param>
    /// <param name="directory">Folder for its files.</param>
    /// <param name="threads">Threads a contender may use.</param>
    /// <param name="fromParquet">Whether everybody reads the same files.</param>
    /// <param name="needsFiles">Whether Parquet files are needed at all: DuckDB loads its tables from them.</param>
    /// <param name="cancellation">Stops writing files.</param>
    public static async Task<BenchEnvironment> CreateAsync(WorkloadData data, string directory, int threads, bool fromParquet, bool needsFiles, CancellationToken cancellation)
    {
        BenchEnvironment environment = new(data, directory, threads, fromParquet);
        if (needsFiles || fromParquet)
        {
            foreach (BenchTable table in data.Tables)
            {
                await environment.WriteAsync(table, cancellation);
            }
        }
        return environment;
    }

    /// <summary>A session with the tables and the model.</summary>
    /// <param name="configure">Changes its settings; null for the usual ones.</param>
    /// <param name="cancellation">Stops loading the model.</param>
    public async Task<InferSession> SessionAsync(Func<BenchEnvironment, InferOptions, InferOptions>? configure, CancellationToken cancellation)
    {
        // Runs follow each other in one session, and each is to start from nothing.
        InferOptions options = new() { Threads = Threads, CacheLimit = "0" };
        options = configure?.Invoke(this, options) ?? options;
        if (_sessions.TryGetValue(options, out InferSession? known))
        {
            return known;
        }
        InferSession session = InferSession.Open(options);
        _sessions.Add(options, session);
        foreach (BenchTable table in Data.Tables)
        {
            // Batches belong to the session they are added to.
            session.Tables.Add(table.Name, FromParquet ? Source.Parquet(PathOf(table.Name)) : Source.Arrow([.. table.Batches()]));
        }
        await session.Models.LoadAsync(WorkloadQuery.Model, Data.ModelPath, cancellation);
        return session;
    }

    /// <summary>A session of ONNX Runtime.</summary>
    /// <param name="threads">Its threads.</param>
    /// <param name="share">Which of several.</param>
    public InferenceSession ModelSession(int threads, int share = 0)
    {
        lock (_lock)
        {
            if (!_modelSessions.TryGetValue((threads, share), out InferenceSession? session))
            {
                using SessionOptions options = new() { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
                session = new InferenceSession(Data.ModelPath, options);
                _modelSessions.Add((threads, share), session);
            }
            return session;
        }
    }

    /// <summary>Memory for rows that ONNX Runtime scores together.</summary>
    /// <param name="use">Who uses it.</param>
    /// <param name="share">Which of several.</param>
    /// <param name="make">Makes it.</param>
    public ModelBlock Block(string use, int share, Func<ModelBlock> make)
    {
        lock (_lock)
        {
            if (!_blocks.TryGetValue((use, share), out ModelBlock? block))
            {
                block = make();
                _blocks.Add((use, share), block);
            }
            return block;
        }
    }

    /// <summary>Runs something on every thread, each over its share of the first table's rows.</summary>
    /// <param name="body">Gets the number of the share, its first row and the row after its last one.</param>
    /// <param name="cancellation">Keeps threads from starting.</param>
    public Task InSharesAsync(Action<int, (long From, long To)> body, CancellationToken cancellation) => Task.WhenAll(Enumerable.Range(0, Threads).Select(share =>
        Task.Run(() => body(share, ((long)Data.Rows * share / Threads, (long)Data.Rows * (share + 1) / Threads)), cancellation)));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (InferSession session in _sessions.Values)
        {
            await session.DisposeAsync();
        }
        foreach (InferenceSession session in _modelSessions.Values)
        {
            session.Dispose();
        }
        if (_database.IsValueCreated)
        {
            _database.Value.Dispose();
        }
    }

    private string PathOf(string table) => Path.Combine(_directory, $"{table}.parquet");

    private async Task WriteAsync(BenchTable table, CancellationToken cancellation)
    {
        await using FileStream stream = new(PathOf(table.Name), FileMode.Create, FileAccess.ReadWrite);
        ResultWriter? writer = null;
        try
        {
            foreach (RecordBatch batch in table.Batches())
            {
                writer ??= ResultWriter.Create("parquet", stream, batch.Schema);
                await writer.WriteAsync(batch, cancellation);
            }
        }
        finally
        {
            if (writer is not null)
            {
                await writer.DisposeAsync();
            }
        }
    }
}
