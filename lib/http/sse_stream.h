// One browser's event stream: a socket and the shared frames that it has not taken yet.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace http {

inline constexpr size_t kSseInboundBytesMax = 64 * 1024;  // A browser has nothing to say here.
inline constexpr int kSseSendBufferBytes = 32 * 1024;     // Of the kernel, for each stream.
inline constexpr int kSsePeerTimeoutMs =
    15'000;  // Bytes unacknowledged so long: the peer has gone.

using SharedBytes = std::shared_ptr<const std::string>;

// Not thread-safe: SseHub's thread owns it. No call blocks.
class SseStream {
 public:
  enum class State {
    kIdle,     // Everything was taken by the socket.
    kBlocked,  // The socket is full: Flush() again when it can be written.
    kGone,     // The peer has closed or failed.
  };

  // Owns `fd`, and sets its buffer, TCP_NODELAY and the timeout of the peer. `initial` goes before
  // all frames and is not counted as queued.
  SseStream(int fd, std::string initial);
  ~SseStream();
  SseStream(const SseStream&) = delete;
  SseStream& operator=(const SseStream&) = delete;

  void Enqueue(SharedBytes frame);
  State Flush();

  // Reads and drops what the peer sent, until the socket is empty. False when the peer has gone
  // or has sent more than kSseInboundBytesMax in all.
  bool DiscardInput();

  int fd() const { return fd_; }
  size_t queued_bytes() const { return queued_bytes_; }
  bool idle() const { return initial_.empty() && head_ == queue_.size(); }

 private:
  void Advance(size_t bytes);

  const int fd_;
  std::string initial_;             // What is left of it.
  std::vector<SharedBytes> queue_;  // From head_ on: not sent yet.
  size_t head_ = 0;
  size_t offset_ = 0;  // Bytes of queue_[head_] that are sent.
  size_t queued_bytes_ = 0;
  size_t inbound_bytes_ = 0;
};

}  // namespace http
