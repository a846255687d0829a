// Logs: one ECS JSON line for each event, on a sink that main() chooses (stderr).
//
//   log.Info("prompt.accepted", "prompt accepted", {{"otm.prompt_id", id}});
//
// `action` is stable and noun-first; values are fields, never spliced into the message. Prompt
// and answer texts only at debug. Fields whose name contains "password", "secret", "token_value",
// "authorization" or "cookie" (in any case) are masked. Control characters are escaped and wrong
// UTF-8 becomes U+FFFD, so that a line is always one line of valid JSON. ECS 8.11
// (elastic.co/guide/en/ecs).
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "lib/base/clock.h"

namespace base {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

// "debug", "info", "warn", "error"; nothing for any other word.
std::optional<LogLevel> ParseLogLevel(std::string_view word);

// Somebody's stack trace or page of HTML must not fill the disk; the rest is cut, with "…".
inline constexpr size_t kLogValueBytesMax = 8 * 1024;

// Of one action in one window. Enough to see what is going on, too few to fill a disk.
inline constexpr int kLogLinesPerActionMax = 50;
inline constexpr Duration kLogWindow = std::chrono::seconds(10);

// Actions with a window of their own. They are a closed set, far smaller; should somebody build
// them from input, the rest share one window instead of growing the memory.
inline constexpr size_t kLogActionsMax = 1024;

struct LogField {
  std::string_view name;
  std::variant<std::string_view, int64_t, double, bool> value;
};

// Thread-safe; blocks only as long as the sink does. Lines that repeat (same action) are limited
// to kLogLinesPerActionMax each kLogWindow; the next line that passes says how many were dropped
// ("otm.dropped"). `clock` outlives the log.
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
  using Fields = std::initializer_list<LogField>;
  void Write(LogLevel level, std::string_view action, std::string_view message, Fields fields);
  // Counts a line of `action`; nothing when it is over the limit, otherwise how many were dropped
  // before it. Needs mutex_.
  std::optional<int64_t> Pass(std::string_view action);

  const std::string service_;
  const LogLevel level_;
  const Clock& clock_;
  const Sink sink_;
  std::mutex mutex_;
  std::map<std::string, Window, std::less<>> windows_;
};

// Writes each line to stderr with one write(), so that lines of several processes do not mix.
// What stderr does not take (a closed pipe, a full disk) is lost: a log must not stop a service.
Log::Sink StderrSink();

}  // namespace base
