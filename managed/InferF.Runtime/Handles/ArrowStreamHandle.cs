using System.Runtime.InteropServices;
using Apache.Arrow.C;
using InferF.Runtime.Arrow;

namespace InferF.Runtime.Handles;

/// <summary>Owns the memory of an <c>ArrowArrayStream</c>, what the stream itself owns, and a reference to the handle it comes from.</summary>
internal sealed unsafe class ArrowStreamHandle : SafeHandle
{
    private readonly SafeHandle? _parent;

    /// <summary>Allocates an empty (released) stream for a producer to fill.</summary>
    /// <param name="parent">Kept alive as long as this handle, or null.</param>
    public ArrowStreamHandle(SafeHandle? parent = null)
        : base(0, ownsHandle: true)
    {
        bool added = false;
        parent?.DangerousAddRef(ref added);
        _parent = parent;
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(CArrowArrayStream)));
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        ((ArrowStream*)handle)->Release();
        NativeMemory.Free((void*)handle);
        _parent?.DangerousRelease();
        return true;
    }
}
