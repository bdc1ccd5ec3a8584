using System.Runtime.InteropServices;
using InferF.Bindings;

namespace InferF.Runtime.Handles;

/// <summary>Owns an <c>inferf_engine</c>.</summary>
internal sealed unsafe class EngineHandle : SafeHandle
{
    /// <summary>Takes ownership.</summary>
    public EngineHandle(inferf_engine* engine)
        : base(0, ownsHandle: true) => SetHandle((nint)engine);

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMethods.inferf_engine_destroy((inferf_engine*)handle);
        return true;
    }
}
