// LD_PRELOAD=libpreload.so: makes a process's disk and clock fail on command, without root.
//
// OTM_FAULT_CONTROL names a file of 64 bytes that both sides map: sizes and order as in Control
// below, native byte order; tests/faults/preload.py writes it. OTM_FAULT_FOLDER names the folder
// whose files are hit; others, such as logs, stay well. Without either nothing changes.
//
// Of the clock only the time of day moves, as when somebody sets it: monotonic clocks do not. Waits
// until a time of day are moved with it.

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

struct Control {
  std::atomic<int64_t> clock_offset_s;
  std::atomic<int32_t> write_errno;  // Of writes: ENOSPC, EROFS; 0: they succeed.
  std::atomic<int32_t> open_errno;   // Of opening for writing, and of making and removing files.
  std::atomic<int32_t> sync_errno;   // Of fsync and fdatasync.
};

Control* FindControl() {
  static Control well{};
  const char* path = std::getenv("OTM_FAULT_CONTROL");
  if (path == nullptr) return &well;
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return &well;
  void* mapped = mmap(nullptr, 64, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return mapped == MAP_FAILED ? &well : static_cast<Control*>(mapped);
}

// Set before main() by the constructor below; foreign constructors may come earlier.
Control* control = nullptr;
const char* folder = nullptr;

[[gnu::constructor]] void Begin() {
  folder = std::getenv("OTM_FAULT_FOLDER");
  control = FindControl();
}

template <class F>
F Next(const char* name, F) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}
#define NEXT(name) static const auto next = Next(#name, &::name)

bool Below(const char* path) {
  return folder != nullptr && std::strncmp(path, folder, std::strlen(folder)) == 0;
}

bool IsHit(int fd) {
  char link[32];
  char path[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return false;
  path[length] = 0;
  return Below(path);
}

// The error that this kind of call has to give for `fd`; 0 when it goes on.
int ErrorOf(const std::atomic<int32_t> Control::* kind, int fd) {
  if (control == nullptr) return 0;
  const int error = (control->*kind).load(std::memory_order_relaxed);
  return error != 0 && IsHit(fd) ? error : 0;
}

int OpenError(const char* path, int flags) {
  if (control == nullptr) return 0;
  const int error = control->open_errno.load(std::memory_order_relaxed);
  if (error == 0 || (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) == 0) return 0;
  return Below(path) ? error : 0;
}

int64_t Offset() {
  return control == nullptr ? 0 : control->clock_offset_s.load(std::memory_order_relaxed);
}

constexpr int64_t kTimeOfDayMin = 1'000'000'000;  // Monotonic times are far below, since boot.

}  // namespace

#define FAIL_IF(error)       \
  if (const int e = error) { \
    errno = e;               \
    return -1;               \
  }

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  NEXT(write);
  FAIL_IF(ErrorOf(&Control::write_errno, fd))
  return next(fd, data, size);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  NEXT(pwrite);
  FAIL_IF(ErrorOf(&Control::write_errno, fd))
  return next(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  NEXT(pwrite64);
  FAIL_IF(ErrorOf(&Control::write_errno, fd))
  return next(fd, data, size, at);
}

ssize_t writev(int fd, const iovec* parts, int count) {
  NEXT(writev);
  FAIL_IF(ErrorOf(&Control::write_errno, fd))
  return next(fd, parts, count);
}

int ftruncate(int fd, off_t size) noexcept {
  NEXT(ftruncate);
  FAIL_IF(ErrorOf(&Control::write_errno, fd))
  return next(fd, size);
}

int ftruncate64(int fd, off64_t size) noexcept {
  NEXT(ftruncate64);
  FAIL_IF(ErrorOf(&Control::write_errno, fd))
  return next(fd, size);
}

int fsync(int fd) {
  NEXT(fsync);
  FAIL_IF(ErrorOf(&Control::sync_errno, fd))
  return next(fd);
}

int fdatasync(int fd) {
  NEXT(fdatasync);
  FAIL_IF(ErrorOf(&Control::sync_errno, fd))
  return next(fd);
}

int open(const char* path, int flags, ...) {
  NEXT(open);
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  FAIL_IF(OpenError(path, flags))
  return next(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  NEXT(open64);
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  FAIL_IF(OpenError(path, flags))
  return next(path, flags, mode);
}

int unlink(const char* path) noexcept {
  NEXT(unlink);
  FAIL_IF(OpenError(path, O_WRONLY))
  return next(path);
}

int rename(const char* from, const char* to) noexcept {
  NEXT(rename);
  FAIL_IF(OpenError(to, O_WRONLY))
  return next(from, to);
}

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  NEXT(clock_gettime);
  const int result = next(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    now->tv_sec += Offset();
  }
  return result;
}

int gettimeofday(timeval* now, void* zone) noexcept {
  NEXT(gettimeofday);
  const int result = next(now, zone);
  if (result == 0) now->tv_sec += Offset();
  return result;
}

time_t time(time_t* now) noexcept {
  timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (now != nullptr) *now = exact.tv_sec;
  return exact.tv_sec;
}

int timespec_get(timespec* now, int base) noexcept {
  if (base != TIME_UTC) return 0;
  return clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  // Without its version the oldest one is found, whose condition variables are others.
  static const auto next = reinterpret_cast<decltype(&::pthread_cond_timedwait)>(
      dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2"));
  timespec moved = *until;
  if (moved.tv_sec > kTimeOfDayMin) moved.tv_sec -= Offset();
  return next(condition, mutex, &moved);
}

}  // extern "C"
