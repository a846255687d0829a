#include "backend/council/one_run.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "backend/council/cache_key.h"
#include "backend/council/lease_keeper.h"
#include "lib/council/preset.h"
#include "lib/council/text/clean.h"

namespace backend_council {
namespace {

using std::chrono::milliseconds;

// What an answer was made of all that it should be; others are not given twice.
constexpr std::string_view kWholeQuality = "full";

int64_t Ms(base::Duration duration) {
  return std::chrono::duration_cast<milliseconds>(duration).count();
}

class OneRun : private council::StepSink {
 public:
  OneRun(const WorkerOptions& options, const WorkerParts& parts, const LeasedRun& leased,
         const std::stop_token& shutdown)
      : options_(options),
        parts_(parts),
        prompt_(leased.lease.prompt),
        ready_(leased.ready),
        shutdown_(shutdown),
        feed_(prompt_.id, prompt_.epoch, parts.clock,
              [this](const prompt::LiveEvent& event) { Send(event); }),
        on_shutdown_(shutdown, [this] { source_.request_stop(); }),
        registration_(parts.runs, prompt_.id, source_),
        keeper_({parts.store, parts.clock, parts.log},
                {.id = prompt_.id,
                 .epoch = prompt_.epoch,
                 .length = options.lease,
                 .taken_at = leased.taken_at},
                [this] { source_.request_stop(); }) {}

  void Go() {
    parts_.meters.running.Set(static_cast<double>(parts_.runs.size()));
    parts_.log.Info("run.started", "run started",
                    {{"otm.prompt_id", prompt_.id}, {"otm.epoch", prompt_.epoch}});
    const auto steps =
        Insist<std::vector<prompt::Step>>([&] { return parts_.store.Steps(prompt_.id); });
    if (!steps) return Stopped();
    const council::RunSpec spec = Spec();
    // A run that is taken over keeps the seats that it began with.
    if (steps->empty() && options_.cache_age > base::Duration(0) &&
        ready_.model->Notice().empty()) {
      cache_key_ = CacheKey(spec);
      if (AnsweredBefore()) return;
    }
    MeteredModel model(ready_.model, parts_.meters, parts_.clock);
    council::RunResult result = council::RunCouncil(
        {.spec = spec, .steps = *steps, .epoch = prompt_.epoch},
        {.clock = parts_.clock, .model = model, .sink = *this, .feed = feed_}, source_.get_token());
    switch (result.end) {
      case council::RunEnd::kAnswered:
      case council::RunEnd::kFailed:
        return Finish(result);
      case council::RunEnd::kStopped:
      case council::RunEnd::kLost:
        return Stopped();
    }
  }

 private:
  // In the map of runs as long as this lives.
  class Registration {
   public:
    Registration(RunningRuns& runs, std::string id, const std::stop_source& source)
        : runs_(runs), id_(std::move(id)) {
      runs_.Add(id_, source);
    }
    ~Registration() { runs_.Remove(id_); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    RunningRuns& runs_;
    const std::string id_;
  };

  council::RunSpec Spec() const {
    const council::Preset* preset = council::FindPreset(prompt_.preset);
    council::RunSpec spec{.run_id = prompt_.id,
                          .question = prompt_.text,
                          .preset = preset ? preset : &council::DefaultPreset(ready_.roster),
                          .roster = ready_.roster,
                          .budget_ms = Ms(options_.run_max)};
    if (!prompt_.discussion_ms) return spec;
    if (spec.preset->uses_discussion) {
      spec.discussion_ms = *prompt_.discussion_ms;
    } else {
      spec.budget_ms = std::min(spec.budget_ms, *prompt_.discussion_ms);
    }
    return spec;
  }

  // Repeats a call to the store while it is away and the lease is ours.
  template <class T>
  base::Result<T> Insist(const std::function<base::Result<T>()>& call) {
    base::Backoff backoff = DependencyBackoff();
    while (true) {
      auto result = call();
      if (result || !result.error().retryable()) {
        if (!result && result.error().code == base::Errc::kConflict) keeper_.Lose();
        return result;
      }
      if (!parts_.clock.SleepFor(backoff.Next(), source_.get_token())) return result;
    }
  }

  base::Status Store(const prompt::Step& step) override {
    return Insist<void>(
        [&]() -> base::Status { return parts_.store.AppendStep(prompt_.id, prompt_.epoch, step); });
  }

  void Send(const prompt::LiveEvent& event) {
    if (event.type == "step.started") {
      const auto stage = event.data.find("stage");
      if (stage != event.data.end() && (*stage == "approve" || *stage == "rank")) {
        parts_.runs.SetEvaluating(prompt_.id);
      }
    }
    parts_.live.Send(event);
  }

  // Takes the answer of the same question, where there is one that is young and whole.
  bool AnsweredBefore() {
    const auto found = parts_.store.FindAnswered(prompt_.user, cache_key_);
    if (!found || !*found || !(*found)->verdict) return false;  // Then the models are asked.
    const prompt::Prompt& before = **found;
    const int64_t now_ms = parts_.clock.UnixMs();
    if (now_ms - before.updated_ms > Ms(options_.cache_age)) return false;
    prompt::Outcome outcome{.status = prompt::Status::kCached,
                            .answer = before.answer,
                            .error = {},
                            .verdict = before.verdict,
                            .processing_ms = std::max<int64_t>(0, now_ms - prompt_.updated_ms)};
    outcome.verdict->model_calls = 0;
    outcome.verdict->tokens = 0;
    const auto stored = Insist<void>([&]() -> base::Status {
      return parts_.store.Finish(prompt_.id, prompt_.epoch, outcome, now_ms);
    });
    if (!stored) {
      Stopped();
      return true;
    }
    parts_.outbox.Note(prompt_.id);
    feed_.Emit("run.completed", council::CompletedJson({.answered = true,
                                                        .answer = outcome.answer,
                                                        .verdict = *outcome.verdict,
                                                        .error = {}}));
    parts_.meters.cached.Increment();
    parts_.log.Info("run.cached", "the same question was answered before",
                    {{"otm.prompt_id", prompt_.id}, {"otm.answered_as", before.id}});
    return true;
  }

  void Finish(council::RunResult& result) {
    const bool answered = result.end == council::RunEnd::kAnswered;
    const int64_t now_ms = parts_.clock.UnixMs();
    prompt::Outcome outcome;
    outcome.status = answered ? prompt::Status::kCompleted : prompt::Status::kFailed;
    outcome.processing_ms = std::max(result.elapsed_ms, now_ms - prompt_.updated_ms);
    if (answered) {
      const std::string notice = ready_.model->Notice();
      if (!notice.empty()) result.decision.verdict.notice = notice;
      outcome.answer = council::CutText(result.decision.answer, prompt::kAnswerBytesMax);
      outcome.verdict = result.decision.verdict;
      if (outcome.verdict->quality == kWholeQuality) outcome.cache_key = cache_key_;
    } else {
      outcome.error = result.decision.error;
    }
    const auto stored = Insist<void>([&]() -> base::Status {
      return parts_.store.Finish(prompt_.id, prompt_.epoch, outcome, now_ms);
    });
    if (!stored) return Stopped();
    parts_.outbox.Note(prompt_.id);
    if (answered) {
      feed_.Emit("run.completed", council::CompletedJson(result.decision));
    } else {
      feed_.Emit("run.failed", {{"error", outcome.error}});
    }
    (answered ? parts_.meters.completed : parts_.meters.failed).Increment();
    parts_.meters.run_seconds.Observe(static_cast<double>(outcome.processing_ms) / 1000);
    parts_.log.Info("run.finished", "run finished",
                    {{"otm.prompt_id", prompt_.id},
                     {"event.outcome", answered ? std::string_view("success") : "failure"},
                     {"otm.ms", outcome.processing_ms}});
  }

  // Cancelled, shut down, or the lease is gone: in no case anything is written as its owner but
  // the handing back.
  void Stopped() {
    if (parts_.runs.WasCancelled(prompt_.id) || IsCancelled()) {
      feed_.Emit("run.cancelled", base::OrderedJson::object());
      parts_.meters.cancelled.Increment();
      return;
    }
    if (keeper_.lost() || !shutdown_.stop_requested()) {
      parts_.meters.lost.Increment();
      parts_.log.Warn("lease.lost", "the lease is lost; somebody else goes on",
                      {{"otm.prompt_id", prompt_.id}, {"otm.epoch", prompt_.epoch}});
      return;
    }
    const auto back = parts_.store.HandBack(prompt_.id, prompt_.epoch, parts_.clock.UnixMs());
    if (back) {
      parts_.meters.handed_back.Increment();
    } else {
      parts_.log.Warn("lease.kept", "a prompt could not be handed back; its lease runs out",
                      {{"otm.prompt_id", prompt_.id}, {"error.message", back.error().message}});
    }
  }

  // The store may have refused a write before the word of the cancelling came.
  bool IsCancelled() const {
    if (!keeper_.lost()) return false;
    const auto now = parts_.store.Load(prompt_.id);
    return now && now->status == prompt::Status::kCancelled;
  }

  const WorkerOptions& options_;
  const WorkerParts& parts_;
  const prompt::Prompt& prompt_;
  const Lineup::Ready& ready_;
  const std::stop_token shutdown_;
  std::stop_source source_;  // Cancelled, shut down, or lease lost.
  std::string cache_key_;    // Empty: the answer serves this question only.
  council::LiveFeed feed_;
  std::stop_callback<std::function<void()>> on_shutdown_;
  Registration registration_;
  LeaseKeeper keeper_;  // Last: its thread ends first.
};

}  // namespace

void RunLease(const WorkerOptions& options, const WorkerParts& parts, const LeasedRun& leased,
              const std::stop_token& stop) {
  OneRun(options, parts, leased, stop).Go();
  parts.meters.running.Set(static_cast<double>(parts.runs.size()));
}

}  // namespace backend_council
