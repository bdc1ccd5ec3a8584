#pragma once

#include <cstdint>
#include <vector>

#include "column/Column.h"
#include "exec/ScalarProgram.h"
#include "plan/Plan.h"

namespace inferf {

/// Checks the types of the bound columns against their uses in the plan: model inputs and join keys. (Expressions check theirs when they are
/// compiled.)
///
/// A schema does not tell how long the lists of a variable list column are. Their lengths become known with the first batch that has any;
/// until then, lists that are all NULL (or of a table without rows) are taken to have the length that their model input needs.
class InputTypes {
 public:
  /// Throws TYPE_MISMATCH or UNSUPPORTED.
  InputTypes(const Plan& plan, TableTypes types);

  /// What the schemas and the data so far tell.
  const TableTypes& types() const { return types_; }

  /// The same with list lengths that only follow from the model inputs.
  const TableTypes& resolvedTypes() const { return inferred_; }

  /// True if the column holds lists whose length is not known yet.
  bool isLengthUnknown(uint32_t table, uint32_t column) const {
    const ColumnType& type = types_[table][column];
    return type.id == TypeId::kFixedSizeList && type.listLength == 0;
  }

  /// Learns list lengths from a batch and checks them; gives lists that are all NULL the length they are to have. Throws TYPE_MISMATCH, and
  /// INVALID_DATA if a length turns up after publish().
  void admit(uint32_t table, Batch& batch);

  /// Takes back what admit() gave lists that are all NULL, as long as no data has told their length.
  void forgetInferred(uint32_t table, Batch& batch) const;

  /// From now on, the types of columns must not change: a result schema made of them has been handed out.
  void publish() { published_ = true; }

 private:
  void checkLoad(const proto::Value& value) const;
  void checkKeys(const proto::HashJoinNode& join) const;
  /// Sets the length of columns that are the only unknown ones of a model input, until there are none.
  void inferLengths();
  /// Learns the length of one list column of a batch.
  /// True if a result column is this column as it is, so that its type was promised with the schema.
  bool isOutput(uint32_t table, uint32_t column) const;
  void admitColumn(uint32_t table, uint32_t index, Column& column);
  /// Gives lists that are all NULL and whose length nothing tells what their model input lacks, and checks model inputs whose columns are all
  /// known.
  void completeInputs(uint32_t table, Batch& batch);

  const Plan& plan_;
  TableTypes types_;
  TableTypes inferred_;  // types_, with lengths that follow from the model
  std::vector<bool> admitted_;  // by table: whether a batch has been seen
  std::vector<bool> hasLists_;  // by table
  bool published_ = false;
};

}  // namespace inferf
