#include "backend/council/lease_keeper.h"

#include <chrono>
#include <utility>

namespace backend_council {

LeaseKeeper::LeaseKeeper(const LeaseParts& parts, LeaseTerms terms, std::function<void()> on_lost)
    : parts_(parts),
      terms_(std::move(terms)),
      on_lost_(std::move(on_lost)),
      good_until_ns_((terms_.taken_at + terms_.length).count()) {
  // A lease that was just taken is as good as one renewed now.
  if (parts_.clock.Monotonic() - terms_.taken_at >= terms_.length / 3) Renew();
  thread_ = std::jthread([this](const std::stop_token& stop) { Loop(stop); });
}

void LeaseKeeper::Lose() {
  if (!lost_.exchange(true)) on_lost_();
}

void LeaseKeeper::Loop(const std::stop_token& stop) {
  while (!lost_ && parts_.clock.SleepFor(terms_.length / 3, stop)) Renew();
}

void LeaseKeeper::Renew() {
  const base::Duration before = parts_.clock.Monotonic();
  const auto length_ms = std::chrono::duration_cast<std::chrono::milliseconds>(terms_.length);
  const auto renewed =
      parts_.store.Renew(terms_.id, terms_.epoch, parts_.clock.UnixMs() + length_ms.count());
  if (renewed) {
    good_until_ns_ = (before + terms_.length).count();
    return;
  }
  const bool over = parts_.clock.Monotonic().count() >= good_until_ns_;
  if (renewed.error().retryable() && !over) {
    parts_.log.Warn("lease.waiting", "a lease could not be renewed yet",
                    {{"otm.prompt_id", terms_.id}, {"error.message", renewed.error().message}});
    return;
  }
  Lose();
}

}  // namespace backend_council
