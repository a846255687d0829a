#include "backend/council/council.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "backend/council/bench.h"
#include "backend/council/intake.h"

namespace backend_council {
namespace {

using bench::Bench;
using bench::Id;
using prompt::Status;
using testing::ModelScript;

TEST(Council, AnswersAQuestionAndTellsOfEachState) {
  Bench bench;
  bench.Start();
  bench.Ask(Id(1));
  ASSERT_TRUE(bench.Reaches(Id(1), Status::kCompleted));
  const prompt::Prompt prompt = bench.Get(Id(1));
  EXPECT_EQ(prompt.answer, "It is 42.");
  ASSERT_TRUE(prompt.verdict);
  EXPECT_EQ(prompt.verdict->key, "42");
  EXPECT_EQ(prompt.verdict->quality, "full");
  ASSERT_TRUE(
      bench.Eventually([&] { return bench.bus.Messages(prompt::kSavedTopic).size() == 1; }));
  EXPECT_EQ(bench.Field(prompt::kStatusTopic, Id(1), "status"),
            (std::vector<std::string>{"\"PENDING\"", "\"PROCESSING\"", "\"COMPLETED\""}));
  EXPECT_EQ(bench.Field(prompt::kStatusTopic, Id(1), "seq"),
            (std::vector<std::string>{"1", "2", "3"}));
}

TEST(Council, NumbersLiveEventsFromTheQueueToTheAnswerWithoutGaps) {
  Bench bench;
  bench.Start();
  bench.Ask(Id(1));
  // A worker may begin while the queue is still telling of it: readers go by `seq`.
  std::map<int, std::string> types;
  ASSERT_TRUE(bench.Eventually([&] {
    const auto all = bench.Field(prompt::kLiveTopic, Id(1), "type");
    const auto seqs = bench.Field(prompt::kLiveTopic, Id(1), "seq");
    for (size_t i = 0; i < all.size() && i < seqs.size(); ++i) types[std::stoi(seqs[i])] = all[i];
    return types.contains(0) && types.rbegin()->second == "\"run.completed\"";
  }));
  EXPECT_EQ(types[0], "\"run.queued\"");
  EXPECT_EQ(types.rbegin()->first + 1, static_cast<int>(types.size())) << "a gap";
  EXPECT_EQ(bench.Field(prompt::kLiveTopic, Id(1), "seq").size(), types.size()) << "told twice";
}

TEST(Council, AnswersAMessageThatComesTwiceOnce) {
  Bench bench;
  bench.Start();
  for (int i = 0; i < 3; ++i) bench.Ask(Id(1));
  bench.Ask(Id(2));
  ASSERT_TRUE(bench.Reaches(Id(2), Status::kCompleted));
  EXPECT_EQ(bench.Field(prompt::kSavedTopic, Id(1), "id").size(), 1U);
  EXPECT_TRUE(bench.bus.Messages(prompt::DeadLetterTopic(prompt::kIncomingTopic)).empty());
}

TEST(Council, GivesALegacyMessageAnIdOfItsOwn) {
  Bench bench;
  bench.Start();
  bench.AskRaw("", R"({"prompt":"How much?","discussionTimeMs":-5})");
  ASSERT_TRUE(bench.Eventually([&] { return !bench.bus.Messages(prompt::kSavedTopic).empty(); }));
  EXPECT_EQ(bench.bus.Messages(prompt::kSavedTopic)[0].key,
            prompt::DerivedId(prompt::kIncomingTopic, 0, 1));
}

TEST(Council, PoisonAmongGoodMessagesOfOneBatchHoldsAndLosesNoneOfThem) {
  Bench bench;
  for (int i = 0; i < 30; ++i) {  // Before the start: one batch.
    if (i % 3 == 0) bench.AskRaw("k", "{");
    bench.Ask(Id(i));
    if (i % 5 == 0) bench.Ask(Id(i), "another text");
  }
  bench.store.faults().FailNext("InsertAllIfAbsent", {base::Errc::kUnavailable, "away"},
                                testing::Effect::kDone);
  bench.Start();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(bench.Reaches(Id(i), Status::kCompleted)) << i;
  ASSERT_TRUE(bench.Eventually([&] {
    return bench.bus.Messages(prompt::DeadLetterTopic(prompt::kIncomingTopic)).size() == 16;
  }));
  ASSERT_TRUE(bench.Eventually([&] { return bench.store.Outbox()->empty(); }));
  EXPECT_EQ(bench.bus.Messages(prompt::kSavedTopic).size(), 30U);
}

TEST(Council, CommitsAMessageOnlyAfterItIsStored) {
  Bench bench;
  bench.store.faults().Break({base::Errc::kUnavailable, "the store is away"});
  for (int i = 0; i < 5; ++i) bench.Ask(Id(i));
  bench.Start();
  ASSERT_TRUE(bench.Eventually([&] { return !bench.council->NotReady().empty(); }));
  bench.council.reset();
  const auto next = *bench.bus.OpenConsumer(prompt::kIncomingTopic, kIntakeGroup);
  const auto message = next->Poll(base::Duration(0), {});
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((*message)->key, Id(0));
}

TEST(Council, LetsQuestionsWaitWhileThereIsNoModel) {
  Bench bench;
  bench.source.TurnOff();
  bench.Start();
  bench.Ask(Id(1));
  ASSERT_TRUE(bench.Reaches(Id(1), Status::kPending));
  EXPECT_FALSE(bench.council->NotReady().empty());
  EXPECT_EQ(bench.council->Info().state, prompt::ModelState::kPreparing);
  EXPECT_EQ(bench.council->Info().percent, 40);
  bench.clock.Advance(std::chrono::seconds(30));
  EXPECT_EQ(bench.Get(Id(1)).epoch, 0);  // Nobody leased it.
  bench.source.TurnOn();
  ASSERT_TRUE(bench.Reaches(Id(1), Status::kCompleted));
  EXPECT_EQ(bench.council->NotReady(), "");
}

TEST(Council, LetsQuestionsWaitWhileTheModelServerIsDown) {
  Bench bench;
  bench.model->FailList(base::Error{base::Errc::kUnavailable, "nobody listens; start ollama"});
  bench.Start();
  bench.Ask(Id(1));
  ASSERT_TRUE(bench.Reaches(Id(1), Status::kPending));
  ASSERT_TRUE(bench.Eventually(
      [&] { return bench.council->Info().detail.find("start ollama") != std::string::npos; }));
  EXPECT_EQ(bench.council->Info().state, prompt::ModelState::kMissing);
  bench.model->FailList({});
  EXPECT_TRUE(bench.Reaches(Id(1), Status::kCompleted));
}

TEST(Council, FailsWithASentenceForEachFaultOfAModel) {
  struct Fault {
    std::string_view name;
    base::Errc code;
    std::string_view message;
  };
  for (const Fault& fault :
       {Fault{"404", base::Errc::kNotFound, "gemma3:4b is not installed; ollama pull gemma3:4b"},
        Fault{"503", base::Errc::kUnavailable, "gemma3:4b: server busy"},
        Fault{"error line", base::Errc::kUnavailable, "gemma3:4b: an error line in the stream"},
        Fault{"refused", base::Errc::kInvalid, "gemma3:4b: bad request"}}) {
    Bench bench;
    bench.model->Add(
        {.model = "gemma3:4b", .error = base::Error{fault.code, std::string(fault.message)}});
    bench.Start();
    bench.Ask(Id(1));
    ASSERT_TRUE(bench.Reaches(Id(1), Status::kFailed)) << fault.name;
    EXPECT_NE(bench.Get(Id(1)).error.find(fault.message), std::string::npos) << fault.name;
    EXPECT_EQ(bench.model->requests().size(), fault.code == base::Errc::kUnavailable ? 2U : 1U);
    EXPECT_TRUE(bench.Eventually(
        [&] { return bench.Field(prompt::kLiveTopic, Id(1), "type").back() == "\"run.failed\""; }));
  }
}

TEST(Council, AnswersWithWhatCameOfACutStream) {
  Bench bench;
  bench.model->Add({.pieces = {"The barrel holds about 254 litres"},
                    .error = base::Error{base::Errc::kUnavailable, "the stream was cut"}});
  bench.Start();
  bench.Ask(Id(1));
  ASSERT_TRUE(bench.Reaches(Id(1), Status::kCompleted));
  EXPECT_TRUE(bench.Get(Id(1)).answer.starts_with("The barrel holds"));
  EXPECT_EQ(bench.Get(Id(1)).verdict->quality, "degraded");
}

TEST(Council, FailsASilentModelWhenItsTimeIsOver) {
  Bench bench;
  bench.options.lease = std::chrono::hours(1);  // Time runs fast here.
  bench.model->Add({.ending = ModelScript::Ending::kStall});
  bench.Start();
  bench.Ask(Id(1));
  ASSERT_TRUE(bench.model->WaitForStalled(1));
  bench.clock.Advance(std::chrono::minutes(6));
  ASSERT_TRUE(bench.Eventually([&] { return bench.model->requests().size() == 2; }));
  ASSERT_TRUE(bench.model->WaitForStalled(1));
  bench.clock.Advance(std::chrono::minutes(6));
  EXPECT_TRUE(bench.Reaches(Id(1), Status::kFailed));
}

TEST(Council, CancelsAWaitingPrompt) {
  Bench bench;
  bench.source.TurnOff();
  bench.Start();
  bench.Ask(Id(1));
  ASSERT_TRUE(bench.Reaches(Id(1), Status::kPending));
  const auto cancelled = bench.council->Cancel(Id(1));
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->status, Status::kCancelled);
  EXPECT_EQ(bench.council->Cancel(Id(7)).error().code, base::Errc::kNotFound);
}

TEST(Council, CancelsARunningPromptAndClosesItsCallAtOnce) {
  Bench bench;
  bench.time_passes = false;
  bench.model->Add({.pieces = {"So far"}, .ending = ModelScript::Ending::kStall});
  bench.Start();
  bench.Ask(Id(1));
  ASSERT_TRUE(bench.model->WaitForStalled(1));
  ASSERT_TRUE(bench.council->Cancel(Id(1)));
  EXPECT_EQ(bench.Get(Id(1)).status, Status::kCancelled);
  EXPECT_TRUE(bench.Eventually([&] { return bench.model->running() == 0; }));
  EXPECT_TRUE(bench.Eventually([&] {
    return bench.Field(prompt::kLiveTopic, Id(1), "type").back() == "\"run.cancelled\"";
  }));
  EXPECT_EQ(bench.Get(Id(1)).answer, "");
  bench.model->SetDefault({"FINAL: 42"});
  bench.model->Add({.pieces = {"FINAL: 42"}});
  bench.Ask(Id(2));
  EXPECT_TRUE(bench.Reaches(Id(2), Status::kCompleted));  // The worker goes on.
}

TEST(Council, HandsARunningPromptBackWhenItEndsAndTheNextOneGoesOn) {
  Bench bench;
  bench.model->Add({.pieces = {"So far"}, .ending = ModelScript::Ending::kStall});
  bench.model->Add({.times = 2, .pieces = {"It is 42.\nFINAL: 42"}});
  bench.Start();
  bench.Ask(Id(1));
  ASSERT_TRUE(bench.model->WaitForRequests(3));  // Two are done, the third stalls.
  ASSERT_TRUE(bench.model->WaitForStalled(1));
  bench.council.reset();
  EXPECT_EQ(bench.Get(Id(1)).status, Status::kPending);
  EXPECT_EQ(bench.store.Steps(Id(1))->size(), 3U);  // The roster and two answers.
  bench.model->Add({.pieces = {"It is 42.\nFINAL: 42"}});
  bench.Start();
  ASSERT_TRUE(bench.Reaches(Id(1), Status::kCompleted));
  EXPECT_EQ(bench.model->requests().size(), 4U);  // One call was made again, no more.
  EXPECT_DOUBLE_EQ(bench.Get(Id(1)).verdict->share, 1);
}

TEST(Council, StopsWithoutWritingWhenItsLeaseGoesToSomebodyElse) {
  Bench bench;
  bench.time_passes = false;
  bench.options.lease = std::chrono::seconds(15);
  bench.model->Add({.ending = ModelScript::Ending::kStall});
  bench.Start();
  bench.Ask(Id(1));
  ASSERT_TRUE(bench.model->WaitForStalled(1));
  const int64_t later = bench.clock.UnixMs() + 3'600'000;
  const auto stolen = bench.store.LeaseNext("thief", later, later + 3'600'000);
  ASSERT_TRUE(stolen && *stolen);
  bench.time_passes = true;  // The next renewal notices, whenever its thread begins to wait.
  EXPECT_TRUE(bench.Eventually([&] { return bench.model->running() == 0; }));
  EXPECT_EQ(bench.Get(Id(1)).status, Status::kProcessing);
  EXPECT_EQ(bench.Get(Id(1)).epoch, 2);
  EXPECT_TRUE(bench.Eventually(
      [&] { return bench.metrics->Text().find("outcome=\"lost\"} 1") != std::string::npos; }));
}

TEST(Council, SurvivesAFailureAtEveryWriteToTheStore) {
  for (const auto effect : {testing::Effect::kNone, testing::Effect::kDone}) {
    for (const std::string_view method :
         {"InsertAllIfAbsent", "LeaseNext", "Renew", "Steps", "AppendStep", "Finish", "Outbox",
          "RemoveFromOutbox", "QueuePosition", "OutboxOf"}) {
      Bench bench;
      bench.options.lease = std::chrono::seconds(15);  // One that was taken unseen must run out.
      for (int i = 0; i < 3; ++i) {
        bench.store.faults().FailNext(method, {base::Errc::kUnavailable, "the store is away"},
                                      effect);
      }
      bench.Start();
      bench.Ask(Id(1));
      ASSERT_TRUE(bench.Reaches(Id(1), Status::kCompleted)) << method;
      ASSERT_TRUE(bench.Eventually([&] {
        return !bench.bus.Messages(prompt::kSavedTopic).empty();
      })) << method;
      EXPECT_EQ(bench.Get(Id(1)).answer, "It is 42.") << method;
    }
  }
}

TEST(Council, IsTakenOverAtEveryStepAndAnswersOnce) {
  // A process that ends at once whenever so many calls were made: 0 lost, 0 doubled.
  for (size_t calls = 1; calls <= 3; ++calls) {
    Bench bench;
    bench.Start();
    bench.Ask(Id(1));
    ASSERT_TRUE(bench.model->WaitForRequests(calls));
    bench.Start();
    bench.Start();
    ASSERT_TRUE(bench.Reaches(Id(1), Status::kCompleted));
    ASSERT_TRUE(bench.Eventually([&] { return !bench.bus.Messages(prompt::kSavedTopic).empty(); }));
    bench.council.reset();
    EXPECT_LE(bench.model->requests().size(), 3U + 2U);  // One more for each end.
    EXPECT_EQ(bench.Get(Id(1)).answer, "It is 42.");
  }
}

TEST(Council, RecoversWhenTheStoreComesBack) {
  Bench bench;
  bench.store.faults().Break({base::Errc::kUnavailable, "the disk is full; make room"});
  bench.Start();
  bench.Ask(Id(1));
  ASSERT_TRUE(bench.Eventually(
      [&] { return bench.council->NotReady().find("make room") != std::string::npos; }));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(bench.clock.AwaitWaiters(1));
    bench.clock.Advance(std::chrono::seconds(3));
  }
  bench.store.faults().Heal();
  EXPECT_TRUE(bench.Reaches(Id(1), Status::kCompleted));
  EXPECT_TRUE(bench.Eventually([&] { return bench.council->NotReady().empty(); }));
}

TEST(Council, RecoversWhenTheBusComesBackAndLosesNoState) {
  Bench bench;
  bench.Ask(Id(1));
  bench.bus.faults().Break({base::Errc::kUnavailable, "the bus is away; start it"});
  bench.Start();
  ASSERT_TRUE(bench.Eventually([&] { return !bench.council->NotReady().empty(); }));
  bench.bus.faults().Heal();
  ASSERT_TRUE(bench.Reaches(Id(1), Status::kCompleted));
  ASSERT_TRUE(bench.Eventually([&] { return !bench.bus.Messages(prompt::kSavedTopic).empty(); }));
  EXPECT_EQ(bench.Field(prompt::kStatusTopic, Id(1), "status").size(), 3U);
}

TEST(Council, ShowsTheNoticeOfAModelThatOnlySimulates) {
  Bench bench;
  bench.model->SetNotice("simulated: no model connected; start Ollama");
  bench.Start();
  bench.Ask(Id(1));
  ASSERT_TRUE(bench.Reaches(Id(1), Status::kCompleted));
  EXPECT_EQ(bench.Get(Id(1)).verdict->notice, "simulated: no model connected; start Ollama");
}

TEST(Council, ListsSeatsAndPresetsForThePage) {
  Bench bench;
  bench.Start();
  ASSERT_TRUE(bench.Eventually([&] { return bench.council->NotReady().empty(); }));
  const prompt::CouncilInfo info = bench.council->Info();
  ASSERT_EQ(info.seats.size(), 1U);
  EXPECT_EQ(info.seats[0].name, "Gemma 3 · 4B");
  ASSERT_GE(info.presets.size(), 2U);
  for (const auto& preset : info.presets) EXPECT_EQ(preset.is_default, preset.name == "quick");
}

TEST(Council, RefusesOptionsOutsideTheirLimits) {
  Bench bench;
  base::Metrics metrics;
  base::Log log("test", base::LogLevel::kError, bench.clock, [](std::string_view) {});
  const auto start = [&](CouncilOptions options) {
    return Council::Start(options, {.clock = bench.clock,
                                    .log = log,
                                    .metrics = metrics,
                                    .store = bench.store,
                                    .bus = bench.bus,
                                    .models = bench.source})
        .has_value();
  };
  EXPECT_FALSE(start({.owner = ""}));
  EXPECT_FALSE(start({.owner = "o", .workers = 0}));
  EXPECT_FALSE(start({.owner = "o", .workers = kWorkersMax + 1}));
  EXPECT_TRUE(start({.owner = "o", .workers = kWorkersMax}));
  EXPECT_FALSE(start({.owner = "o", .lease = std::chrono::milliseconds(999)}));
  EXPECT_TRUE(start({.owner = "o", .workers = 2, .lease = std::chrono::seconds(1)}));
}

}  // namespace
}  // namespace backend_council
