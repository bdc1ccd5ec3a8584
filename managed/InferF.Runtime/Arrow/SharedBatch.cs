using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Apache.Arrow;

namespace InferF.Runtime.Arrow;

/// <summary>
/// A record batch in memory that native code reads any number of times: its buffers are pinned once, and every reader gets its own small
/// tree of C structs over the same buffers.
/// </summary>
/// <remarks>Freed with its <see cref="SharedBatchSet"/>, when the owner and every lent struct have let go.</remarks>
internal sealed unsafe class SharedBatch
{
    private readonly RecordBatch _batch;
    private readonly List<MemoryHandle> _pins = [];
    private readonly Node[] _columns;
    private readonly void** _buffers;
    private readonly SharedBatchSet _set;

    /// <summary>Takes ownership of a batch for a set.</summary>
    public SharedBatch(RecordBatch batch, SharedBatchSet set)
    {
        _batch = batch;
        _set = set;
        ArrayData[] columns = [.. Enumerable.Range(0, batch.ColumnCount).Select(i => batch.Column(i).Data)];
        _buffers = (void**)NativeMemory.AllocZeroed((nuint)Math.Max(columns.Sum(CountBuffers), 1), (nuint)sizeof(void*));
        void** next = _buffers;
        _columns = [.. columns.Select(data => Pin(data, ref next))];
    }

    // One array and where its buffers are; the shape of the lent structs.
    private sealed record Node(long Length, long NullCount, long Offset, int NumBuffers, nint Buffers, ImmutableArray<Node> Children, Node? Dictionary)
    {
        public int Arrays { get; } = 1 + Children.Sum(child => child.Arrays) + (Dictionary?.Arrays ?? 0);

        public int Pointers { get; } = Children.Length + Children.Sum(child => child.Pointers) + (Dictionary?.Pointers ?? 0);
    }

    // Head of the block of native memory that holds all structs of one loan.
    private struct Loan
    {
        public nint Owner;
        public int LiveArrays;
    }

    /// <summary>Number of rows.</summary>
    public int Length => _batch.Length;

    /// <summary>The batch as managed arrays.</summary>
    public RecordBatch Batch => _batch;

    /// <summary>Fills a struct array with the columns asked for. The receiver releases it; children may be moved out of it.</summary>
    public void Lend(ReadOnlySpan<int> columns, ArrowArray* target)
    {
        int arrays = 0;
        int pointers = columns.Length;
        foreach (int column in columns)
        {
            arrays += _columns[column].Arrays;
            pointers += _columns[column].Pointers;
        }
        // [Loan][root's validity pointer][children pointers][structs]
        nuint size = (nuint)(sizeof(Loan) + ((1 + pointers) * sizeof(void*)) + (arrays * sizeof(ArrowArray)));
        var loan = (Loan*)NativeMemory.AllocZeroed(size);
        void** nextPointer = (void**)(loan + 1) + 1;
        var nextArray = (ArrowArray*)(nextPointer + pointers);
        _set.AddReference();
        loan->Owner = GCHandle.ToIntPtr(GCHandle.Alloc(this));
        loan->LiveArrays = arrays + 1;

        var children = (ArrowArray**)nextPointer;
        nextPointer += columns.Length;
        for (int i = 0; i < columns.Length; i++)
        {
            children[i] = Fill(_columns[columns[i]], loan, ref nextPointer, ref nextArray);
        }
        *target = new ArrowArray
        {
            Length = _batch.Length,
            NumBuffers = 1,
            Buffers = (void**)(loan + 1),
            NumChildren = columns.Length,
            Children = children,
            ReleaseCallback = &ReleaseArray,
            PrivateData = loan,
        };
    }

    /// <summary>Lets the buffers move again; nothing may be lent any more.</summary>
    public void Unpin()
    {
        _pins.ForEach(pin => pin.Dispose());
        _pins.Clear();
        NativeMemory.Free(_buffers);
    }

    private static int CountBuffers(ArrayData data) =>
        data.Buffers.Length + (data.Children?.Sum(CountBuffers) ?? 0) + (data.Dictionary is null ? 0 : CountBuffers(data.Dictionary));

    private Node Pin(ArrayData data, ref void** next)
    {
        void** buffers = next;
        next += data.Buffers.Length;
        for (int i = 0; i < data.Buffers.Length; i++)
        {
            if (data.Buffers[i].Length > 0)
            {
                MemoryHandle pin = data.Buffers[i].Memory.Pin();
                _pins.Add(pin);
                buffers[i] = pin.Pointer;
            }
        }
        ImmutableArray<Node>.Builder children = ImmutableArray.CreateBuilder<Node>(data.Children?.Length ?? 0);
        foreach (ArrayData child in data.Children ?? [])
        {
            children.Add(Pin(child, ref next));
        }
        Node? dictionary = data.Dictionary is null ? null : Pin(data.Dictionary, ref next);
        return new Node(data.Length, data.NullCount, data.Offset, data.Buffers.Length, (nint)buffers, children.MoveToImmutable(), dictionary);
    }

    private static ArrowArray* Fill(Node node, Loan* loan, ref void** nextPointer, ref ArrowArray* nextArray)
    {
        ArrowArray* array = nextArray++;
        var children = (ArrowArray**)nextPointer;
        nextPointer += node.Children.Length;
        for (int i = 0; i < node.Children.Length; i++)
        {
            children[i] = Fill(node.Children[i], loan, ref nextPointer, ref nextArray);
        }
        *array = new ArrowArray
        {
            Length = node.Length,
            NullCount = node.NullCount,
            Offset = node.Offset,
            NumBuffers = node.NumBuffers,
            Buffers = (void**)node.Buffers,
            NumChildren = node.Children.Length,
            Children = children,
            Dictionary = node.Dictionary is null ? null : Fill(node.Dictionary, loan, ref nextPointer, ref nextArray),
            ReleaseCallback = &ReleaseArray,
            PrivateData = loan,
        };
        return array;
    }

    // Arrow C data interface, "Release callback semantics": releases the children that were not moved away, then itself.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ReleaseArray(ArrowArray* array)
    {
        for (long i = 0; i < array->NumChildren; i++)
        {
            array->Children[i]->Release();
        }
        if (array->Dictionary is not null)
        {
            array->Dictionary->Release();
        }
        var loan = (Loan*)array->PrivateData;
        *array = default;
        if (Interlocked.Decrement(ref loan->LiveArrays) == 0)
        {
            GCHandle owner = GCHandle.FromIntPtr(loan->Owner);
            NativeMemory.Free(loan);
            var batch = (SharedBatch)owner.Target!;
            owner.Free();
            batch._set.Release();
        }
    }
}
