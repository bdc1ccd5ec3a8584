using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using InferF.Plan.Model;

namespace InferF.Runtime.Arrow;

/// <summary>Exports constants of a model as Arrow arrays. Numbers are pinned and shared, not copied; text is copied.</summary>
internal static unsafe class TensorExport
{
    // What an exported array owns, in native memory: the pin of a managed array or native copies, and the table of buffers.
    private struct Owned
    {
        public nint Pin;
        public void* Offsets;
        public void* Text;
        public void* BufferValidity;
        public void* BufferFirst;
        public void* BufferSecond;
    }

    /// <summary>Fills both structs. Their receiver releases them.</summary>
    public static void Export(ConstantTensor tensor, ArrowSchema* schema, ArrowArray* array)
    {
        var owned = (Owned*)NativeMemory.AllocZeroed((nuint)sizeof(Owned));
        string format;
        try
        {
            format = tensor.Type switch
            {
                ElementType.Float32 => Pin(tensor, owned, "f"),
                ElementType.Float64 => Pin(tensor, owned, "g"),
                ElementType.Int64 => Pin(tensor, owned, "l"),
                ElementType.String => CopyStrings(tensor, owned),
                ElementType.Bytes => Pin(tensor, owned, "C"),
                _ => throw new InferFException(InferFErrorCode.Internal, $"A tensor has an unknown element type. Tensor '{tensor.Name}', type {tensor.Type}."),
            };
        }
        catch
        {
            Free(owned);
            throw;
        }
        *array = new ArrowArray
        {
            Length = tensor.Data.Length,
            NumBuffers = tensor.Type == ElementType.String ? 3 : 2,
            Buffers = &owned->BufferValidity,
            ReleaseCallback = &ReleaseArray,
            PrivateData = owned,
        };
        byte* text = (byte*)NativeMemory.AllocZeroed(4);
        text[0] = (byte)format[0];
        *schema = new ArrowSchema { FormatText = text, NameText = text + 2, ReleaseCallback = &ReleaseSchema, PrivateData = text };
    }

    private static string Pin(ConstantTensor tensor, Owned* owned, string format)
    {
        GCHandle pin = GCHandle.Alloc(tensor.Data, GCHandleType.Pinned);
        owned->Pin = GCHandle.ToIntPtr(pin);
        owned->BufferFirst = (void*)pin.AddrOfPinnedObject();
        return format;
    }

    private static string CopyStrings(ConstantTensor tensor, Owned* owned)
    {
        long size = 0;
        foreach (string text in tensor.Strings)
        {
            size += Encoding.UTF8.GetByteCount(text);
        }
        owned->Text = NativeMemory.AllocZeroed((nuint)Math.Max(size, 1));
        owned->Offsets = NativeMemory.Alloc((nuint)tensor.Strings.Length + 1, sizeof(long));
        owned->BufferFirst = owned->Offsets;
        owned->BufferSecond = owned->Text;
        long* offsets = (long*)owned->Offsets;
        long position = 0;
        offsets[0] = 0;
        for (int i = 0; i < tensor.Strings.Length; i++)
        {
            int available = (int)Math.Min(size - position, int.MaxValue);
            position += Encoding.UTF8.GetBytes(tensor.Strings[i], new Span<byte>((byte*)owned->Text + position, available));
            offsets[i + 1] = position;
        }
        return "U";
    }

    private static void Free(Owned* owned)
    {
        if (owned->Pin != 0)
        {
            GCHandle.FromIntPtr(owned->Pin).Free();
        }
        NativeMemory.Free(owned->Offsets);
        NativeMemory.Free(owned->Text);
        NativeMemory.Free(owned);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ReleaseArray(ArrowArray* array)
    {
        Free((Owned*)array->PrivateData);
        *array = default;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ReleaseSchema(ArrowSchema* schema)
    {
        NativeMemory.Free(schema->PrivateData);
        *schema = default;
    }
}
