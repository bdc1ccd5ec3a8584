namespace InferF.Bindings;

internal unsafe partial struct inferf_engine_options
{
    [NativeTypeName("uint32_t")]
    public uint struct_size;

    [NativeTypeName("int32_t")]
    public int num_threads;

    [NativeTypeName("int64_t")]
    public long memory_limit;

    [NativeTypeName("const uint8_t *")]
    public byte* onnxruntime_path;

    [NativeTypeName("int64_t")]
    public long onnxruntime_path_size;

    [NativeTypeName("const uint8_t *")]
    public byte* spill_directory;

    [NativeTypeName("int64_t")]
    public long spill_directory_size;

    [NativeTypeName("int64_t")]
    public long cache_limit;
}
