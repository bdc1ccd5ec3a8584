using Apache.Arrow;
using InferF.Cli.Bench.Data;
using InferF.Cli.Bench.Models;
using InferF.Cli.Bench.Planner;

namespace InferF.Cli.Bench.Workloads;

/// <summary>Real flights: with origin and destination as two roles of one table of airports, and with plane, destination and weather over text and composite keys.</summary>
internal static class RealFlights
{
    /// <summary>Three million flights in the United States.</summary>
    public static Workload UnitedStates { get; } = Create(
        "flights-3m",
        "three million flights with their origin and destination: one table of airports in two roles, text keys; an MLP 318-64-1",
        "flights-3m",
        3_000_000,
        64,
        [SharedSchemas.Flights3M, SharedSchemas.AirportsByIata],
        [new TableUse("f", "flights"), new TableUse("o", "airports", "f.origin = o.iata"), new TableUse("d", "airports", "f.destination = d.iata")]);

    /// <summary>A year of flights from New York.</summary>
    public static Workload NewYork { get; } = Create(
        "nycflights13",
        "336 776 flights from New York with plane, destination and the weather at the origin: text and composite keys; an MLP over all columns",
        "nycflights13",
        336_776,
        64,
        SharedSchemas.NewYorkTables,
        [
            new TableUse("f", "flights"),
            new TableUse("p", "planes", "f.tailnum = p.tailnum"),
            new TableUse("a", "airports", "f.dest = a.faa"),
            new TableUse("w", "weather", "f.origin = w.origin AND f.\"month\" = w.\"month\" AND f.\"day\" = w.\"day\" AND f.\"hour\" = w.\"hour\""),
        ]);

    private static Workload Create(
        string name, string description, string dataSet, int rows, int hidden, IReadOnlyList<SharedTable> sources, IReadOnlyList<TableUse> from) => new(
        name, description, rows, async (request, cancellation) =>
    {
        string folder = SharedFolder.Find(dataSet) ?? throw new InferFException(InferFErrorCode.Source, $"Cannot run '{name}': {SharedFolder.WhyMissing(dataSet)}.");
        List<BenchTable> tables = [];
        int count = 0;
        foreach (SharedTable source in sources)
        {
            IReadOnlyList<RecordBatch> batches = await SharedTables.ReadAsync(folder, source, cancellation);
            if (tables.Count == 0)
            {
                batches = SharedTables.Numbered(batches, request.Rows);
                count = batches.Sum(batch => batch.Length);
            }
            tables.Add(BenchTable.Of(source.Name, batches));
        }
        ModelInput input = new("x", [.. from.Select(use => (use.Alias, tables.Single(table => table.Name == use.Table).Width))]);
        OnnxMlpWriter.Write(request.ModelPath, [input.Width, hidden, 1], request.Weights());
        return new WorkloadData(tables, new WorkloadQuery(from, [input]), request.ModelPath, count);
    })
    {
        Missing = () => SharedFolder.Find(dataSet) is null ? SharedFolder.WhyMissing(dataSet) : null,
    };
}
