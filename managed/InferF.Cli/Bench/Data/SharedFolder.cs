namespace InferF.Cli.Bench.Data;

/// <summary>Finds the real data sets: the folder <c>shared/data</c> beside the repository, or where INFERF_SHARED points.</summary>
internal static class SharedFolder
{
    private const string Variable = "INFERF_SHARED";

    /// <summary>Path of a data set, or null if it is not there.</summary>
    /// <param name="name">Name of its folder.</param>
    public static string? Find(string name)
    {
        string? root = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(root))
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "InferF.Interop.sln")))
            {
                folder = folder.Parent;
            }
            if (folder?.Parent is null)
            {
                return null;
            }
            root = Path.Combine(folder.Parent.FullName, "shared");
        }
        string path = Path.Combine(root, "data", name);
        return Directory.Exists(path) ? path : null;
    }

    /// <summary>Why a data set cannot be used, and what to do about it.</summary>
    /// <param name="name">Name of its folder.</param>
    public static string WhyMissing(string name) => $"the shared data set '{name}' is not beside the repository; set {Variable} to the folder that has 'data/{name}'";
}
