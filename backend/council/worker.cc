#include "backend/council/worker.h"

#include <algorithm>
#include <utility>

#include "backend/council/one_run.h"

namespace backend_council {

void RunningRuns::Cancel(std::string_view id) {
  const std::stop_source source = MarkCancelled(id);
  source.request_stop();  // Runs callbacks of the model: not under the mutex.
}

std::stop_source RunningRuns::MarkCancelled(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  const auto it = runs_.find(id);
  if (it == runs_.end()) return std::stop_source(std::nostopstate);
  it->second.cancelled = true;
  return it->second.source;
}

void RunningRuns::Add(const std::string& id, std::stop_source source) {
  const std::scoped_lock lock(mutex_);
  runs_[id] = Run{.source = std::move(source)};
}

void RunningRuns::Remove(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  runs_.erase(id);
}

bool RunningRuns::WasCancelled(const std::string& id) const {
  const std::scoped_lock lock(mutex_);
  const auto it = runs_.find(id);
  return it != runs_.end() && it->second.cancelled;
}

size_t RunningRuns::size() const {
  const std::scoped_lock lock(mutex_);
  return runs_.size();
}

void RunningRuns::SetEvaluating(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  const auto it = runs_.find(id);
  if (it != runs_.end()) it->second.evaluating = true;
}

bool RunningRuns::evaluating() const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::any_of(runs_, [](const auto& entry) { return entry.second.evaluating; });
}

Worker::Worker(const WorkerOptions& options, const WorkerParts& parts)
    : options_(options),
      parts_(parts),
      thread_([this](const std::stop_token& stop) { Loop(stop); }) {}

void Worker::Loop(const std::stop_token& stop) {
  base::Backoff backoff = DependencyBackoff();
  while (!stop.stop_requested()) {
    const uint64_t seen = parts_.work.rings();
    // Without a model prompts keep waiting; a lease would only run out.
    const auto ready = parts_.lineup.Current();
    if (ready == nullptr) {
      parts_.work.Wait(seen, kWorkPeriod, stop);
      continue;
    }
    const auto dealt = parts_.dealer.Next(options_.owner, options_.lease, stop);
    if (!dealt) {
      parts_.log.Warn("worker.waiting", "the store gives no work",
                      {{"error.message", dealt.error().message}});
      parts_.clock.SleepFor(backoff.Next(), stop);
      continue;
    }
    backoff.Reset();
    if (!dealt->has_value()) {
      parts_.work.Wait(seen, kWorkPeriod, stop);
      continue;
    }
    const prompt::Lease& lease = (*dealt)->lease;
    parts_.outbox.Note(lease.prompt.id);
    RunLease(options_, parts_, {.lease = lease, .taken_at = (*dealt)->taken_at, .ready = *ready},
             stop);
    parts_.outbox.Note(lease.prompt.id);
  }
}

}  // namespace backend_council
