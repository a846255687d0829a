// The port prompt::Store in memory, for tests. Passes contract/store.h.
//
//   testing::MemoryStore store;
//   store.faults().FailNext("Finish", {base::Errc::kUnavailable, "store is down"});
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/prompt/store.h"
#include "lib/testing/faults.h"

namespace testing {

// Never blocks. Nothing outlives the object.
class MemoryStore final : public prompt::Store {
 public:
  // Methods are named as in the port. What is planned for InsertIfAbsent also fails prompts of an
  // InsertAllIfAbsent.
  Faults& faults() { return faults_; }

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
  base::Status Ping() override;

 private:
  struct Row {
    prompt::Prompt prompt;
    int64_t until_ms = 0;
    int tries = 0;
    std::vector<prompt::Step> steps;
  };

  // All of these need mutex_.
  base::Result<prompt::Inserted> Insert(const prompt::Prompt& given);
  base::Result<Row*> Find(std::string_view id);
  base::Result<Row*> FindLeased(std::string_view id, int64_t epoch);
  void ChangeStatus(Row& row, prompt::Status status, int64_t now_ms);
  void AddEvents(const prompt::Prompt& prompt);
  int64_t LastServed(const std::string& user) const;
  Row* NextInLine(int64_t now_ms);
  base::Result<std::optional<prompt::Lease>> Take(int64_t now_ms, int64_t until_ms);

  Faults faults_{"InsertIfAbsent", "LeaseNext",     "Renew",
                 "AppendStep",     "Finish",        "HandBack",
                 "Cancel",         "Load",          "Steps",
                 "List",           "Delete",        "Outbox",
                 "Ping",           "QueuePosition", "RemoveFromOutbox",
                 "FindAnswered",   "OutboxOf",      "InsertAllIfAbsent"};
  std::mutex mutex_;
  std::map<std::string, Row, std::less<>> rows_;
  std::deque<prompt::OutboxEntry> outbox_;
  std::map<std::string, int64_t> served_;  // The number of the user's last lease.
  int64_t leases_ = 0;
};

}  // namespace testing
