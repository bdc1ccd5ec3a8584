namespace InferF.Bindings;

/// <summary>Refuses a library whose interface is of another version than these bindings.</summary>
internal static class AbiGuard
{
    private static readonly Lazy<Exception?> s_mismatch = new(() => FindMismatch(NativeMethods.inferf_abi_version(), NativeMethods.INFERF_ABI_VERSION), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Compares the versions, once per process.</summary>
    /// <exception cref="InvalidOperationException">They differ; the message names both.</exception>
    /// <exception cref="DllNotFoundException">The library is not found; the message lists every path tried.</exception>
    internal static void Check()
    {
        if (s_mismatch.Value is Exception mismatch)
        {
            throw mismatch;
        }
    }

    /// <summary>Compares two versions.</summary>
    /// <returns>The exception to throw, or null if they are equal.</returns>
    internal static Exception? FindMismatch(int library, int bindings) => library == bindings
        ? null
        : new InvalidOperationException($"The engine library and the bindings are of different versions. Library: interface version {library}; bindings: interface version {bindings}.");
}
