// The only source of time. Services get a Clock from main(); tests hand in testing::FakeClock.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

namespace base {

using Duration = std::chrono::nanoseconds;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Milliseconds since 1970-01-01T00:00:00Z; may jump when the machine's clock is set.
  virtual int64_t UnixMs() const = 0;

  // Never goes backwards; only differences mean anything.
  virtual Duration Monotonic() const = 0;

  // Waits until `ready()` is true, `timeout` is over, or a stop is requested; returns ready().
  // Duration::max() is no timeout; zero or less only asks once.
  // `lock` is held when `ready` is called and on return. Whoever changes what `ready` looks at
  // holds the same mutex and notifies `condition`. Under FakeClock the timeout passes only when
  // the test advances the clock.
  // tidy(parameters): those of condition_variable_any::wait_for, which every caller knows.
  virtual bool Wait(std::unique_lock<std::mutex>& lock, std::condition_variable_any& condition,
                    Duration timeout, std::stop_token stop,
                    const std::function<bool()>& ready) const = 0;

  // Sleeps for `duration`; returns false at once when a stop is requested.
  bool SleepFor(Duration duration, std::stop_token stop) const;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  int64_t UnixMs() const override;
  Duration Monotonic() const override;
  // tidy(parameters): as above.
  bool Wait(std::unique_lock<std::mutex>& lock, std::condition_variable_any& condition,
            Duration timeout, std::stop_token stop,
            const std::function<bool()>& ready) const override;
};

// "2026-01-02T03:04:05.678Z" (RFC 3339, always UTC and milliseconds).
std::string FormatUtc(int64_t unix_ms);

}  // namespace base
