#include "lib/sqlite/data_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace sqlite {
namespace {

using base::Errc;

constexpr size_t kPidBytes = 16;  // The kernel's largest pid has seven.

base::Error Refused(const std::string& path, std::string_view step, std::string_view reason) {
  return {Errc::kUnavailable, std::string(step) + " " + path + ": " + std::string(reason) +
                                  "; make it writable for this user, or choose another directory"};
}

base::Status MakeDirectory(const std::string& directory) {
  std::error_code error;
  if (!std::filesystem::create_directories(directory, error)) {
    if (!error && std::filesystem::is_directory(directory, error)) return {};
    return std::unexpected(
        Refused(directory, "make the data directory", error ? error.message() : "it is a file"));
  }
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  if (error) return std::unexpected(Refused(directory, "set the mode of", error.message()));
  return {};
}

// " (process 1234)", or nothing where the file does not say.
std::string Owner(int file) {
  std::array<char, kPidBytes> text{};
  const ssize_t size = pread(file, text.data(), text.size(), 0);
  const std::string_view pid(text.data(), size > 0 ? static_cast<size_t>(size) : 0);
  const auto digits = pid.substr(0, pid.find('\n'));
  const bool is_pid =
      !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
  return is_pid ? " (process " + std::string(digits) + ")" : "";
}

}  // namespace

base::Result<std::unique_ptr<DataLock>> DataLock::Take(const std::string& directory) {
  RETURN_IF_ERROR(MakeDirectory(directory));
  const std::string path = directory + "/lock";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return std::unexpected(Refused(path, "open", std::strerror(errno)));
  std::unique_ptr<DataLock> lock(new DataLock(file));
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return std::unexpected(Refused(path, "lock", std::strerror(errno)));
    return base::Fail(Errc::kConflict,
                      "another OTM Home" + Owner(file) + " uses " + directory +
                          "; stop it with `otm down`, or choose another directory with --data");
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(file, 0) != 0 ||
      pwrite(file, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return std::unexpected(Refused(path, "write", std::strerror(errno)));
  }
  return lock;
}

DataLock::~DataLock() { close(file_); }

}  // namespace sqlite
