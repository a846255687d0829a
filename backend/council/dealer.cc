#include "backend/council/dealer.h"

#include <chrono>
#include <utility>

namespace backend_council {

base::Result<std::optional<Dealer::Dealt>> Dealer::Next(std::string_view owner,
                                                        base::Duration length,
                                                        const std::stop_token& stop) {
  const std::scoped_lock lock(mutex_);
  if (stop.stop_requested()) return std::nullopt;
  const base::Duration now = clock_.Monotonic();
  const uint64_t rings = work_.rings();
  if (empty_ && empty_->rings == rings && now - empty_->at < kWorkPeriod) return std::nullopt;
  const int64_t now_ms = clock_.UnixMs();
  const auto length_ms = std::chrono::duration_cast<std::chrono::milliseconds>(length);
  ASSIGN_OR_RETURN(auto lease, store_.LeaseNext(owner, now_ms, now_ms + length_ms.count()));
  empty_.reset();
  if (lease) return Dealt{*std::move(lease), now};
  empty_ = Empty{rings, now};
  return std::nullopt;
}

}  // namespace backend_council
