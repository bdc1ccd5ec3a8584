// Loads the engine, DuckDB and ONNX Runtime as they come out of the packages.
using InferF;

IReadOnlyList<DoctorCheck> checks = await Doctor.RunAsync();
foreach (DoctorCheck check in checks)
{
    Console.WriteLine($"{(check.Ok ? "ok    " : "FAILED")} {check.Name}: {check.Detail}");
}
return checks.All(check => check.Ok) ? 0 : 1;
