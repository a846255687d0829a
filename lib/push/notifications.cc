#include "lib/push/notifications.h"

#include <algorithm>
#include <utility>

#include "lib/base/json.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/topics.h"

namespace push {
namespace {

constexpr base::Duration kPoll = std::chrono::seconds(1);

struct News {
  std::string user;
  Notification notification;
};

// Nothing where a status message is no news for people, or cannot be read.
std::optional<News> ReadNews(const std::string& json) {
  const auto document = base::JsonDocument::Parse(json, prompt::kMessageBytesMax);
  if (!document) return std::nullopt;
  const auto id = document->root().String("id");
  const auto word = document->root().String("status");
  const auto text = document->root().OptionalString("prompt");
  const auto user = document->root().OptionalString("user");
  if (!id || !word || !text || !user) return std::nullopt;
  const auto parsed = prompt::ParseId(*id);
  const auto status = prompt::ParseStatus(*word);
  const bool is_news = status == prompt::Status::kCompleted || status == prompt::Status::kFailed;
  if (!parsed || !is_news) return std::nullopt;
  return News{.user = user->value_or(""),
              .notification = {.prompt_id = *parsed,
                               .failed = status == prompt::Status::kFailed,
                               .excerpt = ExcerptOf(text->value_or("")),
                               .link = ""}};
}

}  // namespace

Notifications::Notifications(NotificationOptions options, const NotificationParts& parts)
    : options_(std::move(options)), parts_(parts), seed_(options_.seed) {
  thread_ = std::jthread([this](std::stop_token stop) { Run(stop); });
}

std::string Notifications::NotReady() const {
  const std::scoped_lock lock(mutex_);
  return problem_.empty() ? key_problem_ : problem_;
}

void Notifications::SetProblem(const std::string& problem) {
  const std::scoped_lock lock(mutex_);
  if (problem_.empty() && !problem.empty()) {
    parts_.log.Warn("push.interrupted", "nobody is told of answers", {{"error.message", problem}});
  }
  problem_ = problem;
}

void Notifications::Count(std::string_view outcome) {
  parts_.metrics
      .AddCounter("notifier_push_total", "Notifications by what became of them.",
                  {{"outcome", std::string(outcome)}})
      .Increment();
}

void Notifications::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    LookForKey();
    if (!TakeOne(stop)) parts_.clock.SleepFor(kPushRetryBus, stop);
    SendDue(stop);
  }
  consumer_.reset();
}

// All but browsers are told without.
void Notifications::LookForKey() {
  if (has_key_ || parts_.clock.Monotonic() < key_due_) return;
  key_due_ = parts_.clock.Monotonic() + kKeyInterval;
  const auto prepared = parts_.sender.Prepare();
  has_key_ = prepared.has_value();
  const std::scoped_lock lock(mutex_);
  if (!prepared && key_problem_.empty()) {
    parts_.log.Warn("push.no_key", "browsers cannot be told of answers",
                    {{"error.message", prepared.error().message}});
  }
  key_problem_ = prepared ? "" : prepared.error().message;
}

// False where bus or store could not be used.
bool Notifications::TakeOne(std::stop_token stop) {
  if (!held_ && !Receive(stop)) return false;
  if (!held_) return true;
  const auto plan = PlanFor(*held_);
  if (!plan && plan.error().retryable()) {
    SetProblem(plan.error().message);
    return false;  // It waits.
  }
  // Before anything is sent: from here on it is this process, or nobody.
  const auto committed = consumer_->Commit(*held_);
  const std::string id = held_->key;
  held_.reset();
  if (!committed) {
    SetProblem(committed.error().message);
    consumer_.reset();
    return false;
  }
  SetProblem("");
  if (!plan) {
    parts_.log.Warn("push.lost", "whom to tell of an answer could not be read",
                    {{"otm.prompt_id", id}, {"error.message", plan.error().message}});
    Count("lost");
  } else if (*plan) {
    Tell(**plan, stop);
  }
  return true;
}

// Into `held_`, where there is one. False where the bus could not be used.
bool Notifications::Receive(std::stop_token stop) {
  if (!consumer_) {
    auto opened = parts_.bus.OpenConsumer(prompt::kStatusTopic, kPushGroup);
    if (!opened) {
      SetProblem(opened.error().message);
      return false;
    }
    consumer_ = *std::move(opened);
  }
  auto message = consumer_->Poll(std::min(kPoll, UntilDue()), stop);
  if (!message) {
    SetProblem(message.error().message);
    consumer_.reset();
    return false;
  }
  SetProblem("");
  held_ = *std::move(message);
  return true;
}

base::Result<std::optional<Notifications::Plan>> Notifications::PlanFor(
    const prompt::Message& message) {
  auto news = ReadNews(message.value);
  if (!news) return std::nullopt;
  const int64_t age_ms = parts_.clock.UnixMs() - message.ts_ms;
  if (std::chrono::milliseconds(age_ms) > kNewsAgeMax) {
    Count("old");
    return std::nullopt;
  }
  Plan plan{.user = std::move(news->user),
            .notification = std::move(news->notification),
            .targets = options_.household};
  ASSIGN_OR_RETURN(const auto set, parts_.store.PreferencesOf(plan.user));
  ASSIGN_OR_RETURN(const auto own, parts_.store.TargetsOf(plan.user));
  const Preferences& wishes = set ? *set : options_.defaults;
  plan.targets.insert(plan.targets.end(), own.begin(), own.end());
  std::erase_if(plan.targets, [&](const Target& target) { return !wishes.Wants(target.kind); });
  if (!(plan.notification.failed ? wishes.failed : wishes.completed)) return std::nullopt;
  if (plan.targets.empty()) return std::nullopt;
  if (wishes.quiet && wishes.quiet->Contains(parts_.clock.UnixMs())) {
    Count("quiet");
    return std::nullopt;
  }
  if (!options_.page.empty()) {
    plan.notification.link = options_.page + "/#" + plan.notification.prompt_id;
  }
  return plan;
}

void Notifications::Tell(const Plan& plan, std::stop_token stop) {
  const Notification& notification = plan.notification;
  for (const Target& target : plan.targets) {
    const auto claimed =
        parts_.store.Claim(notification.prompt_id, target.id, parts_.clock.UnixMs());
    if (!claimed) {
      parts_.log.Warn(
          "push.lost", "an answer is told to nobody rather than twice",
          {{"otm.prompt_id", notification.prompt_id}, {"error.message", claimed.error().message}});
      Count("lost");
    } else if (*claimed) {
      SendOne({.notification = notification,
               .user = plan.user,
               .target = target,
               .tries = 0,
               .due = base::Duration(0),
               .backoff = base::Backoff(kPushBackoff, ++seed_)},
              stop);
    }
  }
}

void Notifications::SendOne(Try attempt, std::stop_token stop) {
  const SendResult result = parts_.sender.Send(attempt.notification, attempt.target, stop);
  ++attempt.tries;
  switch (result.outcome) {
    case Outcome::kSent:
      return Count("sent");
    case Outcome::kRetry:
      return Later(std::move(attempt), result.retry_after);
    case Outcome::kGone:
      Count("gone");
      // Where this fails, the next answer finds it gone again.
      (void)parts_.store.Remove(attempt.user, attempt.target.id);
      return;
    case Outcome::kRefused:
    case Outcome::kUnknown:
      Count(result.outcome == Outcome::kRefused ? "refused" : "unknown");
      parts_.log.Warn("push.failed", "a notification could not be sent",
                      {{"otm.prompt_id", attempt.notification.prompt_id},
                       {"otm.target", attempt.target.id},
                       {"error.message", result.problem}});
      return;
  }
}

void Notifications::Later(Try attempt, base::Duration retry_after) {
  if (attempt.tries >= kTriesMax || waiting_.size() >= kRetriesWaitingMax ||
      retry_after > kNewsAgeMax) {
    parts_.log.Warn("push.given_up", "a notification was not taken and is given up",
                    {{"otm.prompt_id", attempt.notification.prompt_id},
                     {"otm.target", attempt.target.id},
                     {"otm.tries", int64_t{attempt.tries}}});
    return Count("given_up");
  }
  attempt.due = parts_.clock.Monotonic() + std::max(attempt.backoff.Next(), retry_after);
  waiting_.push_back(std::move(attempt));
}

void Notifications::SendDue(std::stop_token stop) {
  const base::Duration now = parts_.clock.Monotonic();
  std::vector<Try> due;
  std::erase_if(waiting_, [&](Try& attempt) {
    if (attempt.due > now) return false;
    due.push_back(std::move(attempt));
    return true;
  });
  for (Try& attempt : due) {
    if (stop.stop_requested()) return;
    SendOne(std::move(attempt), stop);
  }
}

base::Duration Notifications::UntilDue() const {
  base::Duration wait = kPoll;
  for (const Try& attempt : waiting_) {
    wait = std::min(wait, attempt.due - parts_.clock.Monotonic());
  }
  return std::max(wait, base::Duration(0));
}

}  // namespace push
