using Apache.Arrow.C;
using InferF.Runtime.Arrow;

namespace InferF.Interop.Tests;

/// <summary>Yields facts(k, x) and then damages the exported structs. The original values are restored before the release.</summary>
internal sealed unsafe class HostileProducer(HostileProducer.Damage damage) : StreamProducer
{
    private ArrowArray* _undamaged;
    private int _batches;

    /// <summary>Changes an exported batch.</summary>
    public delegate void Damage(ArrowArray* batch);

    /// <summary>A column without values.</summary>
    public static Damage MissingBuffer { get; } = batch => batch->Children[1]->Buffers[1] = null;

    /// <summary>Ways to damage a batch, by name.</summary>
    public static IReadOnlyDictionary<string, Damage> Damages { get; } = new Dictionary<string, Damage>
    {
        ["values missing"] = MissingBuffer,
        ["column shorter than the batch"] = batch => batch->Children[0]->Length = 1,
        ["negative length"] = batch => batch->Length = -1,
        ["negative column length"] = batch => batch->Children[1]->Length = -4,
        ["negative offset"] = batch => batch->Children[1]->Offset = -1,
        ["length plus offset overflows"] = batch => batch->Children[1]->Offset = long.MaxValue,
        ["too few buffers"] = batch => batch->Children[0]->NumBuffers = 1,
        ["too many buffers"] = batch => batch->Children[0]->NumBuffers = 3,
        ["negative number of buffers"] = batch => batch->Children[0]->NumBuffers = -1,
        ["no buffer table"] = batch => batch->Children[0]->Buffers = null,
        ["too few columns"] = batch => batch->NumChildren = 1,
        ["negative number of columns"] = batch => batch->NumChildren = -2,
        ["no column table"] = batch => batch->Children = null,
        ["no column struct"] = batch => batch->Children[1] = null,
        ["more NULLs than rows"] = batch => batch->Children[1]->NullCount = 1000,
        ["NULLs without a bitmap"] = batch =>
        {
            batch->Children[1]->NullCount = 1;
            batch->Children[1]->Buffers[0] = null;
        },
    };

    /// <inheritdoc/>
    protected override void ReadSchema(ArrowSchema* schema) =>
        CArrowSchemaExporter.ExportSchema(Producers.Batch("x", 1, i => i, i => i).Schema, (CArrowSchema*)schema);

    /// <inheritdoc/>
    protected override void ReadNext(ArrowArray* array)
    {
        if (_batches++ > 0)
        {
            return;
        }
        // The damaged structs are copies over the same buffers, so that the release of the undamaged ones frees everything once.
        _undamaged = (ArrowArray*)System.Runtime.InteropServices.NativeMemory.AllocZeroed((nuint)sizeof(ArrowArray));
        CArrowArrayExporter.ExportRecordBatch(Producers.Batch("x", 4, i => i % 3, i => i), (CArrowArray*)_undamaged);
        *array = CopyOf(_undamaged);
        damage(array);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_undamaged is not null)
        {
            _undamaged->Release();
            System.Runtime.InteropServices.NativeMemory.Free(_undamaged);
        }
        base.Dispose();
    }

    // The copies live as long as the process: a hostile producer owes nobody tidiness, and the damage may have cut the way to them.
    private static ArrowArray CopyOf(ArrowArray* source)
    {
        ArrowArray copy = *source;
        copy.ReleaseCallback = &Forget;
        copy.Buffers = (void**)System.Runtime.InteropServices.NativeMemory.AllocZeroed((nuint)Math.Max(source->NumBuffers, 3), (nuint)sizeof(void*));
        for (long i = 0; i < source->NumBuffers; i++)
        {
            copy.Buffers[i] = source->Buffers[i];
        }
        copy.Children = (ArrowArray**)System.Runtime.InteropServices.NativeMemory.AllocZeroed((nuint)source->NumChildren + 1, (nuint)sizeof(void*));
        for (long i = 0; i < source->NumChildren; i++)
        {
            copy.Children[i] = (ArrowArray*)System.Runtime.InteropServices.NativeMemory.AllocZeroed((nuint)sizeof(ArrowArray));
            *copy.Children[i] = CopyOf(source->Children[i]);
        }
        return copy;
    }

    [System.Runtime.InteropServices.UnmanagedCallersOnly(CallConvs = [typeof(System.Runtime.CompilerServices.CallConvCdecl)])]
    private static void Forget(ArrowArray* array) => array->ReleaseCallback = null;
}
