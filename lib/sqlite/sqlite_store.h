// The port prompt::Store in the home edition's data file. Passes contract/store.h.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/prompt/store.h"
#include "lib/sqlite/database.h"

namespace sqlite {

// Thread-safe. Holds nothing but a reference to `database`, which outlives it. Searching folds the
// case of all letters and ignores accents (SQLite FTS5, unicode61).
class SqliteStore final : public prompt::Store {
 public:
  explicit SqliteStore(Database& database) : database_(database) {}

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
  template <class Work>
  auto Write(Work work) {
    return database_.Write(Sync::kNow, database_.timeout(), std::move(work));
  }

  Database& database_;
};

}  // namespace sqlite
