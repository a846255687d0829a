// Exclusive ownership of a data directory by one process.
#pragma once

#include <memory>
#include <string>

#include "lib/base/result.h"

namespace sqlite {

// Held as long as the object lives; the kernel frees it when the process ends, however it ends.
class DataLock {
 public:
  // Makes `directory` (mode 0700, with its parents) where it is missing, and locks the file "lock"
  // in it; never waits. kConflict, naming the process, when another one has it; kUnavailable when
  // the directory cannot be made or written.
  static base::Result<std::unique_ptr<DataLock>> Take(const std::string& directory);
  ~DataLock();
  DataLock(const DataLock&) = delete;
  DataLock& operator=(const DataLock&) = delete;

 private:
  explicit DataLock(int file) : file_(file) {}
  const int file_;
};

}  // namespace sqlite
