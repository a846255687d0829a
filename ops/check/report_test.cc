#include "ops/check/report.h"

#include <gtest/gtest.h>

#include <vector>

namespace ops {
namespace {

CheckResult Of(Severity severity) {
  return {.service = "portal", .severity = severity, .latency_ms = {}, .detail = {}};
}

TEST(Report, TheWorstDecidesTheExitCode) {
  struct Case {
    std::vector<CheckResult> results;
    int exit_code;
  };
  const CheckResult ok = Of(Severity::kOk);
  const CheckResult warn = Of(Severity::kWarn);
  const CheckResult unknown = Of(Severity::kUnknown);
  const CheckResult down = Of(Severity::kDown);
  const std::vector<Case> cases = {
      {{}, 0},           {{ok, ok}, 0},        {{ok, warn}, 1},
      {{down, warn}, 2}, {{unknown, warn}, 3}, {{unknown, down, ok}, 2},
  };
  for (const Case& c : cases) EXPECT_EQ(ExitCode(Worst(c.results)), c.exit_code);
}

TEST(Report, JsonKeepsWhatATerminalMustNotGetOutToo) {
  CheckResult result = Of(Severity::kDown);
  result.detail = "a\x1b[2J";
  EXPECT_EQ(ReportJson({result}, 0),
            R"({"version":1,"status":"down","checkedAt":"1970-01-01T00:00:00.000Z",)"
            R"("checks":[{"service":"portal","status":"down","latencyMs":null,)"
            R"("detail":"a?[2J"}]})"
            "\n");
}

}  // namespace
}  // namespace ops
