using System.CommandLine;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using InferF.Cli.Output;
using InferF.Results;

namespace InferF.Cli.Commands;

/// <summary><c>inferf query</c>: runs a query and writes its rows.</summary>
internal static class QueryCommand
{
    public static Command Create()
    {
        CommonOptions common = new();
        Option<FileInfo?> output = new("--output", "-o") { Description = "File to write; its extension is the format (csv, json, ndjson, arrow, parquet)" };
        Option<string?> format = new("--format") { Description = "Format on standard output or of the file: table, csv, json, ndjson, arrow, parquet" };
        Command command = new("query", "Run a query") { output, format };
        common.AddTo(command);
        command.SetAction(async (parse, cancellation) =>
        {
            (InferSession session, InferQuery query) = await common.OpenAsync(parse, cancellation);
            await using (session)
            {
                await WriteAsync(query, parse.GetValue(output), parse.GetValue(format), cancellation);
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task WriteAsync(InferQuery query, FileInfo? file, string? format, CancellationToken cancellation)
    {
        format ??= file is null ? "table" : file.Extension.TrimStart('.').ToLowerInvariant();
        using IArrowArrayStream results = query.ExecuteArrowStream(cancellation);
        if (file is null)
        {
            await using Stream standardOutput = StandardOutput.Open();
            await using ResultWriter writer = Writer(standardOutput, results.Schema);
            await CopyAsync(results, writer, cancellation);
            return;
        }

        // Written beside the target and renamed at the end: a failed query leaves no half file under the name asked for.
        string partial = $"{file.FullName}.partial";
        try
        {
            await using (FileStream stream = new(partial, FileMode.Create, FileAccess.ReadWrite))
            {
                await using ResultWriter writer = Writer(stream, results.Schema);
                await CopyAsync(results, writer, cancellation);
            }
            File.Move(partial, file.FullName, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }

        ResultWriter Writer(Stream stream, Schema schema) =>
            format == "table" ? new TableResultWriter(stream, schema) : ResultWriter.Create(format, stream, schema);
    }

    private static async Task CopyAsync(IArrowArrayStream results, ResultWriter writer, CancellationToken cancellation)
    {
        while (await results.ReadNextRecordBatchAsync(cancellation) is { } batch)
        {
            using (batch)
            {
                await writer.WriteAsync(batch, cancellation);
            }
        }
    }
}
