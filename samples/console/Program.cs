// The library on one page, over the sample's flights. docs/API.md explains it.
//
//   dotnet run -c Release samples/console/Program.cs
#:project ../../managed/InferF
#:property PublishAot=false

using System.Runtime.CompilerServices;
using Apache.Arrow;
using InferF;
using InferF.Plan;
using InferF.Results;

string flights = Path.Combine(Path.GetDirectoryName(SourceFile())!, "..", "flights");

await using InferSession session = InferSession.Open(new InferOptions { MemoryLimit = "2GB" });
session.Tables.Add("flights", Source.Parquet(Path.Combine(flights, "flights.parquet")));
session.Tables.Add("airports", Source.File(Path.Combine(flights, "airports.parquet")));
Model model = await session.Models.LoadAsync("delay", Path.Combine(flights, "delay.onnx"));
Console.WriteLine($"{model.Name} reads {string.Join(", ", model.Inputs.Select(input => input.Name))}");

// What the sample's query.sql computes for every flight, for the flights most likely to be late out of one airport.
string sql = await File.ReadAllTextAsync(Path.Combine(flights, "query.sql"));
InferQuery query = session.Sql($"{sql.TrimEnd()} WHERE f.origin = 'ORD' ORDER BY probability DESC LIMIT 5");

// The rows, as Arrow record batches.
await foreach (RecordBatch batch in query.ExecuteArrowBatchesAsync())
{
    using (batch)
    {
        var destination = (StringArray)batch.Column("destination");
        var probability = (FloatArray)batch.Column("probability");
        for (int i = 0; i < batch.Length; i++)
        {
            Console.WriteLine(FormattableString.Invariant($"ORD to {destination.GetString(i)}: {probability.GetValue(i):F3}"));
        }
    }
}

// Which part of the model runs on the rows of which relation.
PlanReport plan = await query.ExplainAsync();
Console.WriteLine(plan.ToText());

// The same rows, joined by DuckDB and scored by ONNX Runtime.
ParityReport parity = await query.VerifyAsync();
Console.WriteLine(parity.ToText());

// A file instead: every format `inferf query -o` knows.
await using (var output = new MemoryStream())
{
    ResultWriter? writer = null;
    await foreach (RecordBatch batch in query.ExecuteArrowBatchesAsync())
    {
        writer ??= ResultWriter.Create("csv", output, batch.Schema);
        await writer.WriteAsync(batch, CancellationToken.None);
        batch.Dispose();
    }
    await (writer?.DisposeAsync() ?? ValueTask.CompletedTask);
    Console.WriteLine($"{output.Length} bytes of CSV");
}

// Errors say what was expected and name the nearest candidate.
try
{
    session.Sql("SELECT f.orign FROM flights f");
}
catch (InferFException exception)
{
    Console.WriteLine($"{exception.Code} at byte {exception.Position}: {exception.Message}");
}
return parity.Ok ? 0 : 1;

static string SourceFile([CallerFilePath] string path = "") => path;
