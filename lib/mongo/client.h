// Commands for a MongoDB server or replica set, within a deadline, repeated where that may help.
//
//   const Call call = client.Begin("Load");
//   ASSIGN_OR_RETURN(const Document reply, client.Run(call, Target::kPrimary, std::move(command)));
//
// Whatever is run here may be run twice: an answer can be lost. Every write of this folder is made
// for that.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/mongo/bson.h"
#include "lib/mongo/errors.h"
#include "lib/mongo/options.h"

namespace mongo {

inline constexpr int kAttemptsMax = 10;  // Of one command. Waits between them grow to 200 ms.
// After so much of a call's time no further command begins: one may take the rest.
inline constexpr int kStartTenthsMax = 5;

// One call of the store: all its commands end before `end`.
struct Call {
  std::string comment;  // Travels with every command: "otm-council Finish".
  base::Duration end;
};

enum class Target {
  kPrimary,
  kNear,  // As MongoOptions::reads says.
};

struct Query {
  std::string_view collection;
  Document filter = {};
  Document sort = {};
  Document projection = {};
  int64_t limit = 0;    // 0: all.
  int32_t batch = 100;  // Documents of one answer.
  Target target = Target::kPrimary;
};

// Thread-safe; as many calls at once as the pool is large, further ones wait.
class Client {
 public:
  // No I/O: the server need not be there. kInvalid for a bad URL. `clock` outlives the client.
  static base::Result<std::unique_ptr<Client>> Open(const MongoOptions& options,
                                                    const base::Clock& clock);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Call Begin(std::string_view method) const;

  // Runs `command` and gives the server's answer. Writes (insert, update, delete) are durable on
  // most servers of a set when this returns; an error of one of their statements is an error.
  base::Result<Document> Run(const Call& call, Target target, Document command);

  // The same for a write whose statements are judged one by one: their errors stay in the answer,
  // as "writeErrors". `command` says "ordered": false where the others are done all the same.
  base::Result<Document> RunEach(const Call& call, Document command);

  // Calls `take` for every document found, in order, until it gives false. Repeats only before the
  // first one.
  base::Status Find(const Call& call, const Query& query,
                    const std::function<bool(const View& document)>& take);

  // Why nobody can be served, with what to do; empty when the last answer was good. No I/O.
  std::string NotReady() const;

  // Whether the server takes maxTimeMS; true until it refused one.
  bool has_time_limits() const { return has_time_limits_; }

  // "mongodb at db:27017"
  const std::string& who() const { return who_; }
  const std::string& database() const { return database_; }

 private:
  struct Driver;  // The pool.

  Client(std::unique_ptr<Driver> driver, const MongoOptions& options, const base::Clock& clock);
  struct Asked {
    Document command;
    Target target = Target::kPrimary;
    bool is_judged_by_statement = false;
  };
  // Once; nothing when it went well.
  std::optional<Trouble> TryRun(const Asked& asked, Document& reply);
  std::optional<Trouble> Send(const Asked& asked, const Document& command, Document& reply);
  std::optional<Trouble> TryFind(const Call& call, const Query& query,
                                 const std::function<bool(const View& document)>& take);
  base::Status Repeat(const Call& call, const std::function<std::optional<Trouble>()>& attempt);
  void Remember(const Judged* failure);

  const std::unique_ptr<Driver> driver_;
  const MongoOptions options_;
  const base::Clock& clock_;
  std::string who_;
  std::string database_;
  std::atomic<bool> has_time_limits_ = true;
  mutable std::mutex mutex_;
  std::string problem_;
};

}  // namespace mongo
