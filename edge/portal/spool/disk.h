// What the spool asks of a disk where it can fail; tests hand in one that does.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <functional>

namespace spool {

// As pwrite(2), fdatasync(2) and fsync(2) of a folder; thread-safe.
struct Disk {
  std::function<ssize_t(int file, const void* bytes, size_t size, off_t at)> write = pwrite;
  std::function<int(int file)> sync = fdatasync;
  std::function<int(int folder)> sync_folder = fsync;
};

}  // namespace spool
