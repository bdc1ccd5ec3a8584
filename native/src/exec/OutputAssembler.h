#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "column/ArrowBridge.h"
#include "exec/InputTypes.h"
#include "exec/Morsel.h"
#include "exec/ScalarProgram.h"

namespace inferf {

/// Turns morsels of the root into record batches with the plan's output columns. Immutable after construction; thread-safe with one workspace
/// per thread.
class OutputAssembler {
 public:
  /// Scratch of one worker.
  struct Workspace {
    std::vector<ScalarWorkspace> scalars;  // by output column
  };

  /// Compiles the output columns. Throws TYPE_MISMATCH or UNSUPPORTED.
  OutputAssembler(const Plan& plan, const TableTypes& types);

  /// True if the schema depends on list lengths that `types` does not know yet.
  bool needsListLengths(const InputTypes& types) const;

  /// Empty vectors with the names and types of the columns.
  std::vector<OutputVector> schema(const TableTypes& types) const;

  std::vector<OutputVector> assemble(const Morsel& morsel, Workspace& workspace, MemoryPool& pool) const;

 private:
  struct Entry {
    const proto::OutputColumn* column;
    std::optional<ScalarProgram> scalar;
  };

  const Plan& plan_;
  std::vector<Entry> entries_;
};

}  // namespace inferf
