namespace InferF.Bindings;

internal partial struct inferf_memory_usage
{
    [NativeTypeName("int64_t")]
    public long bytes_in_use;

    [NativeTypeName("int64_t")]
    public long bytes_peak;

    [NativeTypeName("int64_t")]
    public long bytes_limit;
}
