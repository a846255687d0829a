// Waiting for the next thing of a librdkafka consumer, with a bound and a stop.
#pragma once

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <functional>
#include <stop_token>
#include <utility>

#include "lib/base/clock.h"
#include "lib/kafka/handle.h"

namespace kafka {

struct PolledHandle {
  rd_kafka_t* handle;
  rd_kafka_queue_t* queue;  // Of the handle's consumer.
  const base::Clock& clock;
};

// One call of Poll. A stop ends a wait at once.
class Polling {
 public:
  Polling(const PolledHandle& polled, base::Duration wait, const std::stop_token& stop)
      : polled_(polled),
        start_(polled.clock.Monotonic()),
        wait_(wait),
        stop_(stop),
        wake_(stop, [queue = polled.queue] { rd_kafka_queue_yield(queue); }) {}

  // A message or an error, or nothing when the wait is over or a stop was requested. Without any
  // wait it still looks once.
  Received Next() {
    // A stop that came before the wait began has woken nobody; so a wait is never long.
    const base::Duration left = std::clamp(Left(), base::Duration(0), kSlice);
    return Received(
        rd_kafka_consumer_poll(polled_.handle, stop_.stop_requested() ? 0 : Milliseconds(left)));
  }

  // The same without waiting.
  Received Look() { return Received(rd_kafka_consumer_poll(polled_.handle, 0)); }

  bool is_over() const { return stop_.stop_requested() || Left() <= base::Duration(0); }

 private:
  static constexpr base::Duration kSlice = std::chrono::seconds(1);

  base::Duration Left() const { return wait_ - (polled_.clock.Monotonic() - start_); }

  const PolledHandle polled_;
  const base::Duration start_;
  const base::Duration wait_;
  const std::stop_token stop_;
  std::stop_callback<std::function<void()>> wake_;  // Last: ends first.
};

}  // namespace kafka
