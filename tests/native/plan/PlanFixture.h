#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "plan/Plan.h"
#include "support/ExpectError.h"
#include "support/SamplePlan.h"

namespace inferf::test {

inline std::shared_ptr<const Plan> parse(const std::string& bytes) {
  return Plan::parse({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

inline std::shared_ptr<const Plan> parse(const proto::PlanFragment& fragment) { return parse(fragment.SerializeAsString()); }

/// Changes the sample plan and expects that it is rejected at `place`.
inline void expectInvalid(const std::string& place, const std::function<void(proto::PlanFragment&)>& change) {
  SCOPED_TRACE(place);
  proto::PlanFragment plan = samplePlan();
  change(plan);
  expectError(INFERF_ERROR_INVALID_PLAN, "The plan is invalid at " + place, [&] { parse(plan); });
}

}  // namespace inferf::test
