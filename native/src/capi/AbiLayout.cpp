// Sizes and offsets of everything that crosses the C boundary, on every 64-bit platform. The bindings assert the same numbers; a
// failure here means that INFERF_ABI_VERSION must change, not that the number must.
#include <cstddef>

#include "inferf/inferf.h"

static_assert(sizeof(void*) == 8, "The engine supports 64-bit platforms only.");

#define INFERF_ASSERT_OFFSET(type, field, expected) static_assert(offsetof(type, field) == (expected), #type "." #field " has moved.")

static_assert(sizeof(inferf_status) == 4);

static_assert(sizeof(inferf_error) == 1024);
INFERF_ASSERT_OFFSET(inferf_error, code, 0);
INFERF_ASSERT_OFFSET(inferf_error, kind, 4);
INFERF_ASSERT_OFFSET(inferf_error, message, 8);

static_assert(sizeof(inferf_engine_options) == 56);
INFERF_ASSERT_OFFSET(inferf_engine_options, struct_size, 0);
INFERF_ASSERT_OFFSET(inferf_engine_options, num_threads, 4);
INFERF_ASSERT_OFFSET(inferf_engine_options, memory_limit, 8);
INFERF_ASSERT_OFFSET(inferf_engine_options, onnxruntime_path, 16);
INFERF_ASSERT_OFFSET(inferf_engine_options, onnxruntime_path_size, 24);
INFERF_ASSERT_OFFSET(inferf_engine_options, spill_directory, 32);
INFERF_ASSERT_OFFSET(inferf_engine_options, spill_directory_size, 40);
INFERF_ASSERT_OFFSET(inferf_engine_options, cache_limit, 48);

static_assert(sizeof(inferf_memory_usage) == 48);
INFERF_ASSERT_OFFSET(inferf_memory_usage, bytes_in_use, 0);
INFERF_ASSERT_OFFSET(inferf_memory_usage, bytes_peak, 8);
INFERF_ASSERT_OFFSET(inferf_memory_usage, bytes_limit, 16);
INFERF_ASSERT_OFFSET(inferf_memory_usage, bytes_cached, 24);
INFERF_ASSERT_OFFSET(inferf_memory_usage, num_cache_hits, 32);
INFERF_ASSERT_OFFSET(inferf_memory_usage, num_cache_misses, 40);

static_assert(sizeof(inferf_progress) == 32);
INFERF_ASSERT_OFFSET(inferf_progress, num_source_rows, 0);
INFERF_ASSERT_OFFSET(inferf_progress, num_output_rows, 8);
INFERF_ASSERT_OFFSET(inferf_progress, phase, 16);
INFERF_ASSERT_OFFSET(inferf_progress, reserved, 20);
INFERF_ASSERT_OFFSET(inferf_progress, num_spilled_bytes, 24);

static_assert(sizeof(inferf_counter) == 48);
INFERF_ASSERT_OFFSET(inferf_counter, kind, 0);
INFERF_ASSERT_OFFSET(inferf_counter, id, 4);
INFERF_ASSERT_OFFSET(inferf_counter, num_rows_in, 8);
INFERF_ASSERT_OFFSET(inferf_counter, num_rows_out, 16);
INFERF_ASSERT_OFFSET(inferf_counter, nanoseconds, 24);
INFERF_ASSERT_OFFSET(inferf_counter, bytes, 32);
INFERF_ASSERT_OFFSET(inferf_counter, flops, 40);

static_assert(sizeof(inferf_observation) == 56);
INFERF_ASSERT_OFFSET(inferf_observation, node, 0);
INFERF_ASSERT_OFFSET(inferf_observation, reserved, 4);
INFERF_ASSERT_OFFSET(inferf_observation, num_rows, 8);
INFERF_ASSERT_OFFSET(inferf_observation, num_distinct_keys, 16);
INFERF_ASSERT_OFFSET(inferf_observation, num_build_rows, 24);
INFERF_ASSERT_OFFSET(inferf_observation, num_referenced_rows, 32);
INFERF_ASSERT_OFFSET(inferf_observation, num_sampled_rows_in, 40);
INFERF_ASSERT_OFFSET(inferf_observation, num_sampled_rows_out, 48);

static_assert(sizeof(ArrowSchema) == 72);
INFERF_ASSERT_OFFSET(ArrowSchema, format, 0);
INFERF_ASSERT_OFFSET(ArrowSchema, name, 8);
INFERF_ASSERT_OFFSET(ArrowSchema, metadata, 16);
INFERF_ASSERT_OFFSET(ArrowSchema, flags, 24);
INFERF_ASSERT_OFFSET(ArrowSchema, n_children, 32);
INFERF_ASSERT_OFFSET(ArrowSchema, children, 40);
INFERF_ASSERT_OFFSET(ArrowSchema, dictionary, 48);
INFERF_ASSERT_OFFSET(ArrowSchema, release, 56);
INFERF_ASSERT_OFFSET(ArrowSchema, private_data, 64);

static_assert(sizeof(ArrowArray) == 80);
INFERF_ASSERT_OFFSET(ArrowArray, length, 0);
INFERF_ASSERT_OFFSET(ArrowArray, null_count, 8);
INFERF_ASSERT_OFFSET(ArrowArray, offset, 16);
INFERF_ASSERT_OFFSET(ArrowArray, n_buffers, 24);
INFERF_ASSERT_OFFSET(ArrowArray, n_children, 32);
INFERF_ASSERT_OFFSET(ArrowArray, buffers, 40);
INFERF_ASSERT_OFFSET(ArrowArray, children, 48);
INFERF_ASSERT_OFFSET(ArrowArray, dictionary, 56);
INFERF_ASSERT_OFFSET(ArrowArray, release, 64);
INFERF_ASSERT_OFFSET(ArrowArray, private_data, 72);

static_assert(sizeof(ArrowArrayStream) == 40);
INFERF_ASSERT_OFFSET(ArrowArrayStream, get_schema, 0);
INFERF_ASSERT_OFFSET(ArrowArrayStream, get_next, 8);
INFERF_ASSERT_OFFSET(ArrowArrayStream, get_last_error, 16);
INFERF_ASSERT_OFFSET(ArrowArrayStream, release, 24);
INFERF_ASSERT_OFFSET(ArrowArrayStream, private_data, 32);
