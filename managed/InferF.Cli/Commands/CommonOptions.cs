using System.CommandLine;

namespace InferF.Cli.Commands;

/// <summary>The arguments and options that query, explain and verify share.</summary>
internal sealed class CommonOptions
{
    public Argument<string> Sql { get; } = new("sql") { Description = "The query, e.g. \"SELECT predict('m', *) FROM a JOIN b USING (id)\"" };

    public Option<string[]> Tables { get; } = new("--table", "-t")
    {
        Description = "A table as name=file (parquet, csv, csv.gz, json, arrow); repeat for more",
        AllowMultipleArgumentsPerToken = false,
    };

    public Option<string[]> Models { get; } = new("--model", "-m") { Description = "A model as name=file.onnx; repeat for more", AllowMultipleArgumentsPerToken = false };

    public Option<string?> Database { get; } = new("--database", "-d") { Description = "A DuckDB file whose tables are used by their names" };

    public Option<string> Planner { get; } = new("--planner") { Description = "auto, none, leaf, greedy, genetic, exhaustive, exact or joint", DefaultValueFactory = _ => "auto" };

    public ConstantOption Constants { get; } = new(needsModel: true);

    public Option<string> Nulls { get; } = new("--nulls") { Description = "NULL in a model input: error, nan or a number", DefaultValueFactory = _ => "error" };

    public Option<string> Precision { get; } = new("--precision")
    {
        Description = "exact, or fast: partial results of wide layers in half precision; verify tells the error bound",
        DefaultValueFactory = _ => "exact",
    };

    public Option<int> Threads { get; } = new("--threads") { Description = "Worker threads; 0 is one per core" };

    public Option<string?> MemoryLimit { get; } = new("--memory-limit") { Description = "Most memory the engine may hold, e.g. 4GB" };

    public Option<string?> SpillDirectory { get; } = new("--spill-directory")
    {
        Description = "Where build sides of joins go that exceed --memory-limit; otherwise the system's directory for temporary files",
    };

    public Option<string?> CacheLimit { get; } = new("--cache-limit") { Description = "Most memory that build sides kept for later queries may take, e.g. 256MB; 0 keeps none" };

    public Option<string?> Calibration { get; } = new("--calibration")
    {
        Description = "Constants of the planner: a file that 'inferf calibrate' wrote, or 'default'; otherwise the ones kept for this machine, if any",
    };

    public void AddTo(Command command)
    {
        command.Arguments.Add(Sql);
        command.Options.Add(Tables);
        command.Options.Add(Models);
        command.Options.Add(Database);
        command.Options.Add(Constants.Option);
        command.Options.Add(Planner);
        command.Options.Add(Nulls);
        command.Options.Add(Precision);
        command.Options.Add(Threads);
        command.Options.Add(MemoryLimit);
        command.Options.Add(SpillDirectory);
        command.Options.Add(CacheLimit);
        command.Options.Add(Calibration);
    }

    /// <summary>Opens a session with everything the options name.</summary>
    public async Task<(InferSession Session, InferQuery Query)> OpenAsync(ParseResult parse, CancellationToken cancellation)
    {
        InferOptions options = new()
        {
            Threads = parse.GetValue(Threads),
            MemoryLimit = parse.GetValue(MemoryLimit),
            SpillDirectory = parse.GetValue(SpillDirectory),
            CacheLimit = parse.GetValue(CacheLimit),
            Planner = ParsePlanner(parse.GetValue(Planner)!),
            Nulls = OptionParser.ParseNulls(parse.GetValue(Nulls)!),
            Precision = OptionParser.ParsePrecision(parse.GetValue(Precision)!),
            Calibration = parse.GetValue(Calibration),
        };
        InferSession session = InferSession.Open(options);
        try
        {
            if (parse.GetValue(Database) is { } database)
            {
                session.Tables.AddDatabase(database);
            }
            foreach (string table in parse.GetValue(Tables) ?? [])
            {
                (string name, string path) = Split(table, "--table");
                session.Tables.Add(name, Source.File(path));
            }
            foreach (string model in parse.GetValue(Models) ?? [])
            {
                (string name, string path) = Split(model, "--model");
                await session.Models.LoadAsync(name, path, Constants.OptionsOf(parse, name), cancellation).ConfigureAwait(false);
            }
            Constants.RequireModels(parse, [.. session.Models.Names]);
            return (session, session.Sql(parse.GetValue(Sql)!));
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public static Planner ParsePlanner(string name) =>
        Enum.TryParse(name, ignoreCase: true, out Planner planner) && Enum.IsDefined(planner) && !char.IsAsciiDigit(name[0])
            ? planner
            : throw new InferFException(InferFErrorCode.InvalidArgument,
                $"Unknown planner '{name}'. Known: {string.Join(", ", Enum.GetNames<Planner>()).ToLowerInvariant()}.{Plan.NearestName.Hint(name, Enum.GetNames<Planner>().Select(n => n.ToLowerInvariant()))}");

    private static (string Name, string Path) Split(string pair, string option)
    {
        int at = pair.IndexOf('=', StringComparison.Ordinal);
        return at > 0 && at < pair.Length - 1
            ? (pair[..at], pair[(at + 1)..])
            : throw new InferFException(InferFErrorCode.InvalidArgument, $"{option} takes name=file. Got '{pair}'.");
    }
}
