// The port prompt::Store in MongoDB (README.md: documents, indexes). Passes contract/store.h on
// every server that tests/services starts.
//
// Only single-document writes. Each names in its filter the state it was decided on, so that of
// several processes one wins, and leaves a mark, so that a write whose answer was lost is known
// again when it is repeated. A step counts once its name stands in the prompt's document: that one
// write is fenced by the epoch, whatever else lies in council-steps.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/mongo/client.h"
#include "lib/mongo/documents.h"
#include "lib/prompt/store.h"

namespace mongo {

// Others that were faster, in one call. Each of them came on, so that more means a livelock of
// many processes; the caller tries again later.
inline constexpr int kRacesMax = 100;

// Texts of one insert. Documents are up to twice as large, and a server takes 48 MB at once.
inline constexpr size_t kInsertBytesMax = 8 * 1024 * 1024;

// Thread-safe. Holds nothing but a reference to `client`, which outlives it. Load, Steps, List,
// FindAnswered and QueuePosition read as MongoOptions::reads says. Every error but kConflict,
// kNotFound, kInvalid and kInternal is kUnavailable, with the reason that Client gives.
class MongoStore final : public prompt::Store {
 public:
  explicit MongoStore(Client& client) : client_(client) {}

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
  enum class Parts { kAll, kWithoutTexts, kWithoutLists };
  // What to make of a prompt as it is now; nothing to leave it.
  using Decide = std::function<base::Result<std::optional<Stored>>(const Stored& seen)>;

  base::Result<prompt::Inserted> Insert(const Call& call, const prompt::Prompt& given);
  // Those of `prompts` that `chunk` numbers, in one command.
  base::Status InsertChunk(const Call& call, std::span<const prompt::Prompt> prompts,
                           std::span<const size_t> chunk,
                           std::vector<base::Result<prompt::Inserted>>& all);
  base::Result<Stored> LoadStored(const Call& call, std::string_view id, Target target,
                                  Parts parts);
  base::Result<Stored> LoadLeased(const Call& call, std::string_view id, int64_t epoch);
  base::Result<Stored> ChangeState(const Call& call, std::string_view id, const Decide& decide);
  // How many documents the filter found.
  base::Result<int64_t> Update(const Call& call, Document filter, const Document& update);
  base::Result<bool> TakeLease(const Call& call, const Stored& seen, const Change& change);
  base::Status StoreStep(const Call& call, std::string_view id, int64_t epoch,
                         const prompt::Step& step);

  Client& client_;
};

}  // namespace mongo
