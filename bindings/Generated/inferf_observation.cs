namespace InferF.Bindings;

internal partial struct inferf_observation
{
    [NativeTypeName("int32_t")]
    public int node;

    [NativeTypeName("int32_t")]
    public int reserved;

    [NativeTypeName("int64_t")]
    public long num_rows;

    [NativeTypeName("int64_t")]
    public long num_distinct_keys;

    [NativeTypeName("int64_t")]
    public long num_build_rows;

    [NativeTypeName("int64_t")]
    public long num_referenced_rows;

    [NativeTypeName("int64_t")]
    public long num_sampled_rows_in;

    [NativeTypeName("int64_t")]
    public long num_sampled_rows_out;
}
