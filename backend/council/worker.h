// A worker: lease -> engine -> store, one prompt at a time.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "backend/council/bell.h"
#include "backend/council/dealer.h"
#include "backend/council/lineup.h"
#include "backend/council/live_sender.h"
#include "backend/council/meters.h"
#include "backend/council/own_events.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/council/engine.h"
#include "lib/prompt/store.h"

namespace backend_council {

// The runs of this process, so that one can be stopped. Thread-safe.
class RunningRuns {
 public:
  // Stops the run of this id, if there is one: its call to the model is closed within 200 ms.
  void Cancel(std::string_view id);

  void Add(const std::string& id, std::stop_source source);
  void Remove(const std::string& id);
  bool WasCancelled(const std::string& id) const;
  size_t size() const;

  // What the original calls EVALUATING: judges are voting.
  void SetEvaluating(const std::string& id);
  bool evaluating() const;

 private:
  struct Run {
    std::stop_source source;
    bool cancelled = false;
    bool evaluating = false;
  };
  // A source that stops nothing where there is no such run.
  std::stop_source MarkCancelled(std::string_view id);

  mutable std::mutex mutex_;
  std::map<std::string, Run, std::less<>> runs_;
};

struct WorkerOptions {
  std::string owner;
  base::Duration lease{0};
  base::Duration run_max{0};
  base::Duration cache_age{0};
};

struct WorkerParts {
  prompt::Store& store;
  const base::Clock& clock;
  base::Log& log;
  Meters& meters;
  LiveSender& live;
  const Lineup& lineup;
  RunningRuns& runs;
  Dealer& dealer;
  Bell& work;
  OwnEvents& outbox;
};

// One thread, which starts with the object. The destructor stops the call that is running, hands
// the prompt back, and blocks as long as the store does. The parts outlive it.
class Worker {
 public:
  Worker(const WorkerOptions& options, const WorkerParts& parts);

 private:
  void Loop(const std::stop_token& stop);

  const WorkerOptions options_;
  const WorkerParts parts_;
  std::jthread thread_;
};

}  // namespace backend_council
