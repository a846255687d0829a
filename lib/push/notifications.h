// Tells people that their answer is there: from the bus to every target that wants to know, once.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "lib/base/backoff.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/result.h"
#include "lib/prompt/bus.h"
#include "lib/push/preferences.h"
#include "lib/push/sender.h"
#include "lib/push/subscriptions.h"
#include "lib/push/target.h"

namespace push {

inline constexpr int kTriesMax = 5;  // Over some two minutes, or as long as the target asked for.
inline constexpr size_t kRetriesWaitingMax = 256;  // Over it a notification is given up.
// Older news are none: after a long pause nobody wants all of them at once.
inline constexpr base::Duration kNewsAgeMax = std::chrono::hours(1);

inline constexpr base::BackoffOptions kPushBackoff = {.first = std::chrono::seconds(2),
                                                      .max = std::chrono::minutes(1)};
inline constexpr base::Duration kPushRetryBus = std::chrono::seconds(1);
// How often a key is looked for while there is none.
inline constexpr base::Duration kKeyInterval = std::chrono::seconds(10);

inline constexpr std::string_view kPushGroup = "otm-notifier.push";

// All outlive the object.
struct NotificationParts {
  const base::Clock& clock;
  base::Log& log;
  base::Metrics& metrics;
  prompt::Bus& bus;
  SubscriptionStore& store;
  Sender& sender;
};

struct NotificationOptions {
  std::string page;  // "http://otm.lan:9000": answers are linked there. Empty: no link.
  std::vector<Target> household = {};  // Told of everybody's answers, beside the user's own.
  Preferences defaults = {};           // Of users who have set none.
  uint64_t seed = 1;                   // Of the waits between tries.
};

// COMPLETED and FAILED are told; CACHED is answered at once, CANCELLED is the user's own doing.
//
// Never twice for one answer: all notifiers are one consumer group, so that one of them has each
// message; it reads whom to tell, commits the message, then claims (prompt, target), and only who
// gets the claim sends. A message that comes again, and a second message of the same answer, find
// the claim taken. The price: what was claimed by a process that is killed before it has sent is
// not sent at all, and so are tries that wait when it ends. The page shows the answer in any case.
// While the store is away messages wait on the bus, for kNewsAgeMax.
//
// One thread. The destructor ends it within a second, or what the store's call takes.
class Notifications {
 public:
  Notifications(NotificationOptions options, const NotificationParts& parts);

  // Empty when answers are told; otherwise the reason. Thread-safe, without I/O.
  std::string NotReady() const;

 private:
  struct Try {
    Notification notification;
    std::string user;
    Target target;
    int tries = 0;
    base::Duration due{0};
    base::Backoff backoff;
  };

  struct Plan {
    std::string user;
    Notification notification;
    std::vector<Target> targets;
  };

  void Run(std::stop_token stop);
  void LookForKey();
  bool TakeOne(std::stop_token stop);
  bool Receive(std::stop_token stop);
  // Whom to tell of it; nothing for nobody.
  base::Result<std::optional<Plan>> PlanFor(const prompt::Message& message);
  void Tell(const Plan& plan, std::stop_token stop);
  void SendOne(Try attempt, std::stop_token stop);
  void Later(Try attempt, base::Duration retry_after);
  void SendDue(std::stop_token stop);
  base::Duration UntilDue() const;
  void SetProblem(const std::string& problem);
  void Count(std::string_view outcome);

  const NotificationOptions options_;
  const NotificationParts parts_;
  std::unique_ptr<prompt::Consumer> consumer_;  // Of the thread alone, as the next ones.
  std::optional<prompt::Message> held_;         // Not committed yet.
  std::list<Try> waiting_;
  bool has_key_ = false;
  base::Duration key_due_{0};
  uint64_t seed_;

  mutable std::mutex mutex_;
  std::string problem_;
  std::string key_problem_;

  std::jthread thread_;  // Last: ends first.
};

}  // namespace push
