// The prompts that this process has changed, so that its relay tells of them at once, and of no
// others: two relays that send the same events only make work.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "backend/council/bell.h"
#include "lib/base/clock.h"

namespace backend_council {

// Far more than a burst. Of what is over it the relay hears by looking at the whole outbox.
inline constexpr size_t kOwnEventsMax = 20'000;

// Thread-safe.
class OwnEvents {
 public:
  explicit OwnEvents(const base::Clock& clock) : bell_(clock) {}

  // The store has events of these prompts, or may have.
  void Note(const std::string& id) { NoteAll({&id, 1}); }
  void NoteAll(std::span<const std::string> ids) {
    {
      const std::scoped_lock lock(mutex_);
      for (const std::string& id : ids) {
        if (queue_.size() < kOwnEventsMax && noted_.insert(id).second) queue_.push_back(id);
      }
    }
    bell_.Ring();
  }

  // Takes the `count_max` that were noted first.
  std::vector<std::string> Take(size_t count_max) {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> taken;
    while (!queue_.empty() && taken.size() < count_max) {
      noted_.erase(queue_.front());
      taken.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    return taken;
  }

  // Their events could not be sent: they are the next to be taken again.
  void GiveBack(const std::vector<std::string>& ids) {
    const std::scoped_lock lock(mutex_);
    for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
      if (noted_.insert(*id).second) queue_.push_front(*id);
    }
  }

  // As of a Bell that each Note rings.
  uint64_t rings() const { return bell_.rings(); }
  void Wait(uint64_t seen, base::Duration timeout, const std::stop_token& stop) {
    bell_.Wait(seen, timeout, stop);
  }

 private:
  Bell bell_;
  std::mutex mutex_;
  std::deque<std::string> queue_;
  std::set<std::string, std::less<>> noted_;  // What is in `queue_`.
};

}  // namespace backend_council
