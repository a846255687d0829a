// Figures of this process under the names that Prometheus clients agree on: process_cpu_seconds_
// total, process_resident_memory_bytes, process_open_fds, process_start_time_seconds.
#pragma once

#include <mutex>

#include "lib/base/clock.h"
#include "lib/base/metrics.h"

namespace service {

// Thread-safe. `metrics` outlives it.
class ProcessMetrics {
 public:
  // The start time is now.
  ProcessMetrics(base::Metrics& metrics, const base::Clock& clock);

  // Reads /proc/self: some microseconds, never a disk. What cannot be read keeps its value.
  void Update();

 private:
  base::Counter& cpu_seconds_;
  base::Gauge& resident_bytes_;
  base::Gauge& open_files_;
  std::mutex mutex_;  // So that two readers do not count the same time twice.
};

}  // namespace service
