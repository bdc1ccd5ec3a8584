#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "capi/Boundary.h"
#include "capi/Handles.h"
#include "capi/ResultStream.h"

using inferf::checkNotNull;
using inferf::guard;

namespace {

std::shared_ptr<const inferf::Plan> parsePlan(const uint8_t* plan, int64_t size) {
  checkNotNull(plan, "plan");
  INFERF_USER_CHECK(size >= 0, INFERF_ERROR_INVALID_ARGUMENT, "plan_size must not be negative. Actual: ", size);
  return inferf::Plan::parse(std::span(plan, static_cast<size_t>(size)));
}

/// Throws INVALID_ARGUMENT if an array cannot have room for `capacity` structs.
void checkRoom(const void* array, const char* name, int64_t capacity) {
  INFERF_USER_CHECK(capacity >= 0 && (array != nullptr || capacity == 0), INFERF_ERROR_INVALID_ARGUMENT, name,
                    " must have room for capacity structs. Capacity: ", capacity);
}

/// Copies as many structs as the caller has room for, and says how many there are.
template <typename Struct>
void copyOut(const std::vector<Struct>& found, Struct* target, int64_t capacity, int64_t* count) {
  std::copy_n(found.begin(), std::min(capacity, static_cast<int64_t>(found.size())), target);
  *count = static_cast<int64_t>(found.size());
}

}  // namespace

inferf_status inferf_query_create(inferf_engine* engine, const uint8_t* plan, int64_t plan_size, inferf_query** query,
                                  inferf_error* error) noexcept {
  return guard(error, [&] {
    checkNotNull(engine, "engine");
    checkNotNull(query, "query");
    auto created = std::make_unique<inferf_query>();
    created->run = std::make_shared<inferf::QueryRun>(parsePlan(plan, plan_size), engine->pool, engine->arena, engine->cache);
    *query = created.release();
  });
}

void inferf_query_destroy(inferf_query* query) noexcept {
  const std::unique_ptr<inferf_query> owned(query);
  if (owned != nullptr) {
    owned->run->finish();
  }
}

inferf_status inferf_query_bind_table(inferf_query* query, int32_t table, struct ArrowArrayStream* stream, inferf_error* error) noexcept {
  inferf::ArrowHandle<ArrowArrayStream> owned = inferf::takeOwnership(stream);
  return guard(error, [&] {
    checkNotNull(query, "query");
    checkNotNull(stream, "stream");
    query->run->bindTable(table, std::move(owned));
  });
}

inferf_status inferf_query_key_table(inferf_query* query, int32_t table, const uint8_t* key, int64_t key_size,
                                     inferf_error* error) noexcept {
  return guard(error, [&] {
    checkNotNull(query, "query");
    checkNotNull(key, "key");
    query->run->keyTable(table, key, key_size);
  });
}

inferf_status inferf_query_bind_tensor(inferf_query* query, int32_t tensor, struct ArrowSchema* schema, struct ArrowArray* array,
                                       inferf_error* error) noexcept {
  inferf::ArrowHandle<ArrowSchema> ownedSchema = inferf::takeOwnership(schema);
  inferf::ArrowHandle<ArrowArray> ownedArray = inferf::takeOwnership(array);
  return guard(error, [&] {
    checkNotNull(query, "query");
    checkNotNull(schema, "schema");
    checkNotNull(array, "array");
    query->run->bindTensor(tensor, std::move(ownedSchema), std::move(ownedArray));
  });
}

inferf_status inferf_query_build(inferf_query* query, inferf_error* error) noexcept {
  return guard(error, [&] {
    checkNotNull(query, "query");
    const std::shared_ptr<inferf::QueryRun> run = query->run;  // a producer's callback may destroy the query meanwhile
    run->build();
  });
}

inferf_status inferf_query_observations(const inferf_query* query, inferf_observation* observations, int64_t capacity, int64_t* count,
                                        inferf_error* error) noexcept {
  return guard(error, [&] {
    checkNotNull(query, "query");
    checkNotNull(count, "count");
    checkRoom(observations, "observations", capacity);
    copyOut(query->run->observations(), observations, capacity, count);
  });
}

inferf_status inferf_query_replan(inferf_query* query, const uint8_t* plan, int64_t plan_size, inferf_error* error) noexcept {
  return guard(error, [&] {
    checkNotNull(query, "query");
    query->run->replan(parsePlan(plan, plan_size));
  });
}

inferf_status inferf_query_execute(inferf_query* query, struct ArrowArrayStream* results, inferf_error* error) noexcept {
  return guard(error, [&] {
    checkNotNull(query, "query");
    checkNotNull(results, "results");
    auto stream = std::make_unique<inferf::ResultStream>(query->run);
    query->run->execute();
    inferf::ResultStream::exportTo(std::move(stream), results);
  });
}

inferf_status inferf_query_cancel(inferf_query* query, inferf_error* error) noexcept {
  return guard(error, [&] {
    checkNotNull(query, "query");
    query->run->cancel();
  });
}

inferf_status inferf_query_failure(const inferf_query* query, inferf_error* failure) noexcept {
  inferf_error found{};
  const inferf_status status = guard(failure, [&] {
    checkNotNull(query, "query");
    checkNotNull(failure, "failure");
    found = query->run->failure();
  });
  if (status != INFERF_OK) {
    return status;
  }
  if (found.code != INFERF_OK) {
    *failure = found;
  }
  return found.code;
}

inferf_status inferf_query_progress(const inferf_query* query, inferf_progress* progress, inferf_error* error) noexcept {
  return guard(error, [&] {
    checkNotNull(query, "query");
    checkNotNull(progress, "progress");
    *progress = query->run->progress();
  });
}

inferf_status inferf_query_counters(const inferf_query* query, inferf_counter* counters, int64_t capacity, int64_t* count,
                                    inferf_error* error) noexcept {
  return guard(error, [&] {
    checkNotNull(query, "query");
    checkNotNull(count, "count");
    checkRoom(counters, "counters", capacity);
    copyOut(query->run->counters(), counters, capacity, count);
  });
}
