// The home edition's one data file: a writer and a reader, and the epoch of its log.
//
// WAL mode. All writes go through one connection, one at a time, so a cache stays warm and nobody
// polls for a lock that this process holds; reads go on beside them.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/sqlite/sqlite.h"

namespace sqlite {

// After so many pages (4 MB) the log of writes is moved into the file; at most four times that
// stays on the disk.
inline constexpr int kWalPagesMax = 1000;

enum class Sync {
  kNow,    // Survives a power cut when the write returns.
  kLater,  // Survives the end of the process; with the next kNow also a power cut.
};

enum class Role {
  kOwner,  // Holds the DataLock; makes the file, migrates it and keeps its epoch.
  kGuest,  // A tool beside the owner, which may run or not: takes the file as it is.
};

struct DatabaseOptions {
  std::string path;
  Role role = Role::kOwner;
  base::Duration timeout = std::chrono::seconds(5);  // For a turn to write.
  std::string boot_id = {};  // Of the running kernel; empty: asks it. Tests say another.
};

// Thread-safe. `clock` outlives it.
class Database {
 public:
  // Opens or creates the file (mode 0600; its directory must exist) and migrates it. Blocks for a
  // few disk syncs. kInvalid: foreign or newer file; kUnavailable: not writable, disk full, or
  // held by another program; kInternal: damaged. For a guest, which makes and migrates nothing,
  // also kNotFound: no file; kConflict: one of an older version.
  static base::Result<std::unique_ptr<Database>> Open(const DatabaseOptions& options,
                                                      const base::Clock& clock);
  // Marks a clean end, unless it is a guest's.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs `work(connection)`, which gives a Result, in one transaction: it is committed when the
  // result is a value, and otherwise nothing has changed. Waits at most `timeout` for its turn,
  // then kUnavailable.
  template <class Work>
  auto Write(Sync sync, base::Duration timeout, Work work)
      -> decltype(work(std::declval<Connection&>())) {
    ASSIGN_OR_RETURN(Turn turn, BeginWrite(sync, timeout));
    auto result = work(*writer_);
    if (result) RETURN_IF_ERROR(turn.Commit());
    return result;
  }

  // Runs `work(connection)` on one unchanging view of the file.
  template <class Work>
  auto Read(Work work) -> decltype(work(std::declval<Connection&>())) {
    const std::scoped_lock lock(read_mutex_);
    RETURN_IF_ERROR(reader_->Run("BEGIN"));
    auto result = work(*reader_);
    if (auto ended = reader_->Run("ROLLBACK"); !ended && result) {
      return std::unexpected(std::move(ended).error());
    }
    return result;
  }

  base::Duration timeout() const { return options_.timeout; }

  // Changes when the file is new, was copied (another inode), or the machine was restarted without
  // a clean end before: then writes of Sync::kLater may be lost and their offsets given again.
  const std::string& epoch() const { return epoch_; }

  // From now on the file may not grow over `pages` of kPageBytes; writes over it are refused like
  // on a full disk.
  base::Status LimitPages(int64_t pages);

 private:
  // The right to write; ends the transaction without effect unless Commit() was called.
  class Turn {
   public:
    explicit Turn(Database& database) : database_(&database) {}
    Turn(Turn&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn();
    base::Status Commit();

   private:
    Database* database_;
  };

  Database(DatabaseOptions options, const base::Clock& clock);
  base::Status Start();
  base::Status Greet();  // The beginning of a guest.
  base::Status StartEpoch();
  base::Result<Turn> BeginWrite(Sync sync, base::Duration timeout);

  const DatabaseOptions options_;
  const base::Clock& clock_;
  std::string epoch_;
  std::unique_ptr<Connection> writer_;  // Used by who has the turn.
  Sync sync_ = Sync::kNow;              // How the writer is set.
  std::mutex turn_mutex_;
  std::condition_variable_any turn_free_;
  bool is_writing_ = false;
  std::mutex read_mutex_;
  std::unique_ptr<Connection> reader_;
};

}  // namespace sqlite
