// Logs: one ECS JSON line for each event, on a sink that main() chooses (stderr).
//
//   log.Info("prompt.accepted", "prompt accepted", {{"otm.prompt_id", id}});
//
// `action` is stable and noun-first; values are fields, never spliced into the message. Prompt
// and answer texts only at debug. Fields whose name contains "password", "secret", "token_value",
// "authorization" or "cookie" are masked. ECS 8.11 (elastic.co/guide/en/ecs).
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "lib/base/clock.h"

namespace base {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

struct LogField {
  std::string_view name;
  std::variant<std::string_view, int64_t, double, bool> value;
};

// Thread-safe. Lines that repeat (same action) are limited to kLogLinesPerActionMax each
// kLogWindow; the next line that passes says how many were dropped ("otm.dropped").
class Log {
 public:
  using Sink = std::function<void(std::string_view line)>;  // Called with the mutex held.

  Log(std::string service, LogLevel level, const Clock& clock, Sink sink);

  void Debug(std::string_view action, std::string_view message,
             std::initializer_list<LogField> fields = {});
  void Info(std::string_view action, std::string_view message,
            std::initializer_list<LogField> fields = {});
  void Warn(std::string_view action, std::string_view message,
            std::initializer_list<LogField> fields = {});
  void Error(std::string_view action, std::string_view message,
             std::initializer_list<LogField> fields = {});

 private:
  struct Window {
    Duration start{0};
    int lines = 0;
    int64_t dropped = 0;
  };
  void Write(LogLevel level, std::string_view action, std::string_view message,
             std::initializer_list<LogField> fields);

  const std::string service_;
  const LogLevel level_;
  const Clock& clock_;
  const Sink sink_;
  std::mutex mutex_;
  std::map<std::string, Window, std::less<>> windows_;
};

inline constexpr int kLogLinesPerActionMax = 50;
inline constexpr Duration kLogWindow = std::chrono::seconds(10);

// Writes lines to stderr.
Log::Sink StderrSink();

}  // namespace base
