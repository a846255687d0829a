#include "lib/base/log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>

#include "lib/base/json.h"

namespace base {
namespace {

constexpr std::string_view kEcsVersion = "8.11.0";
constexpr std::string_view kMask = "***";
constexpr std::string_view kCutMark = "…";
constexpr std::string_view kOtherActions = "(other)";
constexpr std::array<std::string_view, 5> kSecretNames = {"password", "secret", "token_value",
                                                          "authorization", "cookie"};

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

bool NamesASecret(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::any_of(kSecretNames,
                             [&](std::string_view word) { return lower.contains(word); });
}

// Cuts between characters; what is no UTF-8 is repaired by Dump().
std::string Cut(std::string_view text) {
  if (text.size() <= kLogValueBytesMax) return std::string(text);
  size_t end = kLogValueBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)).append(kCutMark);
}

struct ToJson {
  OrderedJson operator()(std::string_view text) const { return Cut(text); }
  OrderedJson operator()(int64_t number) const { return number; }
  OrderedJson operator()(double number) const { return number; }
  OrderedJson operator()(bool value) const { return value; }
};

}  // namespace

std::optional<LogLevel> ParseLogLevel(std::string_view word) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
    if (word == LevelName(level)) return level;
  }
  return std::nullopt;
}

Log::Log(std::string service, LogLevel level, const Clock& clock, Sink sink)
    : service_(std::move(service)), level_(level), clock_(clock), sink_(std::move(sink)) {}

void Log::Debug(std::string_view action, std::string_view message, Fields fields) {
  Write(LogLevel::kDebug, action, message, fields);
}
void Log::Info(std::string_view action, std::string_view message, Fields fields) {
  Write(LogLevel::kInfo, action, message, fields);
}
void Log::Warn(std::string_view action, std::string_view message, Fields fields) {
  Write(LogLevel::kWarn, action, message, fields);
}
void Log::Error(std::string_view action, std::string_view message, Fields fields) {
  Write(LogLevel::kError, action, message, fields);
}

std::optional<int64_t> Log::Pass(std::string_view action) {
  auto found = windows_.find(action);
  if (found == windows_.end()) {
    const bool room = windows_.size() < kLogActionsMax;
    found = windows_.try_emplace(std::string(room ? action : kOtherActions)).first;
  }
  Window& window = found->second;
  const Duration now = clock_.Monotonic();
  if (window.lines == 0 || now - window.start >= kLogWindow) {
    window.start = now;
    window.lines = 0;
  }
  if (window.lines >= kLogLinesPerActionMax) {
    ++window.dropped;
    return std::nullopt;
  }
  ++window.lines;
  return std::exchange(window.dropped, 0);
}

void Log::Write(LogLevel level, std::string_view action, std::string_view message, Fields fields) {
  if (level < level_) return;
  const std::scoped_lock lock(mutex_);
  const std::optional<int64_t> dropped = Pass(action);
  if (!dropped) return;
  OrderedJson line;
  line["@timestamp"] = FormatUtc(clock_.UnixMs());
  line["log.level"] = LevelName(level);
  line["service.name"] = service_;
  line["message"] = Cut(message);
  line["event.action"] = action;
  for (const LogField& field : fields) {
    line[std::string(field.name)] =
        NamesASecret(field.name) ? OrderedJson(kMask) : std::visit(ToJson{}, field.value);
  }
  if (*dropped > 0) line["otm.dropped"] = *dropped;
  line["ecs.version"] = kEcsVersion;
  sink_(Dump(line));
}

Log::Sink StderrSink() {
  return [](std::string_view line) {
    const std::string bytes = std::string(line) + '\n';
    ssize_t written = 0;
    do {
      written = write(STDERR_FILENO, bytes.data(), bytes.size());
    } while (written < 0 && errno == EINTR);
  };
}

}  // namespace base
