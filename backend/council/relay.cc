#include "backend/council/relay.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "backend/council/bell.h"

namespace backend_council {

Relay::Relay(const RelayParts& parts)
    : parts_(parts), thread_([this](const std::stop_token& stop) { Loop(stop); }) {}

void Relay::Loop(const std::stop_token& stop) {
  base::Backoff backoff = DependencyBackoff();
  while (!stop.stop_requested()) {
    const uint64_t seen = parts_.own.rings();
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
    if (!*more) parts_.own.Wait(seen, kRelayPeriod, stop);
  }
}

base::Result<bool> Relay::SendBatch() {
  ASSIGN_OR_RETURN(const bool more_own, SendOwn());
  const base::Duration now = parts_.clock.Monotonic();
  if (!takes_over_ && looked_at_ && now - *looked_at_ < kRelayPeriod) return more_own;
  looked_at_ = now;
  ASSIGN_OR_RETURN(const bool more_foreign, SendForeign());
  return more_own || more_foreign;
}

base::Result<bool> Relay::SendOwn() {
  const auto ids = parts_.own.Take(prompt::kOutboxIdsMax);
  if (ids.empty()) return false;
  const auto entries = parts_.store.OutboxOf(ids);
  const base::Status sent = entries ? Send(*entries) : std::unexpected(entries.error());
  if (sent) return true;
  parts_.own.GiveBack(ids);
  return std::unexpected(sent.error());
}

base::Result<bool> Relay::SendForeign() {
  const bool goes_on = std::exchange(takes_over_, false);
  ASSIGN_OR_RETURN(const Entries entries, parts_.store.Outbox());
  if (entries.empty()) {
    oldest_.reset();
    return false;
  }
  const prompt::OutboxEntry& first = entries.front();
  const base::Duration now = parts_.clock.Monotonic();
  if (!oldest_ || oldest_->prompt_id != first.prompt_id || oldest_->seq != first.seq) {
    oldest_ = Oldest{first.prompt_id, first.seq, now};
  }
  if (!goes_on && now - oldest_->since < parts_.patience) return false;
  RETURN_IF_ERROR(Send(entries));
  // What is behind a full batch has waited as long.
  takes_over_ = entries.size() >= static_cast<size_t>(prompt::kOutboxBatchMax);
  return takes_over_;
}

base::Status Relay::Send(const Entries& entries) {
  std::map<std::string_view, std::vector<const prompt::OutboxEntry*>> waiting;
  for (const prompt::OutboxEntry& entry : entries) waiting[entry.prompt_id].push_back(&entry);
  Entries done;
  base::Status failure;
  // The first event of each prompt, then the second …: none overtakes one that could not be sent.
  for (size_t round = 0; !waiting.empty(); ++round) {
    std::vector<const prompt::OutboxEntry*> events;
    for (const auto& [id, all] : waiting) events.push_back(all[round]);
    const size_t before = done.size();
    if (const auto sent = SendRound(events, done); !sent) failure = sent;
    std::set<std::string_view> good;
    for (size_t i = before; i < done.size(); ++i) good.insert(done[i].prompt_id);
    std::erase_if(waiting, [&](const auto& prompt) {
      return prompt.second.size() == round + 1 || !good.contains(prompt.first);
    });
  }
  if (!done.empty()) RETURN_IF_ERROR(parts_.store.RemoveFromOutbox(done));
  return failure;
}

base::Status Relay::SendRound(const std::vector<const prompt::OutboxEntry*>& events,
                              Entries& done) {
  std::vector<prompt::MessageParts> messages;
  for (const auto* event : events) {
    messages.push_back({event->topic, event->prompt_id, event->value});
  }
  const auto results = parts_.bus.SendAll(messages, kProduceTimeout);
  base::Status failure;
  for (size_t i = 0; i < events.size(); ++i) {
    const prompt::OutboxEntry& event = *events[i];
    const base::Status& sent = results.at(i);
    if (!sent && sent.error().retryable()) {
      failure = sent;
      continue;
    }
    if (!sent) {
      parts_.log.Error(
          "relay.refused", "the bus refuses an event; it is skipped",
          {{"otm.prompt_id", event.prompt_id}, {"error.message", sent.error().message}});
    } else {
      parts_.meters.relayed.Increment();
    }
    done.push_back(event);
  }
  return failure;
}

}  // namespace backend_council
