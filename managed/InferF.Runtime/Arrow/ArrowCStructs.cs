namespace InferF.Runtime.Arrow;

/// <summary><c>ArrowSchema</c> of the Arrow C data interface, with the callbacks that Apache.Arrow's struct keeps to itself.</summary>
internal unsafe struct ArrowSchema
{
    public byte* FormatText;
    public byte* NameText;
    public byte* Metadata;
    public long Flags;
    public long NumChildren;
    public ArrowSchema** Children;
    public ArrowSchema* Dictionary;
    public delegate* unmanaged[Cdecl]<ArrowSchema*, void> ReleaseCallback;
    public void* PrivateData;

    /// <summary>Releases what the struct owns, if it owns anything.</summary>
    public void Release()
    {
        if (ReleaseCallback is not null)
        {
            fixed (ArrowSchema* self = &this)
            {
                ReleaseCallback(self);
            }
        }
    }
}

/// <summary><c>ArrowArray</c> of the Arrow C data interface.</summary>
internal unsafe struct ArrowArray
{
    public long Length;
    public long NullCount;
    public long Offset;
    public long NumBuffers;
    public long NumChildren;
    public void** Buffers;
    public ArrowArray** Children;
    public ArrowArray* Dictionary;
    public delegate* unmanaged[Cdecl]<ArrowArray*, void> ReleaseCallback;
    public void* PrivateData;

    /// <summary>Releases what the struct owns, if it owns anything.</summary>
    public void Release()
    {
        if (ReleaseCallback is not null)
        {
            fixed (ArrowArray* self = &this)
            {
                ReleaseCallback(self);
            }
        }
    }
}

/// <summary><c>ArrowArrayStream</c> of the Arrow C stream interface.</summary>
internal unsafe struct ArrowStream
{
    public delegate* unmanaged[Cdecl]<ArrowStream*, ArrowSchema*, int> GetSchema;
    public delegate* unmanaged[Cdecl]<ArrowStream*, ArrowArray*, int> GetNext;
    public delegate* unmanaged[Cdecl]<ArrowStream*, byte*> GetLastError;
    public delegate* unmanaged[Cdecl]<ArrowStream*, void> ReleaseCallback;
    public void* PrivateData;

    /// <summary>Releases what the struct owns, if it owns anything.</summary>
    public void Release()
    {
        if (ReleaseCallback is not null)
        {
            fixed (ArrowStream* self = &this)
            {
                ReleaseCallback(self);
            }
        }
    }
}
