// A queue between threads with a bound that somebody chose and named.
//
//   constexpr size_t kFramesMax = 1000;  // A second of the fastest model.
//   base::BoundedQueue<Frame> frames(kFramesMax, clock);
//   if (!frames.TryPush(std::move(frame))) …  // Full: say so to the caller.
//   while (auto frame = frames.Pop(Duration::max(), stop)) …
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "lib/base/check.h"
#include "lib/base/clock.h"

namespace base {

// Any number of threads on both sides; first in, first out. `clock` outlives it.
template <class T>
class BoundedQueue {
 public:
  // `items_max` >= 1.
  BoundedQueue(size_t items_max, const Clock& clock) : items_max_(items_max), clock_(clock) {
    CHECK(items_max > 0);
  }

  // False, with `item` untouched, when the queue is full or closed. Never blocks.
  [[nodiscard]] bool TryPush(T&& item) {
    const std::scoped_lock lock(mutex_);
    return PushLocked(std::move(item));
  }

  // Waits for room. False, with `item` untouched, when there is none in time, on a stop, and as
  // soon as the queue is closed.
  [[nodiscard]] bool Push(T&& item, Duration timeout, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    clock_.Wait(lock, changed_, timeout, stop,
                [&] { return closed_ || items_.size() < items_max_; });
    return !stop.stop_requested() && PushLocked(std::move(item));
  }

  // Waits for an item. Nothing when none comes in time, on a stop, and when the queue is closed
  // and empty.
  std::optional<T> Pop(Duration timeout, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    clock_.Wait(lock, changed_, timeout, stop, [&] { return closed_ || !items_.empty(); });
    if (stop.stop_requested() || items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    changed_.notify_all();
    return item;
  }

  // Nothing goes in any more; what is inside can still be taken out.
  void Close() {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  size_t size() const {
    const std::scoped_lock lock(mutex_);
    return items_.size();
  }

 private:
  bool PushLocked(T&& item) {
    if (closed_ || items_.size() >= items_max_) return false;
    items_.push_back(std::move(item));
    changed_.notify_all();
    return true;
  }

  const size_t items_max_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace base
