using InferF.Bindings.Generator;

// Regenerates bindings/Generated and tests/bindings/Generated from inferf.h. With --check nothing is written: the exit code is 1 if a
// committed file differs from what the header demands.
try
{
    var outputs = new GeneratedFiles(GeneratedFiles.FindRepository(AppContext.BaseDirectory));
    if (args is ["--check"])
    {
        IReadOnlyList<string> differences = outputs.FindDifferences();
        foreach (string difference in differences)
        {
            Console.Error.WriteLine(difference);
        }
        return differences.Count == 0 ? 0 : 1;
    }
    if (args.Length > 0)
    {
        Console.Error.WriteLine("Usage: InferF.Bindings.Generator [--check]");
        return 2;
    }
    Console.WriteLine($"{outputs.Write()} files written.");
    return 0;
}
catch (GeneratorException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
