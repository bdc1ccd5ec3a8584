#include <utility>

#include "base/Error.h"
#include "column/ArrowBridge.h"
#include "column/ArrowHandle.h"
#include "column/ColumnImporter.h"

namespace inferf {

Column importTensor(ArrowSchema schema, ArrowArray array, const std::string& name, std::shared_ptr<MemoryPool> pool) {
  const ArrowHandle<ArrowSchema> ownedSchema(schema);
  ArrowHandle<ArrowArray> ownedArray(array);
  const std::string where = detail::concatenate("tensor '", name, "'");
  INFERF_USER_CHECK(ownedSchema, INFERF_ERROR_INVALID_DATA, "The schema has been released already: ", where);
  INFERF_USER_CHECK(ownedArray, INFERF_ERROR_INVALID_DATA, "The array has been released already: ", where);
  ColumnFormat format = parseColumnFormat(*ownedSchema, where);
  const TypeId id = format.type.id;
  const bool isText = (id == TypeId::kString || id == TypeId::kLargeString) && (format.type.format == "u" || format.type.format == "U");
  INFERF_USER_CHECK(format.layout != ArrowLayout::kDictionary &&
                        (id == TypeId::kFloat32 || id == TypeId::kFloat64 || id == TypeId::kInt64 || id == TypeId::kUInt8 || isText),
                    INFERF_ERROR_TYPE_MISMATCH, "A tensor must have the format f, g, l, u, U or C: ", where, ", format '",
                    ownedSchema->format, "'");
  auto source = std::make_shared<ArrowHandle<ArrowArray>>(std::move(ownedArray));
  const int64_t length = (*source)->length;
  INFERF_USER_CHECK(length >= 0 && length <= kMaxTensorElements, INFERF_ERROR_INVALID_DATA,
                    "The length of a tensor is out of range: ", where, ", length ", length);
  Column column = ColumnImporter(std::move(format), where, std::move(pool)).import(source->get(), 0, length, source, 0);
  INFERF_USER_CHECK(column.nullCount == 0, INFERF_ERROR_INVALID_DATA, "A tensor must have no NULLs: ", where, ", NULLs ",
                    column.nullCount);
  return column;
}

}  // namespace inferf
