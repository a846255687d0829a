#include "ops/migrate/process.h"

#include <filesystem>
#include <system_error>

#include "lib/base/config.h"
#include "lib/base/exit_code.h"
#include "lib/mongo/client.h"
#include "lib/mongo/mongo_records.h"
#include "lib/mongo/options.h"
#include "lib/mongo/preparation.h"
#include "lib/mongo/upgrade.h"
#include "lib/sqlite/data_lock.h"
#include "lib/sqlite/database.h"
#include "lib/sqlite/sqlite_records.h"
#include "ops/migrate/migrate.h"

namespace ops {
namespace {

using base::Errc;

constexpr int kExitUsage = 64;
constexpr std::string_view kDataFile = "/otm-home.db";

struct Options {
  std::string data;
  mongo::MongoOptions mongo;
  bool dry_run = false;
  bool upgrade = false;
};

void Declare(base::Config& config, Options& options) {
  config.AddText({"data", "DIR", "the home edition's data folder; nothing in it is changed"},
                 options.data);
  config.AddSwitch({"upgrade", "", "bring what older programs wrote into MongoDB up to date"},
                   options.upgrade);
  config.AddSwitch({"dry-run", "", "only look at the data and ask MongoDB"}, options.dry_run);
  mongo::Declare(config, options.mongo);
}

std::string HelpText(const base::Config& config) {
  return "ops migrate: copies a home edition's data folder into MongoDB, and compares\n\n"
         "Usage: ops migrate --data DIR [options]\n"
         "       ops migrate --upgrade [options]\n\n" +
         config.Help() +
         "\n--data: stop otm-home first. --upgrade: councils may run; what the original system\n"
         "left unanswered becomes FAILED. Both may be repeated: what is there is left.\n"
         "Exit codes: 0 all is there, 64 wrong usage, 69 a server or disk is away,\n"
         "73 the data is in use or the target has other prompts of the same ids.\n\n"
         "Example:\n  BACKEND_MONGO_URL=mongodb://127.0.0.1:27017 "
         "ops migrate --data ~/.local/share/otm-home\n";
}

// Members in the order of their needs: the last is destroyed first.
struct Both {
  std::unique_ptr<sqlite::DataLock> lock;
  std::unique_ptr<sqlite::Database> database;
  std::unique_ptr<mongo::Client> client;
};

base::Result<Both> Open(const Options& options, const CommandParts& parts) {
  std::error_code ignored;
  if (!std::filesystem::exists(options.data + std::string(kDataFile), ignored)) {
    return base::Fail(Errc::kNotFound, "there is no " + options.data + std::string(kDataFile) +
                                           "; name the folder of otm-home with --data");
  }
  Both both;
  ASSIGN_OR_RETURN(both.lock, sqlite::DataLock::Take(options.data));
  ASSIGN_OR_RETURN(
      both.database,
      sqlite::Database::Open({.path = options.data + std::string(kDataFile)}, parts.clock));
  ASSIGN_OR_RETURN(both.client, mongo::Client::Open(options.mongo, parts.clock));
  return both;
}

base::Status RunUpgrade(const Options& options, const CommandParts& parts) {
  ASSIGN_OR_RETURN(const auto client, mongo::Client::Open(options.mongo, parts.clock));
  ASSIGN_OR_RETURN(const int64_t older, mongo::CountOlder(*client));
  if (options.dry_run) {
    parts.out(std::to_string(older) + " documents would be upgraded\n");
    return {};
  }
  const auto remark = [&](int64_t done) {
    parts.error("ops migrate: " + std::to_string(done) + " of " + std::to_string(older) + "\n");
  };
  ASSIGN_OR_RETURN(const auto done, mongo::Upgrade(*client, parts.clock.UnixMs(), remark));
  parts.out(std::to_string(done.upgraded) + " documents upgraded, all compared; " +
            std::to_string(done.failed) + " had no answer and are FAILED now; sha256 " + done.hash +
            "\n");
  return {};
}

base::Status Run(const Options& options, const CommandParts& parts) {
  ASSIGN_OR_RETURN(const Both both, Open(options, parts));
  sqlite::SqliteRecords from(*both.database);
  const auto indexes = options.dry_run ? mongo::Indexes::kLook : mongo::Indexes::kMake;
  ASSIGN_OR_RETURN(const auto report, mongo::Prepare(*both.client, indexes));
  parts.error("ops migrate: " + both.client->who() + ", " + report.server + "\n");
  if (options.dry_run) {
    ASSIGN_OR_RETURN(const int64_t count, CountAll(from));
    parts.out(std::to_string(count) + " prompts would be copied\n");
    return {};
  }
  mongo::MongoRecords to(*both.client);
  ASSIGN_OR_RETURN(const Migrated migrated,
                   CopyAll({.from = from, .to = to, .remark = [&](std::string_view line) {
                              parts.error("ops migrate: " + std::string(line) + "\n");
                            }}));
  parts.out(std::to_string(migrated.copied) + " prompts copied, " + std::to_string(migrated.there) +
            " were there, all compared; sha256 " + migrated.hash + "\n");
  return {};
}

}  // namespace

int Migrate(std::span<const std::string> args, const CommandParts& parts) {
  Options options;
  base::Config config("ops");
  Declare(config, options);
  const auto request = config.Load(args, parts.environment);
  const bool is_clear = options.data.empty() == options.upgrade;  // One of both.
  if (!request || (*request == base::ConfigRequest::kRun && !is_clear)) {
    const std::string why = request ? "which data? Name its folder with --data, or say --upgrade"
                                    : request.error().message;
    parts.error("ops migrate: " + why + "\ntry: ops migrate --help\n");
    return kExitUsage;
  }
  if (const auto code = Inform(*request, config, HelpText(config), parts)) return *code;
  const auto done = options.upgrade ? RunUpgrade(options, parts) : Run(options, parts);
  if (done) return 0;
  parts.error("ops migrate: " + done.error().message + "\n");
  return base::ExitCode(done.error().code);
}

}  // namespace ops
