namespace InferF.Bindings;

internal partial struct inferf_counter
{
    [NativeTypeName("int32_t")]
    public int kind;

    [NativeTypeName("int32_t")]
    public int id;

    [NativeTypeName("int64_t")]
    public long num_rows_in;

    [NativeTypeName("int64_t")]
    public long num_rows_out;

    [NativeTypeName("int64_t")]
    public long nanoseconds;

    [NativeTypeName("int64_t")]
    public long bytes;

    [NativeTypeName("int64_t")]
    public long flops;
}
