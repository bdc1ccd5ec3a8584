#include "column/VectorColumn.h"

#include <utility>

#include "base/Error.h"
#include "column/ColumnMemory.h"

namespace inferf {

Column columnFromVector(OutputVector vector, std::shared_ptr<MemoryPool> pool) {
  INFERF_CHECK(!vector.isStruct);
  auto memory = std::make_shared<ColumnMemory>(std::move(pool), nullptr);
  Column column;
  column.type = std::move(vector.type);
  column.length = vector.length;
  column.nullCount = vector.nullCount;
  column.validity = memory->adopt(std::move(vector.validity));
  column.data = memory->adopt(std::move(vector.data));
  column.offsets = memory->adopt(std::move(vector.offsets));
  column.elementValidity = memory->adopt(std::move(vector.elementValidity));
  column.owner = std::move(memory);
  return column;
}

}  // namespace inferf
