#include "lib/service/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <system_error>

namespace service {
namespace {

double Seconds(const timeval& time) {
  constexpr double kMicrosecond = 1e-6;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * kMicrosecond;
}

std::optional<double> ResidentBytes() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "re"),
                                                             std::fclose);
  long pages = 0;
  if (!file || std::fscanf(file.get(), "%*s %ld", &pages) != 1) return std::nullopt;
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

std::optional<double> OpenFiles() {
  std::error_code error;
  std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return std::nullopt;
  return static_cast<double>(std::distance(begin(files), end(files)) - 1);  // Without its own.
}

}  // namespace

ProcessMetrics::ProcessMetrics(base::Metrics& metrics, const base::Clock& clock)
    : cpu_seconds_(metrics.AddCounter("process_cpu_seconds_total",
                                      "Processor time of this process, user and system.")),
      resident_bytes_(metrics.AddGauge("process_resident_memory_bytes",
                                       "Memory of this process that is in RAM.")),
      open_files_(metrics.AddGauge("process_open_fds", "Open file descriptors.")) {
  constexpr double kMsPerSecond = 1000;
  metrics.AddGauge("process_start_time_seconds", "When this process started, since 1970.")
      .Set(static_cast<double>(clock.UnixMs()) / kMsPerSecond);
}

void ProcessMetrics::Update() {
  const std::scoped_lock lock(mutex_);
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    const double seconds = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
    cpu_seconds_.Increment(std::max(0.0, seconds - cpu_seconds_.value()));
  }
  if (const auto bytes = ResidentBytes()) resident_bytes_.Set(*bytes);
  if (const auto files = OpenFiles()) open_files_.Set(*files);
}

}  // namespace service
