#include "backend/council/relay.h"

#include <optional>
#include <utility>
#include <vector>

namespace backend_council {

Relay::Relay(const RelayParts& parts)
    : parts_(parts), thread_([this](const std::stop_token& stop) { Loop(stop); }) {}

void Relay::Loop(const std::stop_token& stop) {
  base::Backoff backoff = DependencyBackoff();
  while (!stop.stop_requested()) {
    const uint64_t seen = parts_.bell.rings();
    const auto more = SendBatch();
    if (!more) {
      SetProblem("stored events wait: " + more.error().message);
      parts_.log.Warn("relay.waiting", "stored events wait for store or bus",
                      {{"error.message", more.error().message}});
      parts_.clock.SleepFor(backoff.Next(), stop);
      continue;
    }
    backoff.Reset();
    SetProblem({});
    if (!*more) parts_.bell.Wait(seen, kRelayPeriod, stop);
  }
}

base::Result<bool> Relay::SendBatch() {
  ASSIGN_OR_RETURN(const auto entries, parts_.store.Outbox());
  std::vector<prompt::OutboxEntry> done;
  std::optional<base::Error> failure;
  for (const prompt::OutboxEntry& entry : entries) {
    const auto sent = parts_.bus.Produce(entry.topic, entry.prompt_id, entry.value,
                                         prompt::Delivery::kDurable, kProduceTimeout);
    if (!sent && sent.error().retryable()) {
      // Nothing overtakes an event that could not be sent.
      failure = sent.error();
      break;
    }
    if (!sent) {
      parts_.log.Error(
          "relay.refused", "the bus refuses an event; it is skipped",
          {{"otm.prompt_id", entry.prompt_id}, {"error.message", sent.error().message}});
    } else {
      parts_.meters.relayed.Increment();
    }
    done.push_back(entry);
  }
  if (!done.empty()) RETURN_IF_ERROR(parts_.store.RemoveFromOutbox(done));
  if (failure) return std::unexpected(*std::move(failure));
  return entries.size() >= static_cast<size_t>(prompt::kOutboxBatchMax);
}

}  // namespace backend_council
