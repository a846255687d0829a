#include "backend/council/meters.h"

#include <chrono>

namespace backend_council {
namespace {

constexpr std::string_view kPrompts = "council_prompts_total";
constexpr std::string_view kPromptsHelp = "Runs that ended, by outcome.";
constexpr std::string_view kIntake = "council_intake_messages_total";
constexpr std::string_view kIntakeHelp = "Messages taken from the bus, by outcome.";
constexpr std::string_view kCalls = "council_model_calls_total";
constexpr std::string_view kCallsHelp = "Calls to models, by outcome.";

double Seconds(base::Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

Meters::Meters(base::Metrics& metrics)
    : completed(metrics.AddCounter(kPrompts, kPromptsHelp, {{"outcome", "completed"}})),
      cached(metrics.AddCounter(kPrompts, kPromptsHelp, {{"outcome", "cached"}})),
      failed(metrics.AddCounter(kPrompts, kPromptsHelp, {{"outcome", "failed"}})),
      cancelled(metrics.AddCounter(kPrompts, kPromptsHelp, {{"outcome", "cancelled"}})),
      handed_back(metrics.AddCounter(kPrompts, kPromptsHelp, {{"outcome", "handed_back"}})),
      lost(metrics.AddCounter(kPrompts, kPromptsHelp, {{"outcome", "lost"}})),
      running(metrics.AddGauge("council_runs", "Prompts that are being worked on now.")),
      run_seconds(metrics.AddHistogram("council_run_duration_seconds",
                                       "Time from the lease to the stored answer.",
                                       {1, 5, 15, 30, 60, 120, 300, 600, 1200, 3600})),
      taken(metrics.AddCounter(kIntake, kIntakeHelp, {{"outcome", "taken"}})),
      repeated(metrics.AddCounter(kIntake, kIntakeHelp, {{"outcome", "repeated"}})),
      poison(metrics.AddCounter(kIntake, kIntakeHelp, {{"outcome", "poison"}})),
      retried(metrics.AddCounter(kIntake, kIntakeHelp, {{"outcome", "retried"}})),
      relayed(metrics.AddCounter("council_relay_events_total",
                                 "Stored events that were given to the bus.")),
      live_dropped(metrics.AddCounter("council_live_events_dropped_total",
                                      "Live events that the bus did not take in time.")),
      calls_ok(metrics.AddCounter(kCalls, kCallsHelp, {{"outcome", "ok"}})),
      calls_failed(metrics.AddCounter(kCalls, kCallsHelp, {{"outcome", "failed"}})),
      calls_stopped(metrics.AddCounter(kCalls, kCallsHelp, {{"outcome", "stopped"}})),
      tokens(metrics.AddCounter("council_model_tokens_total", "Tokens that models generated.")),
      call_seconds(metrics.AddHistogram("council_model_duration_seconds",
                                        "Time of one call to a model.",
                                        {0.1, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600})) {}

base::Result<council::ChatReply> MeteredModel::Chat(
    const council::ChatRequest& request, const std::function<void(std::string_view)>& on_text,
    std::stop_token stop) {
  const base::Duration begin = clock_.Monotonic();
  auto reply = model_->Chat(request, on_text, std::move(stop));
  meters_.call_seconds.Observe(Seconds(clock_.Monotonic() - begin));
  if (!reply) {
    meters_.calls_failed.Increment();
    return reply;
  }
  const bool stopped = reply->done == council::DoneReason::kStopped;
  (stopped ? meters_.calls_stopped : meters_.calls_ok).Increment();
  meters_.tokens.Increment(static_cast<double>(reply->tokens));
  return reply;
}

}  // namespace backend_council
