#include "edge/portal/spool/folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace spool {
namespace {

using base::Errc;

constexpr mode_t kOwnerOnly = 0600;
constexpr size_t kDigits = 20;  // Of the largest 64-bit number.
constexpr std::string_view kSegmentEnd = ".spool";
constexpr std::string_view kDamagedEnd = ".bad";

std::string Name(uint64_t number, std::string_view end) {
  std::string digits = std::to_string(number);
  digits.insert(0, kDigits - std::min(kDigits, digits.size()), '0');
  return digits.append(end);
}

// The number of a name that Name() gave.
std::optional<uint64_t> Number(std::string_view name, std::string_view end) {
  if (name.size() != kDigits + end.size() || !name.ends_with(end)) return std::nullopt;
  uint64_t number = 0;
  const auto [rest, error] = std::from_chars(name.data(), name.data() + kDigits, number);
  if (error != std::errc() || rest != name.data() + kDigits) return std::nullopt;
  return number;
}

std::string Advice(int code) {
  if (code == ENOSPC || code == EDQUOT) return "; the disk is full: make room on it";
  if (code == EROFS) return "; the disk is read-only: look for I/O errors in dmesg and replace it";
  if (code == EIO) return "; the disk fails: save what is on it and replace it";
  return "; make the folder writable for this user, or choose another one with --spool";
}

}  // namespace

base::Error Folder::Refused(std::string_view step, const std::string& file) const {
  const int code = errno;
  return {Errc::kUnavailable,
          std::string(step) + " " + file + ": " + std::strerror(code) + Advice(code)};
}

base::Result<std::unique_ptr<Folder>> Folder::Take(const std::string& path) {
  std::unique_ptr<Folder> folder(new Folder(path));
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    std::filesystem::create_directories(path, error);
    if (error) {
      errno = error.value();
      return std::unexpected(folder->Refused("make the spool folder", path));
    }
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  }
  folder->folder_ = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder->folder_ < 0) return std::unexpected(folder->Refused("open the spool folder", path));
  const std::string lock = path + "/lock";
  folder->lock_ = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
  if (folder->lock_ < 0) return std::unexpected(folder->Refused("open", lock));
  if (flock(folder->lock_, LOCK_EX | LOCK_NB) == 0) return folder;
  if (errno != EWOULDBLOCK) return std::unexpected(folder->Refused("lock", lock));
  return base::Fail(Errc::kConflict, "another portal uses the spool folder " + path +
                                         "; stop it, or choose another folder with --spool");
}

Folder::~Folder() {
  if (lock_ >= 0) close(lock_);
  if (folder_ >= 0) close(folder_);
}

std::string Folder::SegmentPath(uint64_t number) const {
  return path_ + "/" + Name(number, kSegmentEnd);
}

std::string Folder::DamagedPath(uint64_t number) const {
  return path_ + "/" + Name(number, kDamagedEnd);
}

base::Result<Folder::Files> Folder::List() const {
  Files files;
  std::error_code error;
  for (auto at = std::filesystem::directory_iterator(path_, error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (const auto number = Number(name, kSegmentEnd)) {
      files.segments.push_back(*number);
      files.last_number = std::max(files.last_number, *number);
    } else if (const auto damaged = Number(name, kDamagedEnd)) {
      std::error_code unknown;
      const auto size = std::filesystem::file_size(at->path(), unknown);
      if (!unknown) files.damaged_bytes += size;
      files.last_number = std::max(files.last_number, *damaged);
    }
  }
  if (error) {
    errno = error.value();
    return std::unexpected(Refused("read the spool folder", path_));
  }
  std::ranges::sort(files.segments);
  return files;
}

base::Result<int> Folder::Create(uint64_t number) const {
  const std::string path = SegmentPath(number);
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
  if (file < 0) return std::unexpected(Refused("make", path));
  return file;
}

base::Result<int> Folder::Open(uint64_t number) const {
  const std::string path = SegmentPath(number);
  const int file = open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return std::unexpected(Refused("open", path));
  return file;
}

base::Result<std::string> Folder::ReadAll(uint64_t number, int file) const {
  struct stat status{};
  if (fstat(file, &status) != 0) return std::unexpected(Refused("look at", SegmentPath(number)));
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t count = pread(file, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (count < 0) return std::unexpected(Refused("read", SegmentPath(number)));
    if (count == 0) break;
    at += static_cast<size_t>(count);
  }
  return bytes;
}

void Folder::Remove(uint64_t number) const { unlink(SegmentPath(number).c_str()); }

void Folder::SetAside(uint64_t number) const {
  rename(SegmentPath(number).c_str(), DamagedPath(number).c_str());
}

}  // namespace spool
