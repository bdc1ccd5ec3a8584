namespace InferF.Testing;

/// <summary>Finds the real data that tests run on when they are there: the folder <c>shared/data</c> beside the repository, or where INFERF_SHARED points.</summary>
public static class SharedData
{
    /// <summary>What a test that needs the data says when it is skipped.</summary>
    public const string Missing = "The shared data are not beside the repository; set INFERF_SHARED to their folder.";

    /// <summary>Path of a file or folder below <c>data</c>, or null if it is not there.</summary>
    public static string? Find(params string[] parts)
    {
        string? root = Environment.GetEnvironmentVariable("INFERF_SHARED");
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
        string path = Path.Combine([root, "data", .. parts]);
        return Path.Exists(path) ? path : null;
    }
}
