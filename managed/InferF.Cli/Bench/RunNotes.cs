namespace InferF.Cli.Bench;

/// <summary>What a run of InferF tells beside its scores.</summary>
/// <param name="OutsideSeconds">
/// Time that was spent neither in the engine nor in reading the results: parsing, planning, handing over the plan and the tables, switching threads for each batch, importing and
/// releasing it. What sources do on the engine's threads while it runs is part of the engine's time.
/// </param>
/// <param name="SpilledBytes">Bytes written to disk because build sides exceed the memory limit.</param>
internal sealed record RunNotes(double OutsideSeconds, long SpilledBytes);
