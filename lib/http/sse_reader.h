// The reading side of Server-Sent Events (WHATWG HTML, "Interpreting an event stream"). No I/O.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace http {

// One event with its lines: a message of the bus at most, and what wraps it.
inline constexpr size_t kSseEventBytesMax = 2 * 1024 * 1024;

struct ReadEvent {
  std::string id;    // The last id seen so far, also in an event without one.
  std::string name;  // "message" where none was sent.
  std::string data;
};

// Takes a stream in pieces of any size and hands out the events that are complete.
class SseReader {
 public:
  explicit SseReader(std::function<void(const ReadEvent&)> on_event);

  // False from the first event on that is over kSseEventBytesMax: then close the stream.
  bool Feed(std::string_view bytes);

  const std::string& last_id() const { return id_; }

 private:
  void TakeLine(std::string_view line);

  const std::function<void(const ReadEvent&)> on_event_;
  std::string line_;
  std::string id_;
  std::string name_;
  std::string data_;
  bool has_data_ = false;
  bool after_cr_ = false;
};

}  // namespace http
