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
  return problem_;
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
    if (!TakeOne(stop)) {
      consumer_.reset();
      parts_.clock.SleepFor(kPushRetryBus, stop);
    }
    SendDue(stop);
  }
  consumer_.reset();
}

// False where the bus could not be used.
bool Notifications::TakeOne(std::stop_token stop) {
  if (!consumer_) {
    auto opened = parts_.bus.OpenConsumer(prompt::kStatusTopic, kPushGroup);
    if (!opened) {
      SetProblem(opened.error().message);
      return false;
    }
    consumer_ = *std::move(opened);
  }
  const auto message = consumer_->Poll(std::min(kPoll, UntilDue()), stop);
  if (!message) {
    SetProblem(message.error().message);
    return false;
  }
  SetProblem("");
  if (!*message) return true;
  // Before anything is sent: from here on it is this process, or nobody.
  if (const auto committed = consumer_->Commit(**message); !committed) {
    SetProblem(committed.error().message);
    return false;
  }
  Tell(**message, stop);
  return true;
}

void Notifications::Tell(const prompt::Message& message, std::stop_token stop) {
  auto news = ReadNews(message.value);
  if (!news) return;
  const int64_t age_ms = parts_.clock.UnixMs() - message.ts_ms;
  if (std::chrono::milliseconds(age_ms) > kNewsAgeMax) return Count("old");
  if (!options_.page.empty()) {
    news->notification.link = options_.page + "/#" + news->notification.prompt_id;
  }
  TellUser(news->user, news->notification, stop);
}

void Notifications::TellUser(const std::string& user, const Notification& notification,
                             std::stop_token stop) {
  const auto preferences = parts_.store.PreferencesOf(user);
  const auto targets = parts_.store.TargetsOf(user);
  if (!preferences || !targets) {
    const base::Error& error = preferences ? targets.error() : preferences.error();
    parts_.log.Warn("push.lost", "whom to tell of an answer could not be read",
                    {{"otm.prompt_id", notification.prompt_id}, {"error.message", error.message}});
    return Count("lost");
  }
  if (!(notification.failed ? preferences->failed : preferences->completed)) return;
  if (preferences->quiet && preferences->quiet->Contains(parts_.clock.UnixMs())) {
    return Count("quiet");
  }
  for (const Target& target : *targets) {
    const auto claimed = parts_.store.Claim(notification.prompt_id, target.id);
    if (!claimed) {
      parts_.log.Warn(
          "push.lost", "an answer is told to nobody rather than twice",
          {{"otm.prompt_id", notification.prompt_id}, {"error.message", claimed.error().message}});
      Count("lost");
    } else if (*claimed) {
      SendOne({.notification = notification,
               .user = user,
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
      return Later(std::move(attempt));
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

void Notifications::Later(Try attempt) {
  if (attempt.tries >= kTriesMax || waiting_.size() >= kRetriesWaitingMax) {
    parts_.log.Warn("push.given_up", "a notification was not taken and is given up",
                    {{"otm.prompt_id", attempt.notification.prompt_id},
                     {"otm.target", attempt.target.id},
                     {"otm.tries", int64_t{attempt.tries}}});
    return Count("given_up");
  }
  attempt.due = parts_.clock.Monotonic() + attempt.backoff.Next();
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
