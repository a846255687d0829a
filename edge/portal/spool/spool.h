// Messages on disk while their bus is away: taken durably, given back in order, removed once sent.
//
//   auto spool = Spool::Open({.folder = "/var/lib/otm-portal/spool"}, clock, log);
//   (*spool)->Append({topic, key, value});            // fsync'ed when it returns
//   while (auto next = (*spool)->Front()) { …send…; (*spool)->RemoveFront(Removal::kSent); }
//
// What a power cut leaves half-written at a file's end is cut off when it is opened again; nobody
// was told that it is safe. Anything else that cannot be read is never dropped: its file becomes
// "*.bad" once the good records around it are sent, and the log says so. A record may be given
// back twice after a crash, never in another order.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edge/portal/spool/disk.h"
#include "edge/portal/spool/folder.h"
#include "edge/portal/spool/record.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/result.h"
#include "lib/prompt/bus.h"

namespace spool {

// Some 200,000 questions; over it no more are taken.
inline constexpr size_t kSpoolBytesMax = 64 * 1024 * 1024;
// Each costs about 150 bytes of memory while it waits, and a portal has 20 MB.
inline constexpr size_t kSpoolRecordsMax = 50'000;
// Of one file: what a restart may send again at most, and what is read at once when opening.
inline constexpr size_t kSegmentBytes = 1024 * 1024;

struct SpoolOptions {
  std::string folder = {};
  size_t bytes_max = kSpoolBytesMax;  // Of all files, also of what is damaged.
  size_t records_max = kSpoolRecordsMax;
  size_t segment_bytes = kSegmentBytes;
  Disk disk = {};
};

struct SpoolStats {
  size_t records = 0;  // Waiting.
  size_t bytes = 0;    // On disk, of all files.
  size_t damaged_bytes = 0;
  std::optional<int64_t> oldest_ms;  // When the oldest one waiting was taken.
};

enum class Removal {
  kSent,
  kRefused,  // It can never be sent: its file is kept as "*.bad" for somebody to look.
};

// Thread-safe, but one thread alone calls Front() and RemoveFront(). Blocks for the disk.
class Spool {
 public:
  // Reads what is there: kConflict when another process has the folder, kUnavailable when it
  // cannot be read or written. `clock` and `log` outlive the object.
  static base::Result<std::unique_ptr<Spool>> Open(SpoolOptions options, const base::Clock& clock,
                                                   base::Log& log);
  ~Spool();

  // Durable when it returns success. Calls at the same time share one fsync. kUnavailable: a limit
  // or the disk; nothing was accepted then. kInvalid: see CheckRecord().
  base::Status Append(const prompt::MessageParts& parts);

  // The oldest record that waits; nothing when none does. One that cannot be read any more is
  // logged, kept as damaged and passed over.
  std::optional<Record> Front();
  void RemoveFront(Removal removal);

  // Whether a record with this key waits.
  bool Holds(std::string_view key) const;

  // The newest `count` records that wait, oldest first.
  std::vector<Record> Newest(size_t count) const;

  SpoolStats stats() const;

 private:
  struct Segment {
    uint64_t number = 0;
    int file = -1;
    size_t bytes = 0;    // Written.
    size_t waiting = 0;  // Records that are durable and not removed.
    bool is_damaged = false;
  };
  using Segments = std::list<Segment>;
  using Keys = std::map<std::string, size_t, std::less<>>;
  struct Entry {
    Segments::iterator segment;
    size_t offset = 0;
    size_t frame_bytes = 0;
    int64_t at_ms = 0;
    Keys::iterator key;
  };
  struct Written {  // Not yet durable.
    size_t offset = 0;
    size_t frame_bytes = 0;
    int64_t at_ms = 0;
    std::string key;
  };
  // What one fsync makes durable, all in one segment.
  struct Batch {
    Segments::iterator segment;
    std::vector<Written> written = {};
    base::Status result = {};
    bool is_done = false;
  };
  using Lock = std::unique_lock<std::mutex>;

  Spool(SpoolOptions options, const base::Clock& clock, base::Log& log)
      : options_(std::move(options)), clock_(clock), log_(log) {}

  base::Status Load();
  base::Status LoadSegment(uint64_t number);
  void TakePieces(Segments::iterator segment, const std::vector<Piece>& pieces);
  void TakeTail(Segments::iterator segment, const Piece& torn);

  // All of these need mutex_.
  base::Status CheckRoom(size_t frame_bytes);
  base::Status PrepareSegment(size_t frame_bytes);
  base::Status Write(std::string_view frame, Written written);
  void Commit(Lock& lock);
  void Fail(Batch& batch, const base::Error& error);
  void Enqueue(Segments::iterator segment, Written written);
  std::optional<Record> Read(const Entry& entry) const;
  void DropFront();
  void DropIfDone(Segments::iterator segment);
  bool IsBusy(Segments::const_iterator segment) const;

  const SpoolOptions options_;
  const base::Clock& clock_;
  base::Log& log_;
  std::unique_ptr<Folder> folder_;

  mutable std::mutex mutex_;
  std::condition_variable committed_;
  Segments segments_;                            // Oldest first.
  Segments::iterator active_ = segments_.end();  // Where records are written; end(): nowhere yet.
  uint64_t last_number_ = 0;
  std::deque<Entry> queue_;
  Keys keys_;
  std::shared_ptr<Batch> batch_;  // Being filled.
  Segments::iterator syncing_ = segments_.end();
  size_t unsynced_ = 0;  // Records in batches.
  size_t bytes_ = 0;
  size_t damaged_bytes_ = 0;  // Of files that are set aside.
};

}  // namespace spool
