using System.Runtime.InteropServices;

namespace InferF.Bindings;

internal static unsafe partial class NativeMethods
{
    internal const int INFERF_ABI_VERSION = 4;

    internal const int INFERF_OK = 0;

    internal const int INFERF_ERROR_INVALID_ARGUMENT = 1;

    internal const int INFERF_ERROR_INVALID_PLAN = 2;

    internal const int INFERF_ERROR_INVALID_DATA = 3;

    internal const int INFERF_ERROR_TYPE_MISMATCH = 4;

    internal const int INFERF_ERROR_NULL_INPUT = 5;

    internal const int INFERF_ERROR_MEMORY_LIMIT = 6;

    internal const int INFERF_ERROR_CANCELLED = 7;

    internal const int INFERF_ERROR_UNSUPPORTED = 8;

    internal const int INFERF_ERROR_SOURCE = 9;

    internal const int INFERF_ERROR_ARITHMETIC = 10;

    internal const int INFERF_ERROR_INTERNAL = 11;

    internal const int INFERF_COUNTER_NODE = 0;

    internal const int INFERF_COUNTER_VALUE = 1;

    internal const int INFERF_COUNTER_CACHED_ROWS = 2;

    internal const int INFERF_COUNTER_CACHED_VALUES = 3;

    internal const int INFERF_COUNTER_TUPLES = 4;

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("int32_t")]
    internal static extern int inferf_abi_version();

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_engine_create([NativeTypeName("const inferf_engine_options *")] inferf_engine_options* options, inferf_engine** engine, inferf_error* error);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void inferf_engine_destroy(inferf_engine* engine);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_engine_memory([NativeTypeName("const inferf_engine *")] inferf_engine* engine, inferf_memory_usage* usage, inferf_error* error);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_engine_clear_cache(inferf_engine* engine, inferf_error* error);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_engine_fail_allocation(inferf_engine* engine, [NativeTypeName("int64_t")] long countdown, inferf_error* error);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_query_create(inferf_engine* engine, [NativeTypeName("const uint8_t *")] byte* plan, [NativeTypeName("int64_t")] long plan_size, inferf_query** query, inferf_error* error);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void inferf_query_destroy(inferf_query* query);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_query_bind_table(inferf_query* query, [NativeTypeName("int32_t")] int table, [NativeTypeName("struct ArrowArrayStream *")] Apache.Arrow.C.CArrowArrayStream* stream, inferf_error* error);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_query_key_table(inferf_query* query, [NativeTypeName("int32_t")] int table, [NativeTypeName("const uint8_t *")] byte* key, [NativeTypeName("int64_t")] long key_size, inferf_error* error);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_query_bind_tensor(inferf_query* query, [NativeTypeName("int32_t")] int tensor, [NativeTypeName("struct ArrowSchema *")] Apache.Arrow.C.CArrowSchema* schema, [NativeTypeName("struct ArrowArray *")] Apache.Arrow.C.CArrowArray* array, inferf_error* error);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_query_build(inferf_query* query, inferf_error* error);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_query_observations([NativeTypeName("const inferf_query *")] inferf_query* query, inferf_observation* observations, [NativeTypeName("int64_t")] long capacity, [NativeTypeName("int64_t *")] long* count, inferf_error* error);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_query_replan(inferf_query* query, [NativeTypeName("const uint8_t *")] byte* plan, [NativeTypeName("int64_t")] long plan_size, inferf_error* error);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_query_execute(inferf_query* query, [NativeTypeName("struct ArrowArrayStream *")] Apache.Arrow.C.CArrowArrayStream* results, inferf_error* error);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_query_cancel(inferf_query* query, inferf_error* error);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_query_failure([NativeTypeName("const inferf_query *")] inferf_query* query, inferf_error* failure);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_query_progress([NativeTypeName("const inferf_query *")] inferf_query* query, inferf_progress* progress, inferf_error* error);

    [DllImport("inferf", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    [return: NativeTypeName("inferf_status")]
    internal static extern int inferf_query_counters([NativeTypeName("const inferf_query *")] inferf_query* query, inferf_counter* counters, [NativeTypeName("int64_t")] long capacity, [NativeTypeName("int64_t *")] long* count, inferf_error* error);
}
