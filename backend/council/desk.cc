#include "backend/council/desk.h"

#include <chrono>
#include <utility>

namespace backend_council {
namespace {

constexpr base::Duration kIdle = std::chrono::hours(1);  // Whoever posts notifies.

}  // namespace

Desk::Desk(const base::Clock& clock)
    : clock_(clock), thread_([this](const std::stop_token& stop) { Loop(stop); }) {}

bool Desk::Post(std::move_only_function<void()>& job) {
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= kDeskWaitingMax) return false;
    waiting_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

void Desk::Loop(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::move_only_function<void()> job;
    {
      std::unique_lock lock(mutex_);
      if (!clock_.Wait(lock, changed_, kIdle, stop, [&] { return !waiting_.empty(); })) continue;
      job = std::move(waiting_.front());
      waiting_.pop_front();
    }
    job();
  }
}

}  // namespace backend_council
