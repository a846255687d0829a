#include "edge/portal/store_gate.h"

#include <utility>

namespace portal {

using base::Errc;
using base::Result;
using base::Status;

StoreGate::StoreGate(const Parts& parts) : parts_(parts) {
  looker_ = std::jthread([this](const std::stop_token& stop) { Look(stop); });
}

StoreGate::~StoreGate() = default;

std::string StoreGate::NotReady() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

void StoreGate::Look(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    static_cast<void>(Ping());
    std::unique_lock lock(mutex_);
    parts_.clock.Wait(lock, doubted_, kStoreLookInterval, stop, [this] { return is_doubted_; });
    is_doubted_ = false;
  }
}

Status StoreGate::Ping() {
  auto answer = parts_.store.Ping();
  const std::lock_guard lock(mutex_);
  if (!answer && problem_.empty()) {
    parts_.log.Warn("store.away", "the store does not answer",
                    {{"error.message", answer.error().message}});
  }
  if (answer && !problem_.empty()) parts_.log.Info("store.back", "the store answers again");
  problem_ = answer ? "" : answer.error().message;
  return answer;
}

template <class Call>
auto StoreGate::Ask(Call call) -> decltype(call()) {
  if (std::string problem = NotReady(); !problem.empty()) {
    return base::Fail(Errc::kUnavailable, std::move(problem));
  }
  auto result = call();
  if (!result && result.error().code == Errc::kUnavailable) {
    const std::lock_guard lock(mutex_);
    is_doubted_ = true;
    doubted_.notify_all();
  }
  return result;
}

Result<prompt::Inserted> StoreGate::InsertIfAbsent(const prompt::Prompt& prompt) {
  return Ask([&] { return parts_.store.InsertIfAbsent(prompt); });
}

Result<std::vector<Result<prompt::Inserted>>> StoreGate::InsertAllIfAbsent(
    std::span<const prompt::Prompt> prompts) {
  return Ask([&] { return parts_.store.InsertAllIfAbsent(prompts); });
}

Result<std::optional<prompt::Lease>> StoreGate::LeaseNext(std::string_view owner, int64_t now_ms,
                                                          int64_t until_ms) {
  return Ask([&] { return parts_.store.LeaseNext(owner, now_ms, until_ms); });
}

Status StoreGate::Renew(std::string_view id, int64_t epoch, int64_t until_ms) {
  return Ask([&] { return parts_.store.Renew(id, epoch, until_ms); });
}

Status StoreGate::AppendStep(std::string_view id, int64_t epoch, const prompt::Step& step) {
  return Ask([&] { return parts_.store.AppendStep(id, epoch, step); });
}

Status StoreGate::Finish(std::string_view id, int64_t epoch, const prompt::Outcome& outcome,
                         int64_t now_ms) {
  return Ask([&] { return parts_.store.Finish(id, epoch, outcome, now_ms); });
}

Status StoreGate::HandBack(std::string_view id, int64_t epoch, int64_t now_ms) {
  return Ask([&] { return parts_.store.HandBack(id, epoch, now_ms); });
}

Result<prompt::Prompt> StoreGate::Cancel(std::string_view id, int64_t now_ms) {
  return Ask([&] { return parts_.store.Cancel(id, now_ms); });
}

Result<prompt::Prompt> StoreGate::Load(std::string_view id) {
  return Ask([&] { return parts_.store.Load(id); });
}

Result<std::vector<prompt::Step>> StoreGate::Steps(std::string_view id) {
  return Ask([&] { return parts_.store.Steps(id); });
}

Result<std::optional<prompt::Prompt>> StoreGate::FindAnswered(std::string_view user,
                                                              std::string_view cache_key) {
  return Ask([&] { return parts_.store.FindAnswered(user, cache_key); });
}

Result<prompt::Page> StoreGate::List(const prompt::PageQuery& query) {
  return Ask([&] { return parts_.store.List(query); });
}

Status StoreGate::Delete(std::string_view id) {
  return Ask([&] { return parts_.store.Delete(id); });
}

Result<int64_t> StoreGate::QueuePosition(std::string_view id) {
  return Ask([&] { return parts_.store.QueuePosition(id); });
}

Result<std::vector<prompt::OutboxEntry>> StoreGate::Outbox() {
  return Ask([&] { return parts_.store.Outbox(); });
}

Result<std::vector<prompt::OutboxEntry>> StoreGate::OutboxOf(std::span<const std::string> ids) {
  return Ask([&] { return parts_.store.OutboxOf(ids); });
}

Status StoreGate::RemoveFromOutbox(const std::vector<prompt::OutboxEntry>& sent) {
  return Ask([&] { return parts_.store.RemoveFromOutbox(sent); });
}

}  // namespace portal
