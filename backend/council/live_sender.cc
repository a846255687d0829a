#include "backend/council/live_sender.h"

#include "lib/prompt/topics.h"

namespace backend_council {

void LiveSender::Send(const prompt::LiveEvent& event) {
  const std::scoped_lock lock(mutex_);
  waiting_.push_back({event.run_id, prompt::WriteLiveEvent(event)});
  if (waiting_.back().value.size() + event.run_id.size() > prompt::kMessageBytesMax) {
    // Only an answer full of control characters can be so long; its number must not be missing.
    prompt::LiveEvent empty = event;
    empty.data = {{"leftOut", true}};
    waiting_.back().value = prompt::WriteLiveEvent(empty);
  }
  if (waiting_.size() > kLivePendingMax) {
    waiting_.pop_front();
    meters_.live_dropped.Increment();
  }
  while (!waiting_.empty()) {
    const auto sent =
        bus_.Produce(prompt::kLiveTopic, waiting_.front().run_id, waiting_.front().value,
                     prompt::Delivery::kBestEffort, kLiveTimeout);
    if (!sent && sent.error().retryable()) return;  // With the next event.
    if (!sent) {
      meters_.live_dropped.Increment();
      log_.Error("live.refused", "the bus refused a live event",
                 {{"error.message", sent.error().message}});
    }
    waiting_.pop_front();
  }
}

}  // namespace backend_council
