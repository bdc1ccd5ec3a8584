#include "exec/LoadStep.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <type_traits>

#include "kernel/LoadColumn.h"

namespace inferf {

namespace {

/// Lists shorter than this are copied rather than read as an item of their own.
constexpr int32_t kMinDirectList = 4;

template <typename T>
T nullElement(const proto::LoadColumns& load) {
  if constexpr (std::is_arithmetic_v<T>) {
    if (load.null_policy() == proto::NULL_POLICY_CONSTANT) {
      if constexpr (std::is_integral_v<T>) {
        return truncateToInteger(load.null_constant());
      } else {
        return static_cast<T>(load.null_constant());
      }
    }
    if constexpr (std::is_floating_point_v<T>) {
      return std::numeric_limits<T>::quiet_NaN();
    }
  }
  return T{};
}

template <typename T>
class LoadStep final : public ProgramStep {
 public:
  LoadStep(std::shared_ptr<const Plan> plan, uint32_t value, size_t matrix, int loadIndex, MemoryPool& pool)
      : plan_(std::move(plan)),
        load_(plan_->fragment().values(static_cast<int>(value)).load_columns()),
        width_(plan_->fragment().values(static_cast<int>(value)).width()),
        value_(value),
        matrix_(matrix),
        loadIndex_(loadIndex),
        nullElement_(nullElement<T>(load_)) {
    bytesPerRow = 2 * width_ * static_cast<int64_t>(sizeof(T));
    if (loadIndex_ >= 0) {
      nullRow_ = PoolArray<T>(pool, width_);
      std::fill(nullRow_.begin(), nullRow_.end(), nullElement_);
    }
  }

  void run(ChunkFrame& frame) const override {
    std::vector<ChunkSegment>* segments = nullptr;
    if (loadIndex_ >= 0) {
      segments = &frame.segments[static_cast<size_t>(loadIndex_)];
      segments->clear();
    }
    const Matrix<T> matrix = frame.matrix<T>(matrix_, width_);
    const int64_t slack = unknownWidth(frame);
    int64_t element = 0;
    uint32_t table = std::numeric_limits<uint32_t>::max();
    RowContext::TableRows rows{};
    for (const proto::ColumnRef& reference : load_.columns()) {
      if (reference.table() != table) {
        table = reference.table();
        rows = frame.context.tableRows(table);
      }
      const Column& column = rows.batch->columns[reference.column()];
      const int64_t length = slack >= 0 && isFlexible(column) ? slack : elementsOf(column.type);
      if (segments != nullptr && isDirect(column, rows, frame)) {
        segments->push_back(directSegment(column, rows, frame, element));
      } else {
        copy(column, rows, frame, {matrix.data + element, matrix.stride, length});
        if (segments != nullptr) {
          addCopied(*segments, matrix, element, length);
        }
      }
      element += length;
    }
  }

 private:
  static int64_t elementsOf(const ColumnType& type) { return type.id == TypeId::kFixedSizeList ? type.listLength : 1; }

  /// True for a column whose rows are all NULL and whose width the data does not tell: an untyped column, or lists of an empty table.
  static bool isFlexible(const Column& column) {
    return column.type.id == TypeId::kNull || (column.type.id == TypeId::kFixedSizeList && column.type.listLength == 0);
  }

  /// Checks types and widths of the columns. Returns the width to give to the one column that does not tell its own, or -1.
  int64_t unknownWidth(const ChunkFrame& frame) const {
    int64_t known = 0;
    int64_t natural = 0;
    int numFlexible = 0;
    for (const proto::ColumnRef& reference : load_.columns()) {
      const Column& column = frame.context.tableRows(reference.table()).batch->columns[reference.column()];
      const bool fits = std::is_same_v<T, std::string_view> ? isText(column.type) : isNumeric(column.type);
      if (!fits) {
        const proto::Table& table = plan_->fragment().tables(static_cast<int>(reference.table()));
        throwUser(INFERF_ERROR_TYPE_MISMATCH, "A column of this type cannot be a ",
                  std::is_same_v<T, std::string_view> ? "text" : "numeric", " input of the model. Column: '", table.name(), ".",
                  table.columns(static_cast<int>(reference.column())), "', Arrow format: '", column.type.format, "'");
      }
      natural += elementsOf(column.type);
      if (isFlexible(column)) {
        ++numFlexible;
      } else {
        known += elementsOf(column.type);
      }
    }
    if (natural == width_) {
      return -1;
    }
    INFERF_USER_CHECK(numFlexible == 1 && known < width_, INFERF_ERROR_TYPE_MISMATCH,
                      "The columns of a model input do not have as many elements as the plan says. First column: '", firstColumnName(),
                      "', columns: ", load_.columns_size(), ", expected elements: ", width_, ", actual: ", natural, " (value ", value_, ")");
    return width_ - known;
  }

  std::string firstColumnName() const {
    if (load_.columns().empty()) {
      return {};
    }
    const proto::Table& table = plan_->fragment().tables(static_cast<int>(load_.columns(0).table()));
    return table.name() + "." + table.columns(static_cast<int>(load_.columns(0).column()));
  }

  static bool isDirect(const Column& column, const RowContext::TableRows& rows, const ChunkFrame& frame) {
    constexpr TypeId kElement = std::is_same_v<T, float> ? TypeId::kFloat32 : TypeId::kFloat64;
    return std::is_floating_point_v<T> && column.type.id == TypeId::kFixedSizeList && column.type.elementId == kElement &&
           column.type.listLength >= kMinDirectList && !column.mayHaveNulls() &&
           (rows.ids != nullptr || frame.begin + frame.numRows <= rows.batch->numRows);
  }

  ChunkSegment directSegment(const Column& column, const RowContext::TableRows& rows, const ChunkFrame& frame, int64_t element) const {
    ChunkSegment segment;
    segment.begin = element;
    segment.length = column.type.listLength;
    segment.strideBytes = segment.length * static_cast<int64_t>(sizeof(T));
    segment.base = static_cast<const uint8_t*>(column.data) + column.offset * segment.strideBytes;
    if (rows.ids == nullptr) {
      segment.base += frame.begin * segment.strideBytes;
    } else {
      segment.ids = rows.ids + frame.begin;
      segment.nullRow = static_cast<int32_t>(rows.batch->numRows);
      segment.nullData = reinterpret_cast<const uint8_t*>(nullRow_.data());
    }
    return segment;
  }

  void copy(const Column& column, const RowContext::TableRows& rows, const ChunkFrame& frame, Matrix<T> out) const {
    if (column.type.id == TypeId::kFixedSizeList && column.type.listLength != out.width) {
      // Lists of an empty table: there is only the null row.
      for (int64_t i = 0; i < frame.numRows; ++i) {
        std::fill_n(out.row(i), out.width, nullElement_);
      }
      return;
    }
    const ColumnRows source{.ids = rows.ids == nullptr ? nullptr : rows.ids + frame.begin, .firstRow = frame.begin, .nullRow = rows.batch->numRows};
    loadColumn(column, source, frame.numRows, nullElement_, out);
  }

  static void addCopied(std::vector<ChunkSegment>& segments, const Matrix<T>& matrix, int64_t element, int64_t length) {
    const auto* base = reinterpret_cast<const uint8_t*>(matrix.data + element);
    if (!segments.empty()) {
      ChunkSegment& last = segments.back();
      if (last.ids == nullptr && last.base + last.length * static_cast<int64_t>(sizeof(T)) == base &&
          last.strideBytes == matrix.stride * static_cast<int64_t>(sizeof(T))) {
        last.length += length;
        return;
      }
    }
    ChunkSegment segment;
    segment.begin = element;
    segment.length = length;
    segment.base = base;
    segment.strideBytes = matrix.stride * static_cast<int64_t>(sizeof(T));
    segments.push_back(segment);
  }

  std::shared_ptr<const Plan> plan_;
  const proto::LoadColumns& load_;
  int64_t width_;
  uint32_t value_;
  size_t matrix_;
  int loadIndex_;
  T nullElement_;
  PoolArray<T> nullRow_;
};

}  // namespace

std::unique_ptr<ProgramStep> makeLoadStep(std::shared_ptr<const Plan> plan, uint32_t value, size_t matrix, int loadIndex, MemoryPool& pool) {
  std::unique_ptr<ProgramStep> step;
  withElementType(plan->fragment().values(static_cast<int>(value)).type(), [&](auto zero) {
    step = std::make_unique<LoadStep<decltype(zero)>>(plan, value, matrix, loadIndex, pool);
  });
  return step;
}

}  // namespace inferf
