namespace InferF.Bindings;

internal partial struct inferf_memory_usage
{
    [NativeTypeName("int64_t")]
    public long bytes_in_use;

    [NativeTypeName("int64_t")]
    public long bytes_peak;

    [NativeTypeName("int64_t")]
    public long bytes_limit;

    [NativeTypeName("int64_t")]
    public long bytes_cached;

    [NativeTypeName("int64_t")]
    public long num_cache_hits;

    [NativeTypeName("int64_t")]
    public long num_cache_misses;
}
