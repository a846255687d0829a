// Reads the answer of Ollama's /api/chat: a JSON object on each line (NDJSON), in any pieces.
//
//   {"model":"gemma3:4b","message":{"role":"assistant","content":"Hel"},"done":false}
//   {"model":"gemma3:4b","message":{"role":"assistant","content":""},"done":true,
//    "done_reason":"stop","total_duration":763074693,"prompt_eval_count":18,"eval_count":2}
//
// A failure in the middle is a line {"error":"…"} inside an answer with status 200; an answer
// that just ends, without "done":true, was cut. Ollama's docs/api.md, v0.17.4.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/council/model.h"

namespace ollama {

inline constexpr size_t kLineBytesMax = 256 * 1024;      // A line carries some tokens, no text.
inline constexpr size_t kThinkingBytesMax = 256 * 1024;  // More is dropped: nobody reads it.
inline constexpr size_t kErrorTextBytesMax = 300;        // Of a foreign message inside ours.

// The longest prefix of `text` with at most `bytes_max` bytes and only whole UTF-8 characters.
std::string_view CutWhole(std::string_view text, size_t bytes_max);

// A foreign text made fit for a message: one line, no control characters, bounded.
std::string OneLine(std::string_view text);

// What {"error":"…"} says, as OneLine; empty when `body` is something else.
std::string ErrorText(std::string_view body);

// Not thread-safe; no I/O. After an error nothing more may be fed.
class ChatStream {
 public:
  // `on_text` (may be null) gets each piece of the answer; text over `text_bytes_max` ends it.
  ChatStream(size_t text_bytes_max, const std::function<void(std::string_view)>& on_text)
      : text_bytes_max_(text_bytes_max), on_text_(on_text) {}

  // kUnavailable: an error line, a line over kLineBytesMax, or one that is not such a JSON object.
  base::Status Feed(std::string_view bytes);

  // The server has nothing more to say: the last line came, or the text is at its bound.
  bool ended() const { return ended_; }

  // To be called when the body has ended. kUnavailable when the last line is missing.
  base::Result<council::ChatReply> Finish();

  // What came until now.
  const council::ChatReply& so_far() const { return reply_; }

 private:
  base::Status TakeLine(std::string_view line);

  const size_t text_bytes_max_;
  const std::function<void(std::string_view)>& on_text_;
  std::string line_;  // The part of a line that has come.
  council::ChatReply reply_;
  bool ended_ = false;
};

}  // namespace ollama
