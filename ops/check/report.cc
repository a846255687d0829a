#include "ops/check/report.h"

#include <algorithm>
#include <utility>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "ops/output.h"

namespace ops {

Severity Worst(const std::vector<CheckResult>& results) {
  Severity worst = Severity::kOk;
  for (const CheckResult& result : results) worst = std::max(worst, result.severity);
  return worst;
}

int ExitCode(Severity severity) {
  switch (severity) {
    case Severity::kOk:
      return kExitOk;
    case Severity::kWarn:
      return kExitWarn;
    case Severity::kUnknown:
      return kExitUnknown;
    case Severity::kDown:
      return kExitDown;
  }
  return kExitUnknown;
}

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kOk:
      return "ok";
    case Severity::kWarn:
      return "warn";
    case Severity::kUnknown:
      return "unknown";
    case Severity::kDown:
      return "down";
  }
  return "unknown";
}

std::string ReportTable(const std::vector<CheckResult>& results) {
  std::vector<std::vector<std::string>> rows = {{"STATUS", "SERVICE", "LATENCY", "DETAIL"}};
  for (const CheckResult& result : results) {
    rows.push_back({std::string(SeverityName(result.severity)), result.service,
                    result.latency_ms ? std::to_string(*result.latency_ms) + " ms" : "-",
                    result.detail});
  }
  return Table(rows);
}

std::string ReportJson(const std::vector<CheckResult>& results, int64_t unix_ms) {
  base::OrderedJson json;
  json["version"] = 1;
  json["status"] = SeverityName(Worst(results));
  json["checkedAt"] = base::FormatUtc(unix_ms);
  json["checks"] = base::OrderedJson::array();
  for (const CheckResult& result : results) {
    base::OrderedJson row;
    row["service"] = result.service;
    row["status"] = SeverityName(result.severity);
    row["latencyMs"] = nullptr;
    if (result.latency_ms) row["latencyMs"] = *result.latency_ms;
    row["detail"] = Printable(result.detail);
    json["checks"].push_back(std::move(row));
  }
  return base::Dump(json) + "\n";
}

}  // namespace ops
