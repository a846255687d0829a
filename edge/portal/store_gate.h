// A store that may be away: once that is known nobody waits for it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/result.h"
#include "lib/prompt/store.h"

namespace portal {

// How often the store is looked at, and so how long one that is back is still taken for away.
inline constexpr base::Duration kStoreLookInterval = std::chrono::seconds(1);

// Everything is as the store behind does it; but while that does not answer pings, every call gives
// kUnavailable at once. Thread-safe. Threads: one pings. All parts outlive the object.
class StoreGate final : public prompt::Store {
 public:
  struct Parts {
    const base::Clock& clock;
    base::Log& log;
    prompt::Store& store;
  };
  explicit StoreGate(const Parts& parts);
  ~StoreGate() override;

  // Why the store is away, with the next step; empty while it answers. No I/O.
  std::string NotReady() const;

  base::Result<prompt::Inserted> InsertIfAbsent(const prompt::Prompt& prompt) override;
  base::Result<std::vector<base::Result<prompt::Inserted>>> InsertAllIfAbsent(
      std::span<const prompt::Prompt> prompts) override;
  base::Result<std::optional<prompt::Lease>> LeaseNext(std::string_view owner, int64_t now_ms,
                                                       int64_t until_ms) override;
  base::Status Renew(std::string_view id, int64_t epoch, int64_t until_ms) override;
  base::Status AppendStep(std::string_view id, int64_t epoch, const prompt::Step& step) override;
  base::Status Finish(std::string_view id, int64_t epoch, const prompt::Outcome& outcome,
                      int64_t now_ms) override;
  base::Status HandBack(std::string_view id, int64_t epoch, int64_t now_ms) override;
  base::Result<prompt::Prompt> Cancel(std::string_view id, int64_t now_ms) override;
  base::Result<prompt::Prompt> Load(std::string_view id) override;
  base::Result<std::vector<prompt::Step>> Steps(std::string_view id) override;
  base::Result<std::optional<prompt::Prompt>> FindAnswered(std::string_view user,
                                                           std::string_view cache_key) override;
  base::Result<prompt::Page> List(const prompt::PageQuery& query) override;
  base::Status Delete(std::string_view id) override;
  base::Result<int64_t> QueuePosition(std::string_view id) override;
  base::Result<std::vector<prompt::OutboxEntry>> Outbox() override;
  base::Result<std::vector<prompt::OutboxEntry>> OutboxOf(
      std::span<const std::string> ids) override;
  base::Status RemoveFromOutbox(const std::vector<prompt::OutboxEntry>& sent) override;
  base::Status Ping() override;  // Always asks; what it learns counts as known.

 private:
  template <class Call>
  auto Ask(Call call) -> decltype(call());
  void Look(const std::stop_token& stop);

  const Parts parts_;
  mutable std::mutex mutex_;
  std::condition_variable_any doubted_;
  bool is_doubted_ = false;  // A call failed: look at once.
  std::string problem_;
  std::jthread looker_;  // Last: it ends first.
};

}  // namespace portal
