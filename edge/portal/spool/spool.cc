#include "edge/portal/spool/spool.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace spool {
namespace {

using base::Errc;

// All of `bytes`, or false with errno.
bool WriteAll(const Disk& disk, int file, std::string_view bytes, off_t at) {
  while (!bytes.empty()) {
    const ssize_t count = disk.write(file, bytes.data(), bytes.size(), at);
    if (count < 0) return false;
    if (count == 0) {
      errno = ENOSPC;
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(count));
    at += count;
  }
  return true;
}

// What is left there is cut off, or not acknowledged at any rate, when it is opened again.
void CutOff(int file, size_t size) {
  [[maybe_unused]] const int ignored = ftruncate(file, static_cast<off_t>(size));
}

}  // namespace

base::Result<std::unique_ptr<Spool>> Spool::Open(SpoolOptions options, const base::Clock& clock,
                                                 base::Log& log) {
  std::unique_ptr<Spool> spool(new Spool(std::move(options), clock, log));
  RETURN_IF_ERROR(spool->Load());
  return spool;
}

Spool::~Spool() {
  for (const Segment& segment : segments_) close(segment.file);
}

// Opening.

base::Status Spool::Load() {
  ASSIGN_OR_RETURN(folder_, Folder::Take(options_.folder));
  ASSIGN_OR_RETURN(const Folder::Files files, folder_->List());
  last_number_ = files.last_number;
  damaged_bytes_ = files.damaged_bytes;
  for (const uint64_t number : files.segments) RETURN_IF_ERROR(LoadSegment(number));
  if (!queue_.empty()) {
    log_.Info("spool.opened", "messages from before wait to be sent",
              {{"otm.records", static_cast<int64_t>(queue_.size())}});
  }
  return {};
}

base::Status Spool::LoadSegment(uint64_t number) {
  ASSIGN_OR_RETURN(const int file, folder_->Open(number));
  segments_.push_back({.number = number, .file = file});
  ASSIGN_OR_RETURN(const std::string bytes, folder_->ReadAll(number, file));
  const auto segment = std::prev(segments_.end());
  segment->bytes = bytes.size();
  bytes_ += bytes.size();
  TakePieces(segment, ScanRecords(bytes));
  DropIfDone(segment);
  return {};
}

void Spool::TakePieces(Segments::iterator segment, const std::vector<Piece>& pieces) {
  for (const Piece& piece : pieces) {
    switch (piece.kind) {
      case Piece::Kind::kRecord:
        if (piece.was_sent) break;
        Enqueue(segment, {piece.offset, piece.size, piece.record.at_ms, piece.record.key});
        break;
      case Piece::Kind::kDamaged:
        segment->is_damaged = true;
        log_.Error("spool.damaged",
                   "bytes of the spool are damaged; they are kept for you to look at, the records "
                   "around them are sent",
                   {{"file.path", folder_->DamagedPath(segment->number)},
                    {"otm.offset", static_cast<int64_t>(piece.offset)},
                    {"otm.bytes", static_cast<int64_t>(piece.size)}});
        break;
      case Piece::Kind::kTorn:
        TakeTail(segment, piece);
        break;
    }
  }
}

void Spool::TakeTail(Segments::iterator segment, const Piece& torn) {
  CutOff(segment->file, torn.offset);
  segment->bytes = torn.offset;
  bytes_ -= torn.size;
  log_.Warn("spool.torn", "a record that was never acknowledged is cut off the end of the spool",
            {{"file.path", folder_->SegmentPath(segment->number)},
             {"otm.offset", static_cast<int64_t>(torn.offset)},
             {"otm.bytes", static_cast<int64_t>(torn.size)}});
}

// Taking.

base::Status Spool::Append(const prompt::MessageParts& parts) {
  RETURN_IF_ERROR(CheckRecord(parts));
  const int64_t now_ms = clock_.UnixMs();
  const std::string frame = EncodeRecord(parts, now_ms);
  Lock lock(mutex_);
  RETURN_IF_ERROR(CheckRoom(frame.size()));
  RETURN_IF_ERROR(PrepareSegment(frame.size()));
  RETURN_IF_ERROR(Write(frame, {active_->bytes, frame.size(), now_ms, std::string(parts.key)}));
  const std::shared_ptr<Batch> batch = batch_;
  while (!batch->is_done) {
    if (syncing_ == segments_.end()) {
      Commit(lock);  // This very batch: every other one is done or being synced.
    } else {
      committed_.wait(lock);
    }
  }
  return batch->result;
}

base::Status Spool::CheckRoom(size_t frame_bytes) {
  const auto has_room = [&] { return bytes_ + damaged_bytes_ + frame_bytes <= options_.bytes_max; };
  if (!has_room() && damaged_bytes_ > 0) {  // Somebody may have taken *.bad files away.
    ASSIGN_OR_RETURN(const Folder::Files files, folder_->List());
    damaged_bytes_ = files.damaged_bytes;
  }
  if (has_room() && queue_.size() + unsynced_ < options_.records_max) return {};
  std::string message = "the spool " + options_.folder +
                        " is full: " + std::to_string(queue_.size()) + " messages wait in " +
                        std::to_string(bytes_) + " bytes; start the bus that they wait for";
  if (damaged_bytes_ > 0) {
    message += "; " + std::to_string(damaged_bytes_) +
               " bytes are damaged: look at the *.bad files there and delete them";
  }
  return base::Fail(Errc::kUnavailable, std::move(message));
}

base::Status Spool::PrepareSegment(size_t frame_bytes) {
  // A batch lies in one segment.
  if (active_ != segments_.end() && !batch_ &&
      active_->bytes + frame_bytes > options_.segment_bytes) {
    active_ = segments_.end();
  }
  if (active_ != segments_.end()) return {};
  const uint64_t number = last_number_ + 1;
  ASSIGN_OR_RETURN(const int file, folder_->Create(number));
  last_number_ = number;
  if (options_.disk.sync_folder(folder_->descriptor()) != 0) {
    const base::Error error = folder_->Refused("sync the spool folder", options_.folder);
    close(file);
    folder_->Remove(number);
    return std::unexpected(error);
  }
  active_ = segments_.insert(segments_.end(), {.number = number, .file = file});
  return {};
}

base::Status Spool::Write(std::string_view frame, Written written) {
  const auto segment = active_;
  if (!WriteAll(options_.disk, segment->file, frame, static_cast<off_t>(written.offset))) {
    const base::Error error = folder_->Refused("write", folder_->SegmentPath(segment->number));
    CutOff(segment->file, written.offset);
    DropIfDone(segment);
    return std::unexpected(error);
  }
  segment->bytes += frame.size();
  bytes_ += frame.size();
  ++unsynced_;
  if (!batch_) batch_ = std::make_shared<Batch>(Batch{.segment = segment});
  batch_->written.push_back(std::move(written));
  return {};
}

void Spool::Commit(Lock& lock) {
  const std::shared_ptr<Batch> batch = std::exchange(batch_, nullptr);
  syncing_ = batch->segment;
  const int file = syncing_->file;
  lock.unlock();
  const bool synced = options_.disk.sync(file) == 0;
  const int code = errno;
  lock.lock();
  syncing_ = segments_.end();
  if (synced) {
    unsynced_ -= batch->written.size();
    for (Written& written : batch->written) Enqueue(batch->segment, std::move(written));
  } else {
    errno = code;
    Fail(*batch, folder_->Refused("sync", folder_->SegmentPath(batch->segment->number)));
  }
  batch->is_done = true;
  committed_.notify_all();
}

// After a failed fsync nobody knows what the disk has of this segment's end, and asking again would
// be told success: nothing more is written there.
void Spool::Fail(Batch& batch, const base::Error& error) {
  const auto segment = batch.segment;
  const size_t end = batch.written.front().offset;
  batch.result = std::unexpected(error);
  unsynced_ -= batch.written.size();
  if (batch_ && batch_->segment == segment) {
    batch_->result = std::unexpected(error);
    batch_->is_done = true;
    unsynced_ -= batch_->written.size();
    batch_.reset();
  }
  CutOff(segment->file, end);
  bytes_ -= segment->bytes - end;
  segment->bytes = end;
  if (active_ == segment) active_ = segments_.end();
  DropIfDone(segment);
}

void Spool::Enqueue(Segments::iterator segment, Written written) {
  const auto key = keys_.try_emplace(std::move(written.key), 0).first;
  ++key->second;
  ++segment->waiting;
  queue_.push_back({segment, written.offset, written.frame_bytes, written.at_ms, key});
}

// Giving back.

std::optional<Record> Spool::Read(const Entry& entry) const {
  std::string frame(entry.frame_bytes, '\0');
  const ssize_t count =
      pread(entry.segment->file, frame.data(), frame.size(), static_cast<off_t>(entry.offset));
  if (count != static_cast<ssize_t>(frame.size())) return std::nullopt;
  auto decoded = DecodeRecord(frame);
  if (!decoded || decoded->frame_bytes != frame.size()) return std::nullopt;
  return std::move(decoded->record);
}

std::optional<Record> Spool::Front() {
  const std::lock_guard lock(mutex_);
  while (!queue_.empty()) {
    const Entry& front = queue_.front();
    if (auto record = Read(front)) return record;
    front.segment->is_damaged = true;
    log_.Error("spool.damaged",
               "a record of the spool can no longer be read; its file is kept for you to look at",
               {{"file.path", folder_->DamagedPath(front.segment->number)},
                {"otm.offset", static_cast<int64_t>(front.offset)},
                {"otm.prompt_id", front.key->first}});
    DropFront();
  }
  return std::nullopt;
}

void Spool::RemoveFront(Removal removal) {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return;
  const Entry& front = queue_.front();
  if (removal == Removal::kSent) {
    // Not synced: at worst it is sent once more.
    WriteAll(options_.disk, front.segment->file, kSentMark, static_cast<off_t>(front.offset));
  } else {
    front.segment->is_damaged = true;
  }
  DropFront();
}

void Spool::DropFront() {
  const Entry front = queue_.front();
  queue_.pop_front();
  if (--front.key->second == 0) keys_.erase(front.key);
  --front.segment->waiting;
  DropIfDone(front.segment);
}

bool Spool::IsBusy(Segments::const_iterator segment) const {
  return segment == syncing_ || (batch_ && segment == batch_->segment);
}

void Spool::DropIfDone(Segments::iterator segment) {
  if (segment->waiting > 0 || IsBusy(segment)) return;
  if (active_ == segment) active_ = segments_.end();
  bytes_ -= segment->bytes;
  if (segment->is_damaged) {
    folder_->SetAside(segment->number);
    damaged_bytes_ += segment->bytes;
  } else {
    folder_->Remove(segment->number);
  }
  close(segment->file);
  segments_.erase(segment);
}

// Looking.

bool Spool::Holds(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  return keys_.contains(key);
}

std::vector<Record> Spool::Newest(size_t count) const {
  const std::lock_guard lock(mutex_);
  std::vector<Record> records;
  for (size_t at = queue_.size() - std::min(count, queue_.size()); at < queue_.size(); ++at) {
    if (auto record = Read(queue_[at])) records.push_back(*std::move(record));
  }
  return records;
}

SpoolStats Spool::stats() const {
  const std::lock_guard lock(mutex_);
  SpoolStats stats{.records = queue_.size(),
                   .bytes = bytes_ + damaged_bytes_,
                   .damaged_bytes = damaged_bytes_,
                   .oldest_ms = {}};
  if (!queue_.empty()) stats.oldest_ms = queue_.front().at_ms;
  return stats;
}

}  // namespace spool
