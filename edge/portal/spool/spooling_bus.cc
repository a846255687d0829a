#include "edge/portal/spool/spooling_bus.h"

#include <algorithm>
#include <utility>

#include "lib/base/backoff.h"

namespace spool {
namespace {

using base::Errc;

constexpr double kMsInSecond = 1000;

base::Counter& MessageCounter(base::Metrics& metrics, const char* outcome) {
  return metrics.AddCounter("portal_spool_messages_total",
                            "Messages that went to the disk, by what became of them.",
                            {{"outcome", outcome}});
}

}  // namespace

SpoolingBus::SpoolingBus(SpoolingParts parts)
    : parts_(std::move(parts)),
      kept_(MessageCounter(parts_.metrics, "kept")),
      sent_(MessageCounter(parts_.metrics, "sent")),
      refused_(MessageCounter(parts_.metrics, "refused")),
      records_(parts_.metrics.AddGauge("portal_spool_records", "Messages that wait on the disk.")),
      bytes_(parts_.metrics.AddGauge("portal_spool_bytes", "Size of the spool on the disk.")),
      damaged_(parts_.metrics.AddGauge("portal_spool_damaged_bytes",
                                       "Of it what is damaged and kept for somebody to look.")),
      oldest_(parts_.metrics.AddGauge("portal_spool_oldest_seconds",
                                      "How long the oldest message has waited.")) {
  UpdateGauges();
  sender_ = std::jthread([this](std::stop_token stop) { SendWaiting(stop); });
}

SpoolingBus::~SpoolingBus() = default;

base::Status SpoolingBus::Send(const prompt::MessageParts& parts, prompt::Delivery delivery,
                               base::Duration timeout) {
  const bool is_kept = parts.topic == parts_.topic && delivery == prompt::Delivery::kDurable &&
                       parts.headers.empty();
  if (!is_kept) return parts_.bus.Send(parts, delivery, timeout);
  RETURN_IF_ERROR(CheckRecord(parts));
  if (BusProblem().empty() && parts_.spool.stats().records == 0) {
    const auto sent = parts_.bus.Send(parts, delivery, std::min(timeout, kDirectWaitMax));
    if (sent || sent.error().code == Errc::kInvalid) return sent;
    SetBusProblem(sent.error().message);
  }
  return Keep(parts);
}

base::Status SpoolingBus::Keep(const prompt::MessageParts& parts) {
  const auto kept = parts_.spool.Append(parts);
  if (!kept) {
    SetSpoolProblem(kept.error().message);
    const std::string away = BusProblem();
    return base::Fail(kept.error().code,
                      away.empty() ? kept.error().message : kept.error().message + "; and " + away);
  }
  SetSpoolProblem({});
  kept_.Increment();
  UpdateGauges();
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
  return {};
}

base::Result<std::unique_ptr<prompt::Consumer>> SpoolingBus::OpenConsumer(std::string_view topic,
                                                                          std::string_view group) {
  return parts_.bus.OpenConsumer(topic, group);
}

base::Result<std::unique_ptr<prompt::Reader>> SpoolingBus::OpenReader(
    const std::vector<std::string>& topics, const std::optional<prompt::Position>& from) {
  return parts_.bus.OpenReader(topics, from);
}

base::Status SpoolingBus::Ping() {
  auto answer = parts_.bus.Ping();
  SetBusProblem(answer ? "" : answer.error().message);
  return answer;
}

bool SpoolingBus::Holds(std::string_view id) const { return parts_.spool.Holds(id); }

std::vector<std::string> SpoolingBus::Newest(size_t count) const {
  std::vector<std::string> values;
  for (Record& record : parts_.spool.Newest(count)) values.push_back(std::move(record.value));
  return values;
}

std::string SpoolingBus::BusProblem() const {
  const std::lock_guard lock(mutex_);
  return bus_problem_;
}

std::string SpoolingBus::SpoolProblem() const {
  const std::lock_guard lock(mutex_);
  return spool_problem_;
}

void SpoolingBus::SetBusProblem(std::string problem) {
  const std::lock_guard lock(mutex_);
  if (bus_problem_.empty() != problem.empty()) {
    if (problem.empty()) {
      parts_.log.Info("bus.back", "the bus takes messages again");
    } else {
      parts_.log.Warn("bus.away", "the bus takes no messages; questions wait on the disk",
                      {{"error.message", problem}});
    }
  }
  bus_problem_ = std::move(problem);
}

void SpoolingBus::SetSpoolProblem(std::string problem) {
  const std::lock_guard lock(mutex_);
  if (spool_problem_.empty() && !problem.empty()) {
    parts_.log.Error("spool.refused", "the spool takes no questions", {{"error.message", problem}});
  }
  spool_problem_ = std::move(problem);
}

void SpoolingBus::UpdateGauges() {
  const SpoolStats stats = parts_.spool.stats();
  records_.Set(static_cast<double>(stats.records));
  bytes_.Set(static_cast<double>(stats.bytes));
  damaged_.Set(static_cast<double>(stats.damaged_bytes));
  const int64_t age_ms = stats.oldest_ms ? parts_.clock.UnixMs() - *stats.oldest_ms : 0;
  oldest_.Set(static_cast<double>(std::max<int64_t>(0, age_ms)) / kMsInSecond);
}

// The sender.

void SpoolingBus::SendWaiting(std::stop_token stop) {
  base::Backoff backoff({.first = kRetryFirst, .max = kRetryMax},
                        static_cast<uint64_t>(parts_.clock.UnixMs()));
  static_cast<void>(Ping());  // The first question need not find out.
  while (!stop.stop_requested()) {
    const auto next = parts_.spool.Front();
    if (!next) {
      std::unique_lock lock(mutex_);
      const auto has_work = [this] { return parts_.spool.stats().records > 0; };
      if (parts_.clock.Wait(lock, changed_, kLookInterval, stop, has_work)) continue;
      lock.unlock();
      if (!stop.stop_requested()) static_cast<void>(Ping());
      UpdateGauges();
      continue;
    }
    const auto sent = SendFront(*next);
    UpdateGauges();
    if (sent) {
      backoff.Reset();
    } else {
      parts_.clock.SleepFor(backoff.Next(), stop);
    }
  }
}

// Success: the record no longer waits.
base::Status SpoolingBus::SendFront(const Record& record) {
  auto sent = parts_.bus.Produce(record.topic, record.key, record.value, prompt::Delivery::kDurable,
                                 kSendWait);
  if (sent) {
    parts_.spool.RemoveFront(Removal::kSent);
    sent_.Increment();
    SetBusProblem({});
    SetSpoolProblem({});  // There is room again.
    return {};
  }
  if (sent.error().code != Errc::kInvalid) {
    SetBusProblem(sent.error().message);
    return sent;
  }
  parts_.log.Error("spool.message_refused",
                   "the bus refuses a message for good; it is kept in the spool's *.bad files",
                   {{"otm.prompt_id", record.key}, {"error.message", sent.error().message}});
  parts_.spool.RemoveFront(Removal::kRefused);
  refused_.Increment();
  return {};
}

}  // namespace spool
