/* InferF engine, C interface.
 *
 * The only way into the native engine: plan bytes and Arrow C structs go in, an Arrow C stream of results comes out. Compiles as C11.
 *
 * Conventions
 *   Status      Every call that can fail returns an int32_t: INFERF_OK (0) or one of the INFERF_ERROR_* codes. On failure, outputs are
 *               untouched and nothing needs cleaning up. The last parameter, `error`, may be NULL; otherwise the caller provides the
 *               struct and the callee fills it. No call throws, aborts or longjmps.
 *   Handles     Pointers to incomplete structs. *_destroy accepts NULL, never fails and may run on any thread, in any order: a query keeps
 *               what it needs of its engine alive, a result stream keeps what it needs of its query alive.
 *   Text        UTF-8, pointer and byte length, or a NUL-terminated array inside a struct.
 *   Booleans    uint8_t, 0 or 1.
 *   Options     Structs that start with struct_size, which the caller sets to sizeof; fields are only ever appended; a shorter struct means
 *               defaults for what it lacks.
 *   Arrow       Ownership moves as the Arrow C data interface says: after a successful *or failed* bind call the callee owns the struct (its
 *               `release` has been set to NULL in the caller's copy). Lengths, offsets and validity bitmaps are honoured and checked.
 */
#ifndef INFERF_H
#define INFERF_H

#include <stdint.h>

#include "inferf/arrow_c.h"

#if !defined(INFERF_API)
#if defined(_WIN32)
#if defined(INFERF_BUILDING)
#define INFERF_API __declspec(dllexport)
#else
#define INFERF_API __declspec(dllimport)
#endif
#else
#define INFERF_API __attribute__((visibility("default")))
#endif
#endif

#if defined(__cplusplus)
#define INFERF_NOEXCEPT noexcept
extern "C" {
#else
#define INFERF_NOEXCEPT
#endif

/* Version of this interface. Changes whenever a signature, a struct or the meaning of a code changes. */
#define INFERF_ABI_VERSION 4

typedef int32_t inferf_status;

enum {
  INFERF_OK = 0,
  INFERF_ERROR_INVALID_ARGUMENT = 1,  /* NULL where not allowed, index out of range, call in the wrong state */
  INFERF_ERROR_INVALID_PLAN = 2,      /* malformed or inconsistent plan bytes */
  INFERF_ERROR_INVALID_DATA = 3,      /* malformed Arrow struct, list of another length, broken UTF-8 offsets */
  INFERF_ERROR_TYPE_MISMATCH = 4,     /* a column's type does not fit its use in the plan */
  INFERF_ERROR_NULL_INPUT = 5,        /* NULL reached a model input that cannot take it */
  INFERF_ERROR_MEMORY_LIMIT = 6,      /* the counted pool's limit, or the allocator's */
  INFERF_ERROR_CANCELLED = 7,
  INFERF_ERROR_UNSUPPORTED = 8,       /* valid, but not something this engine can do */
  INFERF_ERROR_SOURCE = 9,            /* a bound stream reported an error, or a spill file could not be written or read (a full disk); with its text */
  INFERF_ERROR_ARITHMETIC = 10,       /* integer overflow or division by zero in an expression */
  INFERF_ERROR_INTERNAL = 11          /* a broken invariant: a bug of the engine */
};

/* Filled by the callee on failure. `message` is NUL-terminated UTF-8, cut at a character boundary if longer. */
typedef struct inferf_error {
  int32_t code;       /* INFERF_ERROR_* */
  int32_t kind;       /* 0: the caller or its data; 1: the engine */
  char message[1016];
} inferf_error;

typedef struct inferf_engine inferf_engine; /* any thread */
typedef struct inferf_query inferf_query;   /* one thread at a time, except inferf_query_cancel and inferf_query_progress: any thread */

typedef struct inferf_engine_options {
  uint32_t struct_size;
  int32_t num_threads;   /* worker threads; 0: one per available core */
  int64_t memory_limit;  /* bytes the engine may hold at once; 0: no limit */
  /* File of the ONNX Runtime library that the host uses itself, so that both share it; UTF-8, copied. NULL: one that is loaded already, lies beside the
   * engine or is found by the system's loader. Loaded when a plan first needs it; one library serves the process, so the last path named before that counts. */
  const uint8_t* onnxruntime_path;
  int64_t onnxruntime_path_size;  /* bytes */
  /* Directory where build sides of joins go that do not fit into memory_limit, with the rows that join them; UTF-8, copied; must exist and be writable. The
   * files have no name there and vanish with the run, or with the process. NULL: the system's directory for temporary files. */
  const uint8_t* spill_directory;
  int64_t spill_directory_size;  /* bytes */
  int64_t cache_limit;   /* bytes that finished build sides may take while no query uses them (inferf_query_key_table); 0: nothing is cached */
} inferf_engine_options;

typedef struct inferf_memory_usage {
  int64_t bytes_in_use; /* bytes held now by the engine and all its queries */
  int64_t bytes_peak;   /* highest bytes_in_use so far */
  int64_t bytes_limit;  /* 0: none */
  int64_t bytes_cached; /* of cached build sides, used or not; in bytes_in_use but for columns that a producer lent without a copy */
  int64_t num_cache_hits;   /* build sides, and their values, that were found in the cache so far */
  int64_t num_cache_misses; /* that were looked for and not found */
} inferf_memory_usage;

typedef struct inferf_progress {
  int64_t num_source_rows; /* rows of the streamed table consumed so far */
  int64_t num_output_rows; /* rows produced so far */
  int32_t phase;           /* 0 not started, 1 build, 2 probe, 3 finished */
  int32_t reserved;
  int64_t num_spilled_bytes; /* bytes written to disk because they exceeded the memory limit; then rows arrive in another order */
} inferf_progress;

enum {
  INFERF_COUNTER_NODE = 0, /* id is an index into PlanFragment.nodes */
  INFERF_COUNTER_VALUE = 1, /* id is an index into PlanFragment.values */
  /* id is an index into PlanFragment.nodes; num_rows_out and bytes tell what the cache held. Only for nodes of which something came from it. */
  INFERF_COUNTER_CACHED_ROWS = 2,  /* the node's rows, and at the top of a build side the index over its keys; bytes are counted there */
  INFERF_COUNTER_CACHED_VALUES = 3, /* the values stored at the node */
  /* id is an index into PlanFragment.nodes, of a node some of whose values were computed once per tuple of build rows: num_rows_in rows whose tuple was
   * looked up, num_rows_out those whose tuple was new to the worker; nanoseconds for looking up and copying; bytes is the most that workers held. */
  INFERF_COUNTER_TUPLES = 4
};

/* What one operator did. Times are summed over threads. */
typedef struct inferf_counter {
  int32_t kind; /* INFERF_COUNTER_* */
  int32_t id;
  int64_t num_rows_in;
  int64_t num_rows_out;
  int64_t nanoseconds;
  int64_t bytes; /* bytes of accumulators, ids and payload read and written */
  int64_t flops; /* floating-point operations, a fused multiply-add counting two */
} inferf_counter;

/* What inferf_query_build found about one relational node. "Streamed" nodes are those above the scan of the streamed table, and that scan. */
typedef struct inferf_observation {
  int32_t node;                 /* index into PlanFragment.nodes */
  int32_t reserved;
  int64_t num_rows;             /* rows the node yields; -1: streamed */
  int64_t num_distinct_keys;    /* joins: distinct keys of the build side, rows with a NULL key not counted; -1: no join */
  int64_t num_build_rows;       /* joins: rows of the build side; -1: no join */
  /* Joins: distinct rows of the build side that joined rows refer to, before any later filter or join. Exact if the probe side is part of a build
   * side; of the sample if it is streamed. -1: no join, or above a filter that reads values. */
  int64_t num_referenced_rows;
  /* Streamed nodes: rows of the sample that entered and left the node (joins: rows of the probe side that entered). -1: not known, because the node is,
   * or is above, a filter that reads values, which is not evaluated. Other nodes: 0. */
  int64_t num_sampled_rows_in;
  int64_t num_sampled_rows_out;
} inferf_observation;

/* Version of the interface the library was built with. Compare with INFERF_ABI_VERSION before anything else. */
INFERF_API int32_t inferf_abi_version(void) INFERF_NOEXCEPT;

/* Creates an engine: a thread arena and a counted memory pool.
 *   options  in; may be NULL (all defaults)
 *   engine   out; destroy with inferf_engine_destroy
 * Errors: INVALID_ARGUMENT (engine is NULL, negative option, a spill directory in which no file can be created), MEMORY_LIMIT. */
INFERF_API inferf_status inferf_engine_create(const inferf_engine_options* options, inferf_engine** engine,
                                              inferf_error* error) INFERF_NOEXCEPT;

/* Releases the caller's reference. Queries and streams made from the engine stay valid. */
INFERF_API void inferf_engine_destroy(inferf_engine* engine) INFERF_NOEXCEPT;

/* Reads the memory counters. usage: out. Any thread. Errors: INVALID_ARGUMENT. */
INFERF_API inferf_status inferf_engine_memory(const inferf_engine* engine, inferf_memory_usage* usage,
                                              inferf_error* error) INFERF_NOEXCEPT;

/* Forgets every cached build side. What a query uses is freed when it no longer does. Any thread. Errors: INVALID_ARGUMENT. */
INFERF_API inferf_status inferf_engine_clear_cache(inferf_engine* engine, inferf_error* error) INFERF_NOEXCEPT;

/* Test hook: makes the `countdown`-th allocation from now fail as if the limit had been reached, once; 0 switches the hook off.
 * Errors: INVALID_ARGUMENT. */
INFERF_API inferf_status inferf_engine_fail_allocation(inferf_engine* engine, int64_t countdown,
                                                       inferf_error* error) INFERF_NOEXCEPT;

/* Parses and validates a plan fragment.
 *   plan, plan_size  in; serialized inferf.proto.PlanFragment, bytes; copied
 *   query            out; destroy with inferf_query_destroy
 * Errors: INVALID_ARGUMENT, INVALID_PLAN, MEMORY_LIMIT. */
INFERF_API inferf_status inferf_query_create(inferf_engine* engine, const uint8_t* plan, int64_t plan_size,
                                             inferf_query** query, inferf_error* error) INFERF_NOEXCEPT;

/* Cancels a run that is under way, waits for its workers to let go of bound streams, and releases the query. Called on a thread of that run
 * (from the callback of a bound stream) it cannot wait: the run then ends and releases its streams on its own. */
INFERF_API void inferf_query_destroy(inferf_query* query) INFERF_NOEXCEPT;

/* Binds the rows of PlanFragment.tables[table]; or some of them: called several times for one table, each stream yields a part of its rows. Different
 * streams are then read at the same time, by as many engine threads as there are, and rows of the result come in no particular order if the table is the
 * streamed one. Bound once, the rows of the streamed table keep their order in the result.
 *   stream  in, moved (see Arrow above); must yield structs (record batches) whose schema contains the plan's columns; others are ignored.
 *           get_schema is called once, by this call. get_next is called from engine threads, by one at a time for each stream, only between
 *           inferf_query_execute and the end of the run, and from threads that work for inferf_query_build. A stream may put off its work until
 *           get_next is first called.
 * After a failure what was bound before stays bound. Errors: INVALID_ARGUMENT (no such table, already built or executing), INVALID_DATA, TYPE_MISMATCH (a
 * column is missing, or has another type than in the table's first stream), UNSUPPORTED, SOURCE (get_schema failed), MEMORY_LIMIT. */
INFERF_API inferf_status inferf_query_bind_table(inferf_query* query, int32_t table, struct ArrowArrayStream* stream,
                                                 inferf_error* error) INFERF_NOEXCEPT;

/* Names the contents of PlanFragment.tables[table], so that what a run finishes about a build side of such tables can be used by later runs, and what
 * earlier ones finished by this one: the stream of a table is then not read at all. By equal keys the caller promises that streams with equal schemas
 * yield equal rows in the same order; everything else that results depend on the engine compares itself. Of no use for the streamed table.
 *   key, key_size  in; any bytes, 1 to 1024 of them; copied
 * May be called before or after the table is bound, once, until the query is built or executed.
 * Errors: INVALID_ARGUMENT (no such table, has a key already, size out of range, already built or executing), MEMORY_LIMIT. */
INFERF_API inferf_status inferf_query_key_table(inferf_query* query, int32_t table, const uint8_t* key, int64_t key_size,
                                                inferf_error* error) INFERF_NOEXCEPT;

/* Binds PlanFragment.tensors[tensor], of the plan that inferf_query_replan has set if there is one.
 *   schema, array  in, moved; one non-null array of rows * columns elements: float32 "f", float64 "g", int64 "l", string "u" or "U",
 *                  bytes "C".
 * Errors: INVALID_ARGUMENT, INVALID_DATA, TYPE_MISMATCH. */
INFERF_API inferf_status inferf_query_bind_tensor(inferf_query* query, int32_t tensor, struct ArrowSchema* schema,
                                                  struct ArrowArray* array, inferf_error* error) INFERF_NOEXCEPT;

/* Does the part of a run that depends on no model: reads the tables, executes the joins and filters of all build sides, indexes their keys, and probes
 * a sample of the streamed table, its first rows (at most 16384; they are processed again by the run itself). Blocks until all of it is done;
 * inferf_query_cancel ends it. Every table must be bound, tensors need not be. What is built serves any plan that inferf_query_replan accepts, so it
 * keeps somewhat more row ids than inferf_query_execute alone would. If a build side exceeds the memory limit, it is only read and moved to disk.
 * May be called once, before inferf_query_execute, which then computes the values of the build sides and probes; no join is executed twice.
 * After a failure other than INVALID_ARGUMENT the query can only be destroyed; inferf_query_failure tells it again.
 * Errors: INVALID_ARGUMENT (a table is not bound, already built or executed), UNSUPPORTED (a filter on a build side reads values), CANCELLED,
 * INVALID_DATA, TYPE_MISMATCH, ARITHMETIC, SOURCE, MEMORY_LIMIT. */
INFERF_API inferf_status inferf_query_build(inferf_query* query, inferf_error* error) INFERF_NOEXCEPT;

/* Copies what inferf_query_build found: one entry per node, in their order. Any time after it. There are none if a build side exceeds the memory limit:
 * it is on disk then, and joined part by part by inferf_query_execute.
 *   observations  out, array of `capacity` structs; may be NULL if capacity is 0
 *   count         out; the number there are, which may exceed capacity
 * Errors: INVALID_ARGUMENT. */
INFERF_API inferf_status inferf_query_observations(const inferf_query* query, inferf_observation* observations, int64_t capacity,
                                                   int64_t* count, inferf_error* error) INFERF_NOEXCEPT;

/* Replaces the plan, between inferf_query_build and inferf_query_execute, any number of times. Tables and relational nodes must be the same; only a
 * filter that reads values may have another predicate that does. Values (at any node), tensors, tree ensembles, outputs, null_check_node and
 * lazy_nodes are those of the new plan. All tensors bound so far are dropped: bind those of the new plan.
 *   plan, plan_size  in; serialized inferf.proto.PlanFragment, bytes; copied
 * On failure the plan, and what is bound, stay as they were. Errors: INVALID_ARGUMENT (not built, or executed), INVALID_PLAN (with what differs),
 * MEMORY_LIMIT. */
INFERF_API inferf_status inferf_query_replan(inferf_query* query, const uint8_t* plan, int64_t plan_size,
                                             inferf_error* error) INFERF_NOEXCEPT;

/* Starts the run, or what inferf_query_build has left of it. Every table and tensor of the plan must be bound. Build and probe phases run on engine
 * threads. Rows come in the order of the streamed table if that is bound as one stream, unless
 * rows that meet the same rows of a large build side are processed together, or a build side exceeds the memory limit: then part by part.
 *   results  out; record batches with the plan's output columns, at most a few batches ahead of the reader. get_next blocks. On failure it
 *            returns an errno value, and inferf_query_failure tells the typed error. Releasing the stream early cancels the run.
 * May be called once. Errors: INVALID_ARGUMENT, TYPE_MISMATCH, UNSUPPORTED, MEMORY_LIMIT. */
INFERF_API inferf_status inferf_query_execute(inferf_query* query, struct ArrowArrayStream* results,
                                              inferf_error* error) INFERF_NOEXCEPT;

/* Asks a run to stop; returns at once. Any thread, any number of times, before, during or after a run. Errors: INVALID_ARGUMENT. */
INFERF_API inferf_status inferf_query_cancel(inferf_query* query, inferf_error* error) INFERF_NOEXCEPT;

/* Fills `failure` with the first failure of the run and returns its code, or returns INFERF_OK if there is none. Any thread. */
INFERF_API inferf_status inferf_query_failure(const inferf_query* query, inferf_error* failure) INFERF_NOEXCEPT;

/* Reads how far the run is. progress: out. Any thread. Errors: INVALID_ARGUMENT. */
INFERF_API inferf_status inferf_query_progress(const inferf_query* query, inferf_progress* progress,
                                               inferf_error* error) INFERF_NOEXCEPT;

/* Copies the counters of a finished run: one per node, one per value, and those of what came from the cache.
 *   counters  out, array of `capacity` structs; may be NULL if capacity is 0
 *   count     out; the number there are, which may exceed capacity
 * Errors: INVALID_ARGUMENT. */
INFERF_API inferf_status inferf_query_counters(const inferf_query* query, inferf_counter* counters, int64_t capacity,
                                               int64_t* count, inferf_error* error) INFERF_NOEXCEPT;

#if defined(__cplusplus)
}
#endif

#endif /* INFERF_H */
