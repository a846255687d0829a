#include "lib/push/notifications.h"

#include <gtest/gtest.h>

#include "lib/prompt/prompt.h"
#include "lib/prompt/topics.h"
#include "lib/prompt/wire.h"
#include "lib/push/p256_key.h"
#include "lib/push/vapid_keys.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/fake_http.h"
#include "lib/testing/faults.h"
#include "lib/testing/http_script.h"
#include "lib/testing/memory_bus.h"
#include "lib/testing/memory_subscriptions.h"

namespace push {
namespace {

using prompt::Status;
using testing::HttpScript;

constexpr auto kPatience = std::chrono::seconds(30);
const std::string kId = "01J9ZQ5D0X3T5F6G7H8J9KMNPQ";
const std::string kOtherId = "01J9ZQ5D0X3T5F6G7H8J9KMNPR";

class NotificationsTest : public ::testing::Test {
 protected:
  NotificationsTest() { http_.Route("http://pi/hook", {HttpScript{}}); }

  std::unique_ptr<Notifications> New() {
    return std::make_unique<Notifications>(options_, NotificationParts{.clock = clock_,
                                                                       .log = log_,
                                                                       .metrics = metrics_,
                                                                       .bus = bus_,
                                                                       .store = store_,
                                                                       .sender = sender_});
  }

  void Produce(Status status, const std::string& id = kId, const std::string& user = "") {
    prompt::Prompt prompt;
    prompt.id = id;
    prompt.user = user;
    prompt.text = "Why is the sky blue?";
    prompt.status = status;
    ASSERT_TRUE(bus_.Produce(prompt::kStatusTopic, id, prompt::WriteStatusEvent(prompt),
                             prompt::Delivery::kDurable, kPatience));
  }

  double Counted(const std::string& outcome) {
    return metrics_
        .AddCounter("notifier_push_total", "Notifications by what became of them.",
                    {{"outcome", outcome}})
        .value();
  }

  // Until `ready`, with the clock going on a second at a time.
  template <class Ready>
  bool Eventually(Ready ready) {
    const auto end = real_.Monotonic() + kPatience;
    while (!ready()) {
      if (real_.Monotonic() > end) return false;
      clock_.Advance(std::chrono::seconds(1));
      real_.SleepFor(std::chrono::milliseconds(1), {});
    }
    return true;
  }
  bool Counts(const std::string& outcome, double count) {
    return Eventually([&] { return Counted(outcome) >= count; });
  }

  base::SystemClock real_;
  testing::FakeClock clock_;
  base::Log log_{"otm-test", base::LogLevel::kError, clock_, [](std::string_view) {}};
  base::Metrics metrics_;
  testing::MemoryBus bus_{clock_};
  testing::FakeHttp http_{clock_};
  testing::MemorySubscriptions store_;
  NotificationOptions options_{.page = "http://otm.lan:9000",
                               .household = {{.id = "hook",
                                              .kind = TargetKind::kWebhook,
                                              .url = "http://pi/hook",
                                              .topic = {},
                                              .secret = "a-signing-key-of-ours",
                                              .point = {}}}};
  Sender sender_{SenderOptions{}, http_, clock_};
};

TEST_F(NotificationsTest, AnAnswerIsToldOnceHoweverOftenItIsSaid) {
  const auto one = New();
  const auto two = New();  // Side by side.
  Produce(Status::kProcessing);
  Produce(Status::kCompleted);
  Produce(Status::kCompleted);
  Produce(Status::kFailed, kOtherId);
  ASSERT_TRUE(Counts("sent", 2));
  const auto requests = http_.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_TRUE(requests[0].body.contains(R"("type":"completed","id":")" + kId));
  EXPECT_TRUE(requests[0].body.contains(R"("link":"http://otm.lan:9000/#)" + kId));
  EXPECT_TRUE(requests[1].body.contains(R"("type":"failed","id":")" + kOtherId));
}

TEST_F(NotificationsTest, AfterARestartNothingIsToldAgain) {
  {
    const auto first = New();
    Produce(Status::kCompleted);
    ASSERT_TRUE(Counts("sent", 1));
  }
  const auto second = New();
  Produce(Status::kCompleted, kOtherId);
  ASSERT_TRUE(Counts("sent", 2));
  EXPECT_EQ(http_.requests().size(), 2u);
}

TEST_F(NotificationsTest, WhatIsNoNewsIsToldToNobody) {
  const auto notifications = New();
  for (const Status status :
       {Status::kPending, Status::kProcessing, Status::kCached, Status::kCancelled}) {
    Produce(status);
  }
  for (const char* value : {"nonsense", "{}", R"({"id":"x","status":"COMPLETED"})"}) {
    ASSERT_TRUE(
        bus_.Produce(prompt::kStatusTopic, "k", value, prompt::Delivery::kDurable, kPatience));
  }
  Produce(Status::kCompleted, kOtherId);
  ASSERT_TRUE(Counts("sent", 1));
  EXPECT_EQ(http_.requests().size(), 1u);
}

TEST_F(NotificationsTest, NewsUpToTheAgeOfAnHourAreTold) {
  Produce(Status::kCompleted);
  clock_.Advance(std::chrono::seconds(1));
  Produce(Status::kCompleted, kOtherId);
  clock_.Advance(kNewsAgeMax);
  const auto notifications = New();
  ASSERT_TRUE(http_.WaitForRequests(1, kPatience));  // The clock stands still.
  EXPECT_TRUE(http_.requests().at(0).body.contains(kOtherId));
  EXPECT_EQ(Counted("old"), 1);
}

TEST_F(NotificationsTest, AUserIsAskedAndQuietHoursAreKept) {
  Preferences quiet;
  quiet.quiet = *ParseQuietHours("00:00-23:59");
  ASSERT_TRUE(store_.SetPreferences("anna", quiet));
  Preferences only_failures;
  only_failures.completed = false;
  ASSERT_TRUE(store_.SetPreferences("ben", only_failures));
  const auto notifications = New();
  Produce(Status::kCompleted, kId, "anna");
  ASSERT_TRUE(Counts("quiet", 1));
  Produce(Status::kCompleted, kId, "ben");
  Produce(Status::kFailed, kOtherId, "ben");
  ASSERT_TRUE(Counts("sent", 1));
  EXPECT_TRUE(http_.requests().at(0).body.contains(kOtherId));
}

TEST_F(NotificationsTest, ATargetThatCannotTakeItIsAskedAgainAndThenGivenUp) {
  http_.Route("http://pi/hook",
              {HttpScript{.status = 503}, HttpScript{.status = 503}, HttpScript{}});
  const auto notifications = New();
  Produce(Status::kCompleted);
  ASSERT_TRUE(Counts("sent", 1));
  EXPECT_EQ(http_.requests().size(), 3u);
  http_.Route("http://pi/hook", {HttpScript{.status = 503}});
  Produce(Status::kCompleted, kOtherId);
  ASSERT_TRUE(Counts("given_up", 1));
  EXPECT_EQ(http_.requests().size(), 3u + kTriesMax);
}

TEST_F(NotificationsTest, TooManyThatWaitAreGivenUp) {
  http_.Route("http://pi/hook", {HttpScript{.status = 503}});
  const auto notifications = New();
  const size_t count = kRetriesWaitingMax + 1;
  for (size_t i = 0; i < count; ++i) {
    Produce(Status::kCompleted, prompt::DerivedId("t", 0, static_cast<int64_t>(i)));
  }
  // The clock stands still: nothing is tried a second time.
  ASSERT_TRUE(http_.WaitForRequests(count, kPatience));
  ASSERT_TRUE(Counts("given_up", 1));
}

TEST_F(NotificationsTest, WhatTheHouseholdHasSetIsForThoseWhoSetNothing) {
  options_.defaults.quiet = *ParseQuietHours("00:00-23:59");
  ASSERT_TRUE(store_.SetPreferences("anna", {}));
  const auto notifications = New();
  Produce(Status::kCompleted, kId, "ben");
  ASSERT_TRUE(Counts("quiet", 1));
  Produce(Status::kCompleted, kOtherId, "anna");
  ASSERT_TRUE(Counts("sent", 1));
}

TEST_F(NotificationsTest, AKindOfTargetThatIsSwitchedOffIsNotTold) {
  options_.household.push_back({.id = "phone",
                                .kind = TargetKind::kNtfy,
                                .url = "http://ntfy.lan",
                                .topic = "otm",
                                .secret = {},
                                .point = {}});
  http_.Route("http://ntfy.lan", {HttpScript{}});
  Preferences only_ntfy;
  only_ntfy.webhook = false;
  ASSERT_TRUE(store_.SetPreferences("", only_ntfy));
  const auto notifications = New();
  Produce(Status::kCompleted);
  ASSERT_TRUE(Counts("sent", 1));
  Produce(Status::kCompleted, kOtherId);
  ASSERT_TRUE(Counts("sent", 2));
  for (const auto& request : http_.requests()) EXPECT_EQ(request.url, "http://ntfy.lan");
}

TEST_F(NotificationsTest, ATargetThatAsksForTimeGetsIt) {
  http_.Route("http://pi/hook",
              {HttpScript{.status = 429, .headers = {{"Retry-After", "600"}}}, HttpScript{}});
  const auto notifications = New();
  const auto begin = clock_.Monotonic();
  Produce(Status::kCompleted);
  ASSERT_TRUE(Counts("sent", 1));
  EXPECT_GE(clock_.Monotonic() - begin, std::chrono::seconds(600));
  http_.Route("http://pi/hook", {HttpScript{.status = 503, .headers = {{"Retry-After", "3601"}}}});
  Produce(Status::kCompleted, kOtherId);
  ASSERT_TRUE(Counts("given_up", 1)) << "by then it is no news any more";
}

class BrowserTest : public NotificationsTest {
 protected:
  BrowserTest() {
    options_.household.clear();
    EXPECT_TRUE(store_.Put("anna",
                           {.id = "browser",
                            .kind = TargetKind::kWebPush,
                            .url = "https://push.example.net/x",
                            .topic = {},
                            .secret = std::string(16, 's'),
                            .point = key_.public_point()},
                           0));
  }

  const P256Key key_ = *P256Key::Make();
  VapidKeys keys_{store_, ""};
  Sender browsers_{{.hosts = Hosts({}, {"push.example.net"}),
                    .vapid_key = [this] { return keys_.Get(); },
                    .vapid_subject = "mailto:a@example.net"},
                   http_,
                   clock_};

  std::unique_ptr<Notifications> NewForBrowsers() {
    return std::make_unique<Notifications>(options_, NotificationParts{.clock = clock_,
                                                                       .log = log_,
                                                                       .metrics = metrics_,
                                                                       .bus = bus_,
                                                                       .store = store_,
                                                                       .sender = browsers_});
  }
};

TEST_F(BrowserTest, OneThatHasGoneIsForgotten) {
  http_.Route("https://push.example.net/", {HttpScript{.status = 410}});
  const auto notifications = NewForBrowsers();
  Produce(Status::kCompleted, kId, "anna");
  ASSERT_TRUE(Eventually([&] { return store_.TargetsOf("anna")->empty(); }));
}

TEST_F(BrowserTest, TheKeyIsMadeBeforeTheFirstAnswerAndWaitedForWhileTheStoreIsAway) {
  store_.faults().FailNext("KeepKey", {base::Errc::kUnavailable, "the store is away"});
  const auto notifications = NewForBrowsers();
  ASSERT_TRUE(Eventually([&] { return store_.Key()->has_value(); }));
  ASSERT_TRUE(Eventually([&] { return notifications->NotReady().empty(); }));
}

TEST_F(NotificationsTest, WhileTheStoreIsAwayAnAnswerWaitsAndIsThenTold) {
  store_.faults().Break({base::Errc::kUnavailable, "the store is away"});
  const auto notifications = New();
  Produce(Status::kCompleted);
  ASSERT_TRUE(Eventually([&] { return notifications->NotReady() == "the store is away"; }));
  store_.faults().Heal();
  ASSERT_TRUE(Counts("sent", 1));
  EXPECT_EQ(http_.requests().size(), 1u);
  ASSERT_TRUE(Eventually([&] { return notifications->NotReady().empty(); }));
}

TEST_F(NotificationsTest, WhereAClaimCannotBeStoredNobodyIsToldRatherThanTwice) {
  store_.faults().FailNext("Claim", {base::Errc::kUnavailable, "cut"}, testing::Effect::kDone);
  const auto notifications = New();
  Produce(Status::kCompleted);
  ASSERT_TRUE(Counts("lost", 1));
  Produce(Status::kCompleted);
  Produce(Status::kCompleted, kOtherId);
  ASSERT_TRUE(Counts("sent", 1));
  EXPECT_EQ(http_.requests().size(), 1u);
}

TEST_F(NotificationsTest, WhatTheStoreCannotReadIsCountedAndTheNextOneServed) {
  store_.faults().FailNext("PreferencesOf", {base::Errc::kInternal, "damaged"});
  const auto notifications = New();
  Produce(Status::kCompleted);
  ASSERT_TRUE(Counts("lost", 1));
  Produce(Status::kCompleted, kOtherId);
  ASSERT_TRUE(Counts("sent", 1));
}

TEST_F(NotificationsTest, WhenItCannotCommitItSendsNothingAndSaysWhy) {
  bus_.faults().FailNext("Commit", {base::Errc::kUnavailable, "the bus is away"});
  const auto notifications = New();
  Produce(Status::kCompleted);
  ASSERT_TRUE(Counts("sent", 1));  // By the next consumer, which gets the message again.
  EXPECT_EQ(http_.requests().size(), 1u);
  EXPECT_TRUE(Eventually([&] { return notifications->NotReady().empty(); }));
}

}  // namespace
}  // namespace push
