// Keeps a lease alive from a thread of its own, and knows when it is lost.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "backend/council/bell.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/prompt/store.h"

namespace backend_council {

struct LeaseParts {
  prompt::Store& store;
  const base::Clock& clock;
  base::Log& log;
};

struct LeaseTerms {
  std::string id;
  int64_t epoch = 0;
  base::Duration length{0};    // Renewed every third of it.
  base::Duration taken_at{0};  // Monotonic, before the store was asked for the lease.
};

// A lease is lost when the store says so, or when its time is over on our own clock: somebody else
// may have it by then, whether or not the store can be reached.
class LeaseKeeper {
 public:
  // `on_lost` is called once, on any thread, when the lease is lost. Renews at once: a prompt that
  // was cancelled meanwhile is noticed before any work. Blocks as the store does.
  LeaseKeeper(const LeaseParts& parts, LeaseTerms terms, std::function<void()> on_lost);

  bool lost() const { return lost_; }

  // For whoever has heard it from the store on another way.
  void Lose();

 private:
  void Loop(const std::stop_token& stop);
  void Renew();

  const LeaseParts parts_;
  const LeaseTerms terms_;
  const std::function<void()> on_lost_;
  std::atomic<int64_t> good_until_ns_;
  std::atomic<bool> lost_ = false;
  std::jthread thread_;
};

}  // namespace backend_council
