// What the checks found, as a table, as JSON, and as an exit code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ops {

enum class Severity {
  kOk,
  kWarn,     // It works, but somebody may want to look.
  kUnknown,  // It could not be checked.
  kDown,
};

struct CheckResult {
  std::string service;  // "portal"
  Severity severity = Severity::kUnknown;
  std::optional<int64_t> latency_ms;  // Of the first answer; nothing where none came.
  std::string detail;                 // Unless it is kOk: what is wrong and what to try.
};

// How `ops healthcheck` ends, as Nagios plugins do.
inline constexpr int kExitOk = 0;
inline constexpr int kExitWarn = 1;
inline constexpr int kExitDown = 2;
inline constexpr int kExitUnknown = 3;  // Also wrong usage.

// The worst: down, then unknown, then warn.
Severity Worst(const std::vector<CheckResult>& results);
int ExitCode(Severity severity);

// "ok", "warn", "unknown", "down".
std::string_view SeverityName(Severity severity);

// STATUS SERVICE LATENCY DETAIL, in the order of `results`.
std::string ReportTable(const std::vector<CheckResult>& results);

// One line: {"version":1,"status","checkedAt","checks":[{service,status,latencyMs,detail}]}.
// A change that breaks readers raises `version`.
std::string ReportJson(const std::vector<CheckResult>& results, int64_t unix_ms);

}  // namespace ops
