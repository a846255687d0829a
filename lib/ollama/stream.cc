#include "lib/ollama/stream.h"

#include <optional>
#include <utility>

#include "lib/base/json.h"

namespace ollama {
namespace {

auto Failed(std::string message) {
  return base::Fail(base::Errc::kUnavailable, std::move(message));
}

auto NotTheProtocol(std::string_view why) {
  return Failed("sent a line that is not Ollama's (" + std::string(why) +
                "); check what listens there and its version");
}

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// Counters are left out when they are zero.
base::Status ReadMetrics(const base::JsonView& root, council::ChatReply* reply) {
  ASSIGN_OR_RETURN(const auto prompt_tokens, root.OptionalInt("prompt_eval_count"));
  ASSIGN_OR_RETURN(const auto tokens, root.OptionalInt("eval_count"));
  ASSIGN_OR_RETURN(const auto load, root.OptionalInt("load_duration"));
  ASSIGN_OR_RETURN(const auto total, root.OptionalInt("total_duration"));
  reply->prompt_tokens = prompt_tokens.value_or(0);
  reply->tokens = tokens.value_or(0);
  reply->load = std::chrono::nanoseconds(load.value_or(0));
  reply->total = std::chrono::nanoseconds(total.value_or(0));
  return {};
}

struct Line {
  std::optional<std::string> error;
  std::string content;
  std::string thinking;
  bool done = false;
  std::string done_reason;
};

base::Result<Line> ReadLine(const base::JsonView& root) {
  if (!root.is_object()) return base::Fail(base::Errc::kInvalid, "no object");
  Line line;
  ASSIGN_OR_RETURN(line.error, root.OptionalString("error"));
  if (line.error) return line;
  ASSIGN_OR_RETURN(const auto done, root.OptionalBool("done"));
  ASSIGN_OR_RETURN(const auto reason, root.OptionalString("done_reason"));
  line.done = done.value_or(false);
  line.done_reason = reason.value_or("");
  if (const auto message = root.Find("message"); message && !message->is_null()) {
    if (!message->is_object()) return base::Fail(base::Errc::kInvalid, "message is no object");
    ASSIGN_OR_RETURN(const auto content, message->OptionalString("content"));
    ASSIGN_OR_RETURN(const auto thinking, message->OptionalString("thinking"));
    line.content = content.value_or("");
    line.thinking = thinking.value_or("");
  } else if (!line.done) {
    return base::Fail(base::Errc::kInvalid, "no message");
  }
  return line;
}

}  // namespace

std::string_view CutWhole(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::string OneLine(std::string_view text) {
  std::string line(CutWhole(text, kErrorTextBytesMax));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return line;
}

std::string ErrorText(std::string_view body) {
  const auto document = base::JsonDocument::Parse(body, kLineBytesMax);
  if (!document) return {};
  const auto error = document->root().OptionalString("error");
  return error && *error ? OneLine(**error) : std::string();
}

base::Status ChatStream::Feed(std::string_view bytes) {
  while (!bytes.empty() && !ended_) {
    const size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (line_.size() + part.size() > kLineBytesMax) return NotTheProtocol("too long");
    if (end == std::string_view::npos) {
      line_ += part;
      return {};
    }
    bytes.remove_prefix(end + 1);
    if (line_.empty()) {
      RETURN_IF_ERROR(TakeLine(part));
    } else {
      const std::string line = std::exchange(line_, {}) + std::string(part);
      RETURN_IF_ERROR(TakeLine(line));
    }
  }
  return {};
}

base::Status ChatStream::TakeLine(std::string_view text) {
  if (IsBlank(text)) return {};
  const auto document = base::JsonDocument::Parse(text, kLineBytesMax);
  if (!document) return NotTheProtocol("no JSON");
  const auto line = ReadLine(document->root());
  if (!line) return NotTheProtocol(line.error().message);
  if (line->error) {
    return Failed("ended with an error: " + OneLine(*line->error) +
                  "; ask again, or see the log of the model server");
  }
  reply_.thinking += CutWhole(line->thinking, kThinkingBytesMax - reply_.thinking.size());
  const std::string_view fits = CutWhole(line->content, text_bytes_max_ - reply_.text.size());
  reply_.text += fits;
  if (on_text_ && !fits.empty()) on_text_(fits);
  if (fits.size() < line->content.size()) {
    reply_.done = council::DoneReason::kLength;
    ended_ = true;
    return {};
  }
  if (!line->done) return {};
  ended_ = true;
  reply_.done =
      line->done_reason == "length" ? council::DoneReason::kLength : council::DoneReason::kStop;
  if (const auto read = ReadMetrics(document->root(), &reply_); !read) {
    return NotTheProtocol(read.error().message);
  }
  return {};
}

base::Result<council::ChatReply> ChatStream::Finish() {
  if (!ended_) RETURN_IF_ERROR(TakeLine(std::exchange(line_, {})));
  if (!ended_) {
    return Failed(
        "cut its answer off in the middle; ask again, and see whether the model server "
        "was stopped");
  }
  return reply_;
}

}  // namespace ollama
