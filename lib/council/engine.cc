#include "lib/council/engine.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>

#include "lib/council/aggregate.h"
#include "lib/council/board.h"
#include "lib/council/plan.h"
#include "lib/council/preset.h"
#include "lib/council/text/clean.h"
#include "lib/council/text/extract.h"

namespace council {
namespace {

using std::chrono::milliseconds;

constexpr base::Duration kCallMin = std::chrono::seconds(1);  // Less is not worth a call.

int64_t Ms(base::Duration duration) {
  return std::chrono::duration_cast<milliseconds>(duration).count();
}

std::string_view DoneWord(DoneReason done) {
  switch (done) {
    case DoneReason::kStop:
      return "stop";
    case DoneReason::kLength:
      return "length";
    case DoneReason::kStopped:
      return "cut";
  }
  return "";
}

class Run {
 public:
  Run(RunInput input, const EngineParts& parts, std::stop_token stop)
      : spec_(std::move(input.spec)),
        steps_(std::move(input.steps)),
        epoch_(input.epoch),
        parts_(parts),
        stop_(std::move(stop)),
        start_(parts.clock.Monotonic()) {}

  RunResult Go() {
    if (auto ok = Accept(); !ok) {
      return {
          .end = RunEnd::kFailed,
          .decision = {.answered = false, .answer = {}, .verdict = {}, .error = ok.error().message},
          .elapsed_ms = 0,
          .why = {}};
    }
    if (auto ok = TakeRoster(); !ok) return Lost(ok.error());
    for (const prompt::Step& step : steps_) {
      before_ms_ = std::max(before_ms_, ReadMetrics(step.metrics_json).elapsed_ms);
    }
    parts_.feed.Emit("run.started", {{"preset", spec_.preset->name},
                                     {"seats", SeatsJson(spec_)},
                                     {"budgetMs", HardBudgetMs(spec_)},
                                     {"epoch", epoch_},
                                     {"resumed", !steps_.empty() && steps_.size() > 1}});
    Board board = ReadBoard(spec_, steps_);
    while (!stop_.stop_requested()) {
      Next next = Plan(spec_, steps_, board);
      TellStage(next, board);
      if (next.calls.empty()) {
        return {.end = next.decision.answered ? RunEnd::kAnswered : RunEnd::kFailed,
                .decision = std::move(next.decision),
                .elapsed_ms = Elapsed(),
                .why = {}};
      }
      auto step = Make(next.calls.front());
      if (!step) break;  // Stopped.
      if (auto ok = parts_.sink.Store(*step); !ok) return Lost(ok.error());
      steps_.push_back(*std::move(step));
      board = ReadBoard(spec_, steps_);
      TellBoard(next.calls.front(), board);
    }
    return {.end = RunEnd::kStopped, .decision = {}, .elapsed_ms = Elapsed(), .why = {}};
  }

 private:
  int64_t Elapsed() const { return before_ms_ + Ms(parts_.clock.Monotonic() - start_); }

  RunResult Lost(const base::Error& error) {
    return {.end = RunEnd::kLost, .decision = {}, .elapsed_ms = Elapsed(), .why = error.message};
  }

  // What cannot be run is refused before anything is stored.
  base::Status Accept() const {
    if (spec_.preset == nullptr) {
      return base::Fail(base::Errc::kInvalid,
                        "The way to answer is unknown. Choose one of the list and ask again.");
    }
    if (auto ok = CheckPreset(*spec_.preset); !ok) {
      return base::Wrap(std::move(ok).error(), "The way to answer contradicts itself");
    }
    return {};
  }

  // The seats of a run are stored before its first call: whoever takes it over has the same.
  base::Status TakeRoster() {
    for (const prompt::Step& step : steps_) {
      if (step.stage != kRosterStage) continue;
      ASSIGN_OR_RETURN(spec_.roster, ReadRoster(step.text));
      return {};
    }
    prompt::Step step;
    step.stage = std::string(kRosterStage);
    step.text = WriteRoster(spec_.roster);
    step.metrics_json = WriteMetrics({});
    RETURN_IF_ERROR(parts_.sink.Store(step));
    steps_.push_back(std::move(step));
    return {};
  }

  // Makes one call, twice where the first try failed for a reason that may pass. Nothing when
  // stopped.
  std::optional<prompt::Step> Make(Call& call) {
    parts_.feed.Emit("step.started", StepJson(call));
    const base::Duration begin = parts_.clock.Monotonic();
    StepMetrics metrics;
    std::string text;
    std::string partial;
    for (int attempt = 1;; ++attempt) {
      const auto reply = Try(call, partial);
      if (stop_.stop_requested()) return std::nullopt;
      if (reply) {
        text = reply->text;
        metrics.tokens = reply->tokens;
        metrics.prompt_tokens = reply->prompt_tokens;
        metrics.done = DoneWord(reply->done);
        metrics.truncated = reply->prompt_truncated;
        break;
      }
      const bool time_left = Elapsed() + Ms(kCallMin) < HardBudgetMs(spec_);
      if (attempt == 1 && reply.error().retryable() && time_left) {
        if (!parts_.clock.SleepFor(kRetryPause, stop_)) return std::nullopt;
        continue;
      }
      text = partial;
      const bool has_text = !Clean(partial).text.empty();
      metrics.done = has_text ? "cut" : "lost";
      if (!has_text) metrics.lost = CutText(reply.error().message, kReasonBytesMax);
      parts_.feed.Emit("seat.lost", {{"seat", call.seat.name},
                                     {"model", call.seat.model},
                                     {"why", CutText(reply.error().message, kReasonBytesMax)}});
      break;
    }
    metrics.ms = Ms(parts_.clock.Monotonic() - begin);
    metrics.elapsed_ms = Elapsed();
    return Finished(call, std::move(text), metrics);
  }

  // One try; what came of the text so far stands in `partial` where it is longer.
  base::Result<ChatReply> Try(Call& call, std::string& partial) {
    const base::Duration left = milliseconds(HardBudgetMs(spec_) - Elapsed());
    call.request.limits.total = std::max(kCallMin, std::min(call.request.limits.total, left));
    const bool loads = call.request.model != last_model_;
    if (loads) parts_.feed.Emit("model.loading", {{"model", call.request.model}});
    last_model_ = call.request.model;
    bool told = !loads;
    const base::Duration begin = parts_.clock.Monotonic();
    const auto tell_ready = [&] {
      if (std::exchange(told, true)) return;
      parts_.feed.Emit("model.ready", {{"model", call.request.model},
                                       {"ms", Ms(parts_.clock.Monotonic() - begin)}});
    };
    std::string text;
    DeltaBatch deltas(parts_.feed, parts_.clock, call,
                      call.label == "write" ? "write.delta" : "step.delta");
    auto reply = parts_.model.Chat(
        call.request,
        [&](std::string_view piece) {
          tell_ready();
          text += piece;
          deltas.Add(piece);
        },
        stop_);
    deltas.Flush();
    if (reply) tell_ready();
    if (text.size() > partial.size()) partial = std::move(text);
    return reply;
  }

  prompt::Step Finished(const Call& call, std::string text, const StepMetrics& metrics) {
    prompt::Step step{.stage = call.label,
                      .seat = call.seat.name,
                      .i = call.i,
                      .seed = call.request.seed,
                      .model = call.seat.model,
                      .text = CutText(Clean(text).text, prompt::kAnswerBytesMax),
                      .key = {},
                      .metrics_json = WriteMetrics(metrics)};
    const auto extraction = ParseExtraction(step.text);
    const StageSpec* stage = StageOf(call.label);
    // Ballots and objections are no answers.
    const bool ballot = stage != nullptr && stage->kernel != KernelKind::kCheck &&
                        !call.request.format_schema.empty();
    const bool objection = stage != nullptr && stage->kernel == KernelKind::kDevil && call.i == 0;
    if (!ballot && !objection) {
      step.key = extraction ? extraction->key.text : ExtractKey(step.text).text;
    }
    base::OrderedJson data = StepJson(call);
    data["tokens"] = metrics.tokens;
    data["ms"] = metrics.ms;
    data["tokPerS"] = metrics.ms > 0 ? static_cast<double>(metrics.tokens) * 1000 /
                                           static_cast<double>(metrics.ms)
                                     : 0;
    data["doneReason"] = metrics.done;
    data["text"] = CutText(step.text, kStepTextShownMax);
    parts_.feed.Emit("step.finished", std::move(data));
    return step;
  }

  void TellStage(const Next& next, const Board& board) {
    if (!stage_.empty() && next.stage != stage_) {
      parts_.feed.Emit("stage.finished", {{"stage", stage_}});
      TellGate(next, board);
    }
    stage_ = next.stage;
  }

  const StageSpec* StageOf(std::string_view label) const {
    const auto& stages = spec_.preset->stages;
    const auto it = std::ranges::find(stages, label, &StageSpec::label);
    return it == stages.end() ? nullptr : &*it;
  }
  bool IsGated(std::string_view label) const {
    const StageSpec* stage = StageOf(label);
    return stage != nullptr && stage->when != When::kAlways;
  }

  // Where the preset has stages for disagreement only: what was found, and what it saved.
  void TellGate(const Next& next, const Board& board) {
    const auto& stages = spec_.preset->stages;
    const bool gated = std::ranges::any_of(
        stages, [](const StageSpec& stage) { return stage.when != When::kAlways; });
    if (!gated || std::exchange(gate_told_, true)) return;
    if (board.clusters.empty()) return;
    const Ruling ruling = RuleBoard(spec_, board);
    int saved = 0;
    const bool clear = next.calls.empty() || !IsGated(next.stage);
    for (const StageSpec& stage : stages) {
      if (clear && stage.when != When::kAlways) {
        saved +=
            stage.samples * std::min(stage.seats_max, static_cast<int>(spec_.roster.seats.size()));
      }
    }
    parts_.feed.Emit("gate", {{"decision", clear ? "decide" : "go on"},
                              {"margin", ruling.margin},
                              {"next", next.stage},
                              {"callsSaved", saved}});
  }

  // What the step that has just ended changed for people.
  void TellBoard(const Call& call, const Board& board) {
    const StageSpec* stage = StageOf(call.label);
    if (stage == nullptr) return TellAnswer(call, board);  // It was asked for its key.
    switch (stage->kernel) {
      case KernelKind::kAnswer:
      case KernelKind::kRefineChain:
      case KernelKind::kDebate:
      case KernelKind::kDevil:
      case KernelKind::kCluster:
      case KernelKind::kWrite:
      case KernelKind::kCheck:
        return TellAnswer(call, board);
      case KernelKind::kApprove:
      case KernelKind::kRank:
        return TellBallot(call, board);
    }
  }

  void TellAnswer(const Call& call, const Board& board) {
    const prompt::Step& step = steps_.back();
    if (!step.key.empty()) {
      base::OrderedJson data = StepJson(call);
      data["key"] = step.key;
      if (const auto extraction = ParseExtraction(step.text)) {
        data["confidence"] = extraction->confidence;
      }
      parts_.feed.Emit("answer.extracted", std::move(data));
    }
    parts_.feed.Emit("clusters.updated", {{"clusters", ClustersJson(spec_, board)}});
  }

  void TellBallot(const Call& call, const Board& board) {
    base::OrderedJson data = {{"reviewer", call.seat.name}};
    if (!board.approvals.empty()) {
      const auto vote = ParseVote(steps_.back().text);
      data["vote"] = vote ? base::OrderedJson(*vote) : base::OrderedJson(nullptr);
      const auto at = static_cast<size_t>(call.i);
      if (at < board.clusters.size()) data["label"] = board.clusters[at].label;
    } else if (!board.rankings.empty()) {
      auto labels = base::OrderedJson::array();
      for (const size_t at : ReadRanking(board, board.rankings.back())) {
        labels.push_back(board.clusters[at].label);
      }
      data["ranking"] = std::move(labels);
    }
    parts_.feed.Emit("ballot.cast", std::move(data));
    parts_.feed.Emit("tally.updated", {{"clusters", ClustersJson(spec_, board)}});
  }

  RunSpec spec_;
  std::vector<prompt::Step> steps_;
  const int64_t epoch_;
  const EngineParts& parts_;
  const std::stop_token stop_;
  const base::Duration start_;
  int64_t before_ms_ = 0;  // Of the run's budget, used up under earlier leases.
  std::string last_model_;
  std::string stage_;
  bool gate_told_ = false;
};

}  // namespace

RunResult RunCouncil(RunInput input, const EngineParts& parts, std::stop_token stop) {
  return Run(std::move(input), parts, std::move(stop)).Go();
}

}  // namespace council
