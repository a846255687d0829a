// The port prompt::Bus as a log in the home edition's data file. Passes contract/bus.h.
//
// One lane, 0: all topics share one row number as offset. Old messages are removed by producing, a
// bounded number at a time; what a group has not committed stays.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/scanner.h"
#include "lib/sqlite/database.h"

namespace sqlite {

// How long messages of `topic` are kept.
base::Duration RetentionOf(std::string_view topic);

inline constexpr base::Duration kTrimEvery = std::chrono::minutes(1);
inline constexpr int kTrimRowsMax = 1000;  // Of each topic at a time: some 10 ms of work.

// How often a waiting consumer or reader looks for messages of other processes. Those of this
// process wake it at once.
inline constexpr base::Duration kForeignPollEvery = std::chrono::milliseconds(500);

// Thread-safe. `database` and `clock` outlive it; it outlives its consumers and readers.
class SqliteBus final : public prompt::Bus, public prompt::Scanner {
 public:
  SqliteBus(Database& database, const base::Clock& clock);
  ~SqliteBus() override;

  base::Status Send(const prompt::MessageParts& parts, prompt::Delivery delivery,
                    base::Duration timeout) override;
  // In one transaction, and so with one sync of the disk.
  std::vector<base::Status> SendAll(std::span<const prompt::MessageParts> messages,
                                    base::Duration timeout) override;
  base::Result<std::unique_ptr<prompt::Consumer>> OpenConsumer(std::string_view topic,
                                                               std::string_view group) override;
  base::Result<std::unique_ptr<prompt::Reader>> OpenReader(
      const std::vector<std::string>& topics, const std::optional<prompt::Position>& from) override;
  base::Status Ping() override;
  base::Status ForEach(std::string_view topic, const Take& take) override;

 private:
  class SqliteConsumer;
  class SqliteReader;
  using Members = std::list<const SqliteConsumer*>;  // The first one has the messages.

  // Calls `look`, which gives a Result<bool>, now and after each change, until it finds something
  // (true), `wait` is over, or a stop is requested.
  template <class Look>
  base::Status WaitFor(base::Duration wait, std::stop_token stop, Look look);
  void Wake();
  bool TrimIsDue();
  base::Status Add(std::span<const prompt::MessageParts> messages, Sync sync,
                   base::Duration timeout);

  Database& database_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  int64_t changes_ = 0;
  std::optional<base::Duration> last_trim_;
  std::map<std::pair<std::string, std::string>, Members> groups_;  // By topic and group.
};

}  // namespace sqlite
