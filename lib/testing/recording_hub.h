// A hub of event streams that keeps what it is given.
#pragma once

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/http/server.h"
#include "lib/http/sse_hub.h"

namespace testing {

// Thread-safe. Closes the connections that it takes over.
class RecordingHub final : public http::SseHub {
 public:
  // How long the Await functions wait in real time: far more than a loaded machine needs.
  static constexpr auto kPatience = std::chrono::seconds(30);

  base::Status Admit(std::string_view, std::string_view) override { return {}; }
  void Add(http::Takeover connection, std::string_view, std::string_view,
           std::vector<std::string> replay) override {
    std::lock_guard lock(mutex_);
    if (connection.fd >= 0) close(connection.fd);
    streams_.push_back(std::move(replay));
    changed_.notify_all();
  }
  void Publish(http::Frame frame) override {
    std::lock_guard lock(mutex_);
    published_.push_back(frame.bytes);
    for (auto& stream : streams_) stream.push_back(frame.bytes);
    changed_.notify_all();
  }
  void Drain(base::Duration) override {}
  http::SseStats stats() const override { return {}; }

  // The frames that stream `at` has seen, its replay first, when there are at least `count`;
  // fewer after kPatience.
  std::vector<std::string> Await(size_t at, size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience,
                      [&] { return streams_.size() > at && streams_[at].size() >= count; });
    return at < streams_.size() ? streams_[at] : std::vector<std::string>{};
  }
  // All frames that were published, when there are at least `count`.
  std::vector<std::string> AwaitPublished(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return published_.size() >= count; });
    return published_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::vector<std::string>> streams_;
  std::vector<std::string> published_;
};

}  // namespace testing
