using System.Runtime.InteropServices;
using InferF.Bindings;
using InferF.Runtime.Errors;

namespace InferF.Runtime.Handles;

/// <summary>Owns an <c>inferf_query</c> and a reference to its engine.</summary>
internal sealed unsafe class QueryHandle : SafeHandle
{
    private readonly EngineHandle _engine;

    private QueryHandle(EngineHandle engine)
        : base(0, ownsHandle: true) => _engine = engine;

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Creates a query from plan bytes.</summary>
    public static QueryHandle Create(EngineHandle engine, ReadOnlySpan<byte> plan)
    {
        bool added = false;
        engine.DangerousAddRef(ref added);
        var query = new QueryHandle(engine);
        try
        {
            inferf_query* created = null;
            inferf_error error = default;
            fixed (byte* bytes = plan)
            {
                // An empty plan still has an address, so that the engine judges its contents and not its pointer.
                byte nothing = 0;
                int status = NativeMethods.inferf_query_create((inferf_engine*)engine.DangerousGetHandle(), plan.IsEmpty ? &nothing : bytes, plan.Length, &created, &error);
                NativeCall.Check(status, in error);
            }
            query.SetHandle((nint)created);
            return query;
        }
        catch
        {
            query.SetHandleAsInvalid();
            engine.DangerousRelease();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMethods.inferf_query_destroy((inferf_query*)handle);
        _engine.DangerousRelease();
        return true;
    }
}
