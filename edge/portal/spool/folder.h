// The spool's folder: which files it has, and that nobody else uses it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace spool {

// Files "<20 digits>.spool" hold records, "<20 digits>.bad" what was damaged; any other is left
// alone. Thread-safe. Errors name the path and end with what to do.
class Folder {
 public:
  // Makes `path` (mode 0700, with its parents) where it is missing, and locks the file "lock" in
  // it; never waits. kConflict when another process has it; kUnavailable when it cannot be made or
  // written.
  static base::Result<std::unique_ptr<Folder>> Take(const std::string& path);
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  struct Files {
    std::vector<uint64_t> segments;  // Ascending.
    size_t damaged_bytes = 0;        // Of all *.bad.
    uint64_t last_number = 0;        // Of any of ours, 0 where there is none.
  };
  base::Result<Files> List() const;

  // An open file that was not there before, for reading and writing.
  base::Result<int> Create(uint64_t number) const;
  base::Result<int> Open(uint64_t number) const;
  base::Result<std::string> ReadAll(uint64_t number, int file) const;

  // Best effort: a file that stays is read again by the next process, which is harmless.
  void Remove(uint64_t number) const;
  void SetAside(uint64_t number) const;  // To *.bad.

  std::string SegmentPath(uint64_t number) const;
  std::string DamagedPath(uint64_t number) const;
  const std::string& path() const { return path_; }
  int descriptor() const { return folder_; }

  // kUnavailable from the errno of the last call.
  base::Error Refused(std::string_view step, const std::string& file) const;

 private:
  explicit Folder(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  int folder_ = -1;
  int lock_ = -1;
};

}  // namespace spool
