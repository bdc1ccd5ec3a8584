using System.Runtime.InteropServices;

namespace InferF.Runtime.Handles;

/// <summary>Keeps a handle alive while its raw pointer is in use: the only way to get at one.</summary>
/// <remarks>Use as <c>using var lease = new HandleLease(handle)</c>. Throws <see cref="ObjectDisposedException"/> if the handle is closed.</remarks>
internal readonly ref struct HandleLease
{
    private readonly SafeHandle _handle;

    /// <summary>Adds a reference.</summary>
    public HandleLease(SafeHandle handle)
    {
        bool added = false;
        handle.DangerousAddRef(ref added);
        _handle = handle;
    }

    /// <summary>The raw pointer, valid until <see cref="Dispose"/>.</summary>
    public nint Pointer => _handle.DangerousGetHandle();

    /// <summary>Gives the reference back.</summary>
    public void Dispose() => _handle.DangerousRelease();
}
