#include "lib/http/sse_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace http {
namespace {

constexpr size_t kPartsPerCall = 16;  // Frames in one system call; more gain little.
constexpr size_t kSpareFrames = 8;    // Capacity that an empty queue may keep.
constexpr size_t kCompactFrom = 64;   // Sent frames at the front before the queue is moved up.
constexpr size_t kReadBytes = 4096;

// Not for sockets of another kind, where these fail harmlessly.
void TuneSocket(int fd) {
  const int timeout_ms = kSsePeerTimeoutMs;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kSseSendBufferBytes, sizeof kSseSendBufferBytes);
}

}  // namespace

SseStream::SseStream(int fd, std::string initial) : fd_(fd), initial_(std::move(initial)) {
  TuneSocket(fd);
}

SseStream::~SseStream() { close(fd_); }

void SseStream::Enqueue(SharedBytes frame) {
  queued_bytes_ += frame->size();
  queue_.push_back(std::move(frame));
}

SseStream::State SseStream::Flush() {
  while (!idle()) {
    std::array<iovec, kPartsPerCall> parts;
    size_t count = 0;
    // sendmsg() does not write through iov_base.
    const auto add = [&](const std::string& bytes, size_t from) {
      parts[count++] = {const_cast<char*>(bytes.data()) + from, bytes.size() - from};
    };
    if (!initial_.empty()) add(initial_, 0);
    for (size_t i = head_; i < queue_.size() && count < kPartsPerCall; ++i) {
      add(*queue_[i], i == head_ ? offset_ : 0);
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t sent = sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? State::kBlocked : State::kGone;
    }
    Advance(static_cast<size_t>(sent));
  }
  return State::kIdle;
}

void SseStream::Advance(size_t bytes) {
  if (!initial_.empty()) {
    const size_t taken = std::min(bytes, initial_.size());
    initial_.erase(0, taken);
    if (initial_.empty()) initial_.shrink_to_fit();
    bytes -= taken;
  }
  queued_bytes_ -= bytes;
  while (head_ < queue_.size()) {
    const size_t rest = queue_[head_]->size() - offset_;
    if (bytes < rest) {
      offset_ += bytes;
      break;
    }
    bytes -= rest;
    offset_ = 0;
    queue_[head_++].reset();
  }
  if (head_ == queue_.size()) {
    queue_.clear();
    head_ = 0;
    if (queue_.capacity() > kSpareFrames) std::vector<SharedBytes>().swap(queue_);
  } else if (head_ >= kCompactFrom && head_ * 2 >= queue_.size()) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

bool SseStream::DiscardInput() {
  std::array<char, kReadBytes> buffer;
  for (;;) {
    const ssize_t got = recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    if (got == 0) return false;
    inbound_bytes_ += static_cast<size_t>(got);
    if (inbound_bytes_ > kSseInboundBytesMax) return false;
  }
}

}  // namespace http
