namespace InferF.Bindings;

internal partial struct inferf_progress
{
    [NativeTypeName("int64_t")]
    public long num_source_rows;

    [NativeTypeName("int64_t")]
    public long num_output_rows;

    [NativeTypeName("int32_t")]
    public int phase;

    [NativeTypeName("int32_t")]
    public int reserved;

    [NativeTypeName("int64_t")]
    public long num_spilled_bytes;
}
