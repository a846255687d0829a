#include "lib/sqlite/database.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "lib/base/ulid.h"
#include "lib/sqlite/schema.h"

namespace sqlite {
namespace {

using base::Errc;

constexpr int64_t kWalBytesKept = int64_t{4} * kWalPagesMax * kPageBytes;
constexpr mode_t kFileMode = 0600;  // Questions are private.
constexpr size_t kEpochLength = 10;

base::Error FileError(const std::string& path, std::string_view step) {
  return {Errc::kUnavailable, std::string(step) + " " + path + ": " + std::strerror(errno) +
                                  "; make it writable for this user, or choose another directory"};
}

// Creates the file with its mode, and makes the entry in its directory durable.
base::Status Create(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode);
  if (file < 0 && errno == EEXIST) return {};
  if (file < 0) return std::unexpected(FileError(path, "create"));
  close(file);
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const int directory = open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_CLOEXEC);
  if (directory < 0) return std::unexpected(FileError(path, "open the directory of"));
  const bool is_synced = fsync(directory) == 0;
  close(directory);
  if (!is_synced) return std::unexpected(FileError(path, "sync the directory of"));
  return {};
}

base::Status Find(const std::string& path) {
  if (access(path.c_str(), F_OK) == 0) return {};
  return base::Fail(Errc::kNotFound,
                    "there is no " + path + "; name the folder of otm-home with --data");
}

std::string BootId() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id;  // Empty where unknown; then every start counts as a restart of the machine.
}

base::Result<std::string> Inode(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return std::unexpected(FileError(path, "look at"));
  return std::to_string(status.st_ino);
}

base::Result<std::string> Meta(Connection& connection, std::string_view name) {
  ASSIGN_OR_RETURN(auto query, connection.Start("SELECT value FROM meta WHERE name = ?1", {name}));
  ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? query.Text(0) : std::string();
}

base::Status SetMeta(Connection& connection, std::string_view name, std::string_view value) {
  return connection.Run("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)", {name, value});
}

}  // namespace

Database::Database(DatabaseOptions options, const base::Clock& clock)
    : options_(std::move(options)), clock_(clock) {}

base::Result<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options,
                                                       const base::Clock& clock) {
  std::unique_ptr<Database> database(new Database(options, clock));
  if (auto started = database->Start(); !started) {
    return base::Wrap(std::move(started).error(), "open the data file");
  }
  return database;
}

base::Status Database::Start() {
  const bool is_guest = options_.role == Role::kGuest;
  RETURN_IF_ERROR(is_guest ? Find(options_.path) : Create(options_.path));
  ASSIGN_OR_RETURN(writer_, Connection::Open(options_.path, Access::kReadWrite));
  writer_->SetBusyWait(options_.timeout);
  RETURN_IF_ERROR(is_guest ? Greet() : Migrate(*writer_));
  {
    ASSIGN_OR_RETURN(auto mode, writer_->Start("PRAGMA journal_mode = WAL"));
    ASSIGN_OR_RETURN(const bool found, mode.Next());
    if (!found || mode.Text(0) != "wal") {
      return base::Fail(Errc::kUnavailable, options_.path +
                                                ": this file system cannot share "
                                                "memory; choose a local disk");
    }
  }
  RETURN_IF_ERROR(writer_->Execute(
      "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = " + std::to_string(kWalPagesMax) +
      "; PRAGMA journal_size_limit = " + std::to_string(kWalBytesKept)));
  if (!is_guest) RETURN_IF_ERROR(StartEpoch());
  ASSIGN_OR_RETURN(reader_, Connection::Open(options_.path, Access::kQueryOnly));
  reader_->SetBusyWait(options_.timeout);
  return {};
}

base::Status Database::Greet() {
  RETURN_IF_ERROR(CheckOwner(*writer_));
  ASSIGN_OR_RETURN(const int64_t version, writer_->Number("PRAGMA user_version"));
  if (version != kSchemaVersion) {
    return base::Fail(Errc::kConflict, options_.path +
                                           " was written by another version; start otm-home of "
                                           "this version once, and try again");
  }
  ASSIGN_OR_RETURN(epoch_, Meta(*writer_, "epoch"));
  return {};
}

base::Status Database::StartEpoch() {
  const std::string boot_id = options_.boot_id.empty() ? BootId() : options_.boot_id;
  ASSIGN_OR_RETURN(const std::string inode, Inode(options_.path));
  return Write(Sync::kNow, options_.timeout, [&](Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const std::string last_boot, Meta(connection, "boot_id"));
    ASSIGN_OR_RETURN(const std::string last_inode, Meta(connection, "inode"));
    ASSIGN_OR_RETURN(const std::string is_clean, Meta(connection, "clean"));
    ASSIGN_OR_RETURN(epoch_, Meta(connection, "epoch"));
    const bool has_its_end = is_clean == "1" || (!boot_id.empty() && last_boot == boot_id);
    if (epoch_.empty() || last_inode != inode || !has_its_end) {
      epoch_ = base::NewUlid(clock_.UnixMs()).substr(base::kUlidLength - kEpochLength);
    }
    RETURN_IF_ERROR(SetMeta(connection, "boot_id", boot_id));
    RETURN_IF_ERROR(SetMeta(connection, "inode", inode));
    RETURN_IF_ERROR(SetMeta(connection, "clean", "0"));
    return SetMeta(connection, "epoch", epoch_);
  });
}

Database::~Database() {
  const bool has_started = reader_ != nullptr;
  if (has_started && options_.role == Role::kOwner) {
    (void)Write(Sync::kNow, options_.timeout,
                [](Connection& connection) { return SetMeta(connection, "clean", "1"); });
  }
  reader_.reset();
  writer_.reset();
}

base::Status Database::LimitPages(int64_t pages) {
  ASSIGN_OR_RETURN(Turn turn, BeginWrite(Sync::kNow, options_.timeout));
  return writer_->Execute("PRAGMA max_page_count = " + std::to_string(pages));
}

base::Result<Database::Turn> Database::BeginWrite(Sync sync, base::Duration timeout) {
  const base::Duration start = clock_.Monotonic();
  {
    std::unique_lock lock(turn_mutex_);
    if (!clock_.Wait(lock, turn_free_, timeout, {}, [this] { return !is_writing_; })) {
      return base::Fail(Errc::kUnavailable, options_.path +
                                                ": no turn to write in time; the disk "
                                                "is slow or busy: try again");
    }
    is_writing_ = true;
  }
  Turn turn(*this);
  if (sync != sync_) {
    // NORMAL, not OFF: it still syncs where the log of writes begins anew and is moved into the
    // file, so that a power cut costs the last writes but never damages the file.
    RETURN_IF_ERROR(writer_->Run(sync == Sync::kNow ? "PRAGMA synchronous = FULL"
                                                    : "PRAGMA synchronous = NORMAL"));
    sync_ = sync;
  }
  writer_->SetBusyWait(timeout - (clock_.Monotonic() - start));
  RETURN_IF_ERROR(writer_->Run("BEGIN IMMEDIATE"));
  return turn;
}

base::Status Database::Turn::Commit() { return database_->writer_->Run("COMMIT"); }

Database::Turn::~Turn() {
  if (database_ == nullptr) return;
  if (database_->writer_->is_in_transaction()) (void)database_->writer_->Run("ROLLBACK");
  {
    const std::scoped_lock lock(database_->turn_mutex_);
    database_->is_writing_ = false;
  }
  database_->turn_free_.notify_one();
}

}  // namespace sqlite
