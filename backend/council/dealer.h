// Gives the workers of this process their leases, one at a time: many that ask the store at once
// all choose the same prompt, and all but one have to choose again.
#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string_view>

#include "backend/council/bell.h"
#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/prompt/store.h"

namespace backend_council {

// Prompts of other processes, and leases that ran out, are found this late.
inline constexpr base::Duration kWorkPeriod = std::chrono::seconds(1);

// Thread-safe. The parts outlive it.
class Dealer {
 public:
  Dealer(prompt::Store& store, const base::Clock& clock, const Bell& work)
      : store_(store), clock_(clock), work_(work) {}

  struct Dealt {
    prompt::Lease lease;
    base::Duration taken_at{0};  // On the monotonic clock, before the store was asked.
  };

  // The next lease, for `length`; nothing when there is none or a stop was requested. When the
  // store had none, it is asked again only after the bell rang or kWorkPeriod passed. Waits for
  // its turn, and then as long as the store does.
  base::Result<std::optional<Dealt>> Next(std::string_view owner, base::Duration length,
                                          const std::stop_token& stop);

 private:
  struct Empty {
    uint64_t rings = 0;
    base::Duration at{0};
  };

  prompt::Store& store_;
  const base::Clock& clock_;
  const Bell& work_;
  std::mutex mutex_;
  std::optional<Empty> empty_;  // When the store had nothing.
};

}  // namespace backend_council
