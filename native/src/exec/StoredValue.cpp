#include "exec/StoredValue.h"

#include "base/Error.h"
#include "plan.pb.h"

namespace inferf {

int32_t elementBytes(int elementType) {
  switch (elementType) {
    case proto::ELEMENT_TYPE_FLOAT32:
      return sizeof(float);
    case proto::ELEMENT_TYPE_FLOAT64:
      return sizeof(double);
    case proto::ELEMENT_TYPE_FLOAT16:
      return sizeof(uint16_t);
    case proto::ELEMENT_TYPE_INT64:
      return sizeof(int64_t);
    case proto::ELEMENT_TYPE_BYTES:
      return 1;
    default:
      INFERF_CHECK(elementType == proto::ELEMENT_TYPE_STRING);
      return sizeof(std::string_view);
  }
}

}  // namespace inferf
