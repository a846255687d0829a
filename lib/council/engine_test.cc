#include "lib/council/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "lib/council/decide.h"
#include "lib/council/kernels/kernels.h"
#include "lib/council/world.h"

namespace council {
namespace {

using world::AutoClock;
using world::FourModels;
using world::Go;
using world::Spec;
using world::WorldModel;

WorldModel::Say Always(std::string text) {
  return [text](const ChatRequest&) -> base::Result<std::string> { return text; };
}

WorldModel::Say Fails(base::Errc code, std::string message) {
  return [code, message](const ChatRequest&) -> base::Result<std::string> {
    return base::Fail(code, message);
  };
}

WorldModel::Say InTurn(std::vector<std::string> texts) {
  return [texts, at = size_t{0}](const ChatRequest&) mutable -> base::Result<std::string> {
    return texts[at++ % texts.size()];
  };
}

std::vector<std::string> Types(const std::vector<prompt::LiveEvent>& events) {
  std::vector<std::string> types;
  for (const auto& event : events) types.push_back(event.type);
  return types;
}

size_t Count(const std::vector<prompt::LiveEvent>& events, std::string_view type) {
  return static_cast<size_t>(std::ranges::count_if(
      events, [&](const prompt::LiveEvent& event) { return event.type == type; }));
}

TEST(Quick, TakesWhatTheBestModelSaysMostOftenInItsOwnWords) {
  const AutoClock clock;
  WorldModel model(clock, InTurn({"It is 41, I think.\nFINAL: 41", "By my count 42.\nFINAL: 42",
                                  "Surely it is 42.\nFINAL: 42", "Well, 42.\nFINAL: 42."}));
  const auto ran = Go(Spec("quick", FourModels()), model, clock);
  ASSERT_EQ(ran.result.end, RunEnd::kAnswered);
  const Decision& decision = ran.result.decision;
  EXPECT_EQ(decision.verdict.key, "42");
  EXPECT_DOUBLE_EQ(decision.verdict.share, 0.75);
  EXPECT_EQ(decision.verdict.quality, "full");
  EXPECT_EQ(decision.verdict.decided_by, "vote");
  EXPECT_EQ(decision.verdict.model_calls, 4);
  EXPECT_TRUE(decision.verdict.dissent.ends_with("said: 41")) << decision.verdict.dissent;
  EXPECT_EQ(decision.answer.find("FINAL"), std::string::npos);
  for (const auto& request : model.requests) EXPECT_EQ(request.model, "mistral:7b");
}

TEST(Quick, StopsOnceTheOthersCannotChangeTheDecision) {
  const AutoClock clock;
  WorldModel model(clock, Always("It is 42.\nFINAL: 42"));
  const auto ran = Go(Spec("quick", FourModels()), model, clock);
  EXPECT_EQ(model.requests.size(), 3U);
  EXPECT_DOUBLE_EQ(ran.result.decision.verdict.share, 1);
}

TEST(Quick, SaysThatNothingAgreesWhereATinyModelRambles) {
  const AutoClock clock;
  WorldModel model(clock, InTurn({"The sea is very blue and wide today, is it not?",
                                  "The sea is wide and blue and deep, they say, with fish.",
                                  "Cows eat grass in green meadows near the old mill.",
                                  "The wide blue sea is deep and full of fish."}));
  const auto ran = Go(Spec("quick", FourModels()), model, clock);
  ASSERT_EQ(ran.result.end, RunEnd::kAnswered);
  EXPECT_DOUBLE_EQ(ran.result.decision.verdict.share, 0.25);
  EXPECT_EQ(ran.result.decision.verdict.decided_by, "most alike");
  EXPECT_EQ(ran.result.decision.verdict.key, "");
  EXPECT_EQ(ran.result.decision.answer.find("Cows"), std::string::npos);
}

TEST(Quick, GivesThePlaceOfADeadModelToTheNextAndSaysSo) {
  const AutoClock clock;
  WorldModel model(clock, [](const ChatRequest& request) -> base::Result<std::string> {
    if (request.model == "mistral:7b") {
      return base::Fail(base::Errc::kNotFound, "mistral:7b is not installed");
    }
    return "FINAL: 42";
  });
  const auto ran = Go(Spec("quick", FourModels()), model, clock);
  ASSERT_EQ(ran.result.end, RunEnd::kAnswered);
  EXPECT_EQ(ran.result.decision.verdict.quality, "degraded");
  ASSERT_EQ(ran.result.decision.verdict.missing.size(), 1U);
  EXPECT_EQ(ran.result.decision.verdict.missing[0].why, "mistral:7b is not installed");
  EXPECT_EQ(model.requests.size(), 1U + 3U);  // An unknown model is not asked twice.
}

TEST(Engine, FailsWithASentenceAfterOneRetryWhereNoModelAnswers) {
  const AutoClock clock;
  WorldModel model(clock, Fails(base::Errc::kUnavailable, "the server is busy"));
  const auto ran = Go(Spec("quick", {FourModels()[0]}), model, clock);
  ASSERT_EQ(ran.result.end, RunEnd::kFailed);
  EXPECT_EQ(model.requests.size(), 2U);
  EXPECT_EQ(model.requests[0].seed, model.requests[1].seed);
  EXPECT_NE(ran.result.decision.error.find("the server is busy"), std::string::npos);
  EXPECT_NE(ran.result.decision.error.find("ask again"), std::string::npos);
  EXPECT_EQ(Count(ran.events, "seat.lost"), 1U);
}

TEST(Engine, ShowsWhatCameOfAStreamThatBrokeAndSaysThatItIsCut) {
  const AutoClock clock;
  WorldModel model(clock, Fails(base::Errc::kUnavailable, "the stream broke"));
  model.partial = "The barrel holds about";
  const auto ran = Go(Spec("quick", {FourModels()[0]}), model, clock);
  ASSERT_EQ(ran.result.end, RunEnd::kAnswered);
  EXPECT_TRUE(ran.result.decision.answer.starts_with("The barrel holds about"));
  EXPECT_NE(ran.result.decision.answer.find("was cut"), std::string::npos);
  EXPECT_EQ(ran.result.decision.verdict.quality, "degraded");
  EXPECT_DOUBLE_EQ(ran.result.decision.verdict.share, 0);
}

TEST(Engine, SaysWhenTheModelDidNotSeeTheWholeQuestion) {
  const AutoClock clock;
  WorldModel model(clock, Always("FINAL: 42"));
  model.prompt_truncated = true;
  const auto ran = Go(Spec("quick", FourModels()), model, clock);
  EXPECT_EQ(ran.result.decision.verdict.quality, "degraded");
  EXPECT_NE(ran.result.decision.verdict.notice.find("longer"), std::string::npos);
}

TEST(Engine, FailsHonestlyWhereEverythingIsEmpty) {
  const AutoClock clock;
  WorldModel model(clock, Always("<think>and so on"));
  const auto ran = Go(Spec("quick", FourModels()), model, clock);
  EXPECT_EQ(ran.result.end, RunEnd::kFailed);
  EXPECT_FALSE(ran.result.decision.error.empty());
}

TEST(Engine, BeginsNoNewCallAtFourFifthsOfTheBudget) {
  const AutoClock clock;
  WorldModel model(clock, InTurn({"FINAL: 1", "FINAL: 2", "FINAL: 3", "FINAL: 4"}));
  auto spec = Spec("quick", FourModels());
  spec.budget_ms = 5000;
  model.call_time = std::chrono::seconds(2);  // The second ends exactly at 80 %.
  const auto ran = Go(spec, model, clock);
  ASSERT_EQ(ran.result.end, RunEnd::kAnswered);
  EXPECT_EQ(model.requests.size(), 2U);
  EXPECT_EQ(ran.result.decision.verdict.quality, "degraded");
}

TEST(Engine, NeverGivesACallMoreTimeThanTheBudgetHas) {
  const AutoClock clock;
  WorldModel model(clock, Always("FINAL: 42"));
  auto spec = Spec("quick", FourModels());
  spec.budget_ms = 60'000;
  (void)Go(spec, model, clock);
  EXPECT_LE(model.requests[0].limits.total, std::chrono::seconds(60));
  EXPECT_LE(model.requests[1].limits.total, std::chrono::seconds(58));
}

TEST(Engine, StopsBetweenCallsAndInsideOne) {
  const AutoClock clock;
  std::stop_source stop;
  WorldModel model(clock, Always("FINAL: 42"));
  model.on_request = [&](size_t count) {
    if (count == 2) stop.request_stop();
  };
  const auto ran = Go(Spec("quick", FourModels()), model, clock,
                      {.steps = {}, .epoch = 1, .fail_at = -1, .stop = stop.get_token()});
  EXPECT_EQ(ran.result.end, RunEnd::kStopped);
  EXPECT_EQ(ran.steps.size(), 2U);  // The roster and one answer; what was cut is not stored.
}

TEST(Engine, MakesNoCallAfterAStepThatCouldNotBeStored) {
  for (int fail_at = 0; fail_at < 4; ++fail_at) {
    const AutoClock clock;
    WorldModel model(clock, Always("FINAL: 42"));
    const auto ran = Go(Spec("quick", FourModels()), model, clock,
                        {.steps = {}, .epoch = 1, .fail_at = fail_at, .stop = {}});
    EXPECT_EQ(ran.result.end, RunEnd::kLost);
    EXPECT_EQ(model.requests.size(), static_cast<size_t>(fail_at));
  }
}

TEST(Engine, ShowsTheBeginningOfALongStepInItsEvent) {
  for (const size_t size : {kStepTextShownMax - 1, kStepTextShownMax, kStepTextShownMax + 1}) {
    const AutoClock clock;
    std::string text;
    for (int i = 0; text.size() < size; ++i) text += std::to_string(i * 7919);
    text.resize(size);
    WorldModel model(clock, Always(text));
    const auto ran = Go(Spec("quick", FourModels()), model, clock);
    for (const auto& event : ran.events) {
      if (event.type != "step.finished") continue;
      const std::string shown = event.data["text"];
      EXPECT_EQ(shown.ends_with("…"), size > kStepTextShownMax);
      EXPECT_LE(shown.size(), kStepTextShownMax);
    }
  }
}

TEST(Engine, CutsALongReason) {
  for (const size_t size : {kReasonBytesMax - 1, kReasonBytesMax, kReasonBytesMax + 1}) {
    const AutoClock clock;
    WorldModel model(clock, Fails(base::Errc::kNotFound, std::string(size, 'x')));
    const auto ran = Go(Spec("quick", {FourModels()[0]}), model, clock);
    ASSERT_EQ(ran.result.decision.verdict.missing.size(), 1U);
    EXPECT_EQ(ran.result.decision.verdict.missing[0].why.size(), std::min(size, kReasonBytesMax));
  }
}

TEST(Engine, GivesModelsNoMoreOfLongAnswersThanTheyCanRead) {
  const AutoClock clock;
  std::string text;
  for (int i = 0; text.size() < 3 * kExtractBytesMax; ++i) text += "word" + std::to_string(i) + " ";
  WorldModel model(clock, [&](const ChatRequest& request) -> base::Result<std::string> {
    if (world::IsExtract(request)) return "{\"key\":\"" + request.model.substr(0, 4) + "\"}";
    if (world::IsRank(request)) return std::string("no");
    return text + request.model;
  });
  (void)Go(Spec("council", FourModels()), model, clock);
  for (const auto& request : model.requests) {
    const size_t size = request.messages[1].content.size();
    constexpr size_t kFences = 1024;
    if (world::IsExtract(request)) EXPECT_LE(size, kExtractBytesMax + kFences);
    if (world::IsRank(request)) EXPECT_LE(size, kSheetBytesMax + kFences);
    if (world::IsWrite(request)) EXPECT_LE(size, kMaterialBytesMax + kFences);
  }
}

TEST(Decide, KeepsDissentToOneLine) {
  for (const size_t name : {kDissentBytesMax - 20, kDissentBytesMax}) {
    const AutoClock clock;
    WorldModel model(clock, [](const ChatRequest& request) -> base::Result<std::string> {
      return std::string(request.model == "gemma3:4b" ? "FINAL: 1" : "FINAL: 2");
    });
    auto spec = Spec("council", FourModels());
    for (Seat& seat : spec.roster.seats) seat.name += std::string(name, 'n');
    const auto ran = Go(spec, model, clock);
    EXPECT_FALSE(ran.result.decision.verdict.dissent.empty());
    EXPECT_LE(ran.result.decision.verdict.dissent.size(), kDissentBytesMax);
  }
}

TEST(Engine, NumbersItsEventsWithoutGapsAndAboveThoseOfEarlierLeases) {
  const AutoClock clock;
  WorldModel model(clock, Always("FINAL: 42"));
  const auto first = Go(Spec("classic", FourModels()), model, clock);
  for (size_t i = 0; i < first.events.size(); ++i) {
    EXPECT_EQ(first.events[i].seq, static_cast<int64_t>(i) + 1);
  }
  const auto second = Go(Spec("quick", FourModels()), model, clock,
                         {.steps = {}, .epoch = 3, .fail_at = -1, .stop = {}});
  EXPECT_EQ(second.events[0].seq, 2 * kSeqPerEpoch + 1);
  EXPECT_EQ(second.events[0].type, "run.started");
}

TEST(Engine, TellsEachStepOfAQuickRun) {
  const AutoClock clock;
  WorldModel model(clock, Always("FINAL: 42"));
  const auto ran = Go(Spec("quick", FourModels()), model, clock);
  const auto types = Types(ran.events);
  const std::vector<std::string> begin = {"run.started",      "step.started",     "model.loading",
                                          "model.ready",      "step.delta",       "step.finished",
                                          "answer.extracted", "clusters.updated", "step.started"};
  ASSERT_GE(types.size(), begin.size());
  EXPECT_EQ(std::vector<std::string>(types.begin(), types.begin() + 9), begin);
  EXPECT_EQ(types.back(), "stage.finished");
}

TEST(Classic, ShowsJudgesTheQuestionAndStopsWhenARoundRepeats) {
  const AutoClock clock;
  WorldModel model(clock, [](const ChatRequest& request) -> base::Result<std::string> {
    if (world::IsVote(request)) {
      return std::string(request.messages[1].content.find("forty-two") != std::string::npos
                             ? "{\"vote\": 1}"
                             : "{\"vote\": 0}");
    }
    return request.model == "gemma3:4b" ? std::string("Some say it must be a dozen or so of them")
                                        : std::string("It is forty-two as far as anyone can see");
  });
  const auto ran = Go(Spec("classic", FourModels()), model, clock);
  ASSERT_EQ(ran.result.end, RunEnd::kAnswered);
  EXPECT_NE(ran.result.decision.answer.find("forty-two"), std::string::npos);
  size_t votes = 0;
  for (const auto& request : model.requests) {
    if (!world::IsVote(request)) continue;
    ++votes;
    EXPECT_NE(request.messages[1].content.find("How much is it?"), std::string::npos);
  }
  EXPECT_EQ(votes, 2U * 4U);  // Two different statements, four judges.
  EXPECT_EQ(ran.result.decision.verdict.decided_by, "vote");
}

TEST(Classic, EndsEarlyWithoutAVoteWhereEverybodyRepeats) {
  const AutoClock clock;
  WorldModel model(clock, Always("It is forty-two as far as anyone can see"));
  const auto ran = Go(Spec("classic", FourModels()), model, clock);
  EXPECT_EQ(model.requests.size(), 7U);  // The first text, and a whole round that repeats it.
  EXPECT_EQ(ran.result.decision.verdict.decided_by, "only answer");
}

TEST(Classic, UsesItsDiscussionTimeAndNoMore) {
  const AutoClock clock;
  WorldModel model(clock, [n = 0](const ChatRequest& request) mutable -> base::Result<std::string> {
    if (world::IsVote(request)) return std::string("{\"vote\": 1}");
    return "Text number " + std::to_string(++n) + " differs from all that went before it";
  });
  auto spec = Spec("classic", FourModels());
  spec.discussion_ms = 60'000;
  const auto ran = Go(spec, model, clock);
  const auto said = std::ranges::count_if(
      model.requests, [](const ChatRequest& request) { return !world::IsVote(request); });
  EXPECT_EQ(said, 30);  // Two seconds each.
  EXPECT_EQ(ran.result.end, RunEnd::kAnswered);
}

TEST(Classic, CutsItsAnswerWhereTheOriginalDid) {
  const AutoClock clock;
  std::string text;
  for (int i = 0; text.size() < 6000; ++i) text += "word" + std::to_string(i) + " ";
  WorldModel model(clock, Always(text));
  const auto ran = Go(Spec("classic", FourModels()), model, clock);
  EXPECT_LE(ran.result.decision.answer.size(), kClassicAnswerBytesMax);
  EXPECT_TRUE(ran.result.decision.answer.ends_with("…"));
}

TEST(Classic, EndsAfterItsMostRoundsEvenWhereTimeIsLeft) {
  const AutoClock clock;
  WorldModel model(clock, [n = 0](const ChatRequest& request) mutable -> base::Result<std::string> {
    if (world::IsVote(request)) return std::string("{\"vote\": 1}");
    return "Text number " + std::to_string(++n) + " differs from all that went before it";
  });
  model.call_time = std::chrono::milliseconds(1);
  (void)Go(Spec("classic", FourModels()), model, clock);
  const auto said = std::ranges::count_if(
      model.requests, [](const ChatRequest& request) { return !world::IsVote(request); });
  EXPECT_EQ(said, 6 * kRoundsMax);
}

TEST(Classic, NeverVotesOnEmptyStatements) {
  const AutoClock clock;
  WorldModel model(clock, [](const ChatRequest& request) -> base::Result<std::string> {
    if (world::IsVote(request)) return std::string("{\"vote\": 1}");
    if (request.model == "qwen3:4b") return std::string("  ");
    return "The view of " + request.model + " in its own and special words";
  });
  auto spec = Spec("classic", FourModels());
  spec.discussion_ms = 60'000;
  (void)Go(spec, model, clock);
  for (const auto& request : model.requests) {
    if (!world::IsVote(request)) continue;
    EXPECT_NE(request.messages[1].content.find("The view of"), std::string::npos);
  }
}

TEST(CouncilPreset, WritesAtOnceWhereFamiliesAgree) {
  const AutoClock clock;
  WorldModel model(clock, [](const ChatRequest& request) -> base::Result<std::string> {
    if (world::IsWrite(request)) return std::string("In short, it is 42.\nFINAL: 42");
    return std::string("Adding up gives it.\nFINAL: 42");
  });
  const auto ran = Go(Spec("council", FourModels()), model, clock);
  ASSERT_EQ(ran.result.end, RunEnd::kAnswered);
  EXPECT_EQ(model.requests.size(), 7U);
  EXPECT_EQ(ran.result.decision.answer, "In short, it is 42.");
  EXPECT_EQ(Count(ran.events, "gate"), 1U);
  EXPECT_EQ(Count(ran.events, "write.delta"), 1U);
  EXPECT_DOUBLE_EQ(ran.result.decision.verdict.share, 1);
}

TEST(CouncilPreset, AsksTheFourthAndRanksWhereTheyDisagree) {
  const AutoClock clock;
  const std::map<std::string, std::string> opinion = {
      {"mistral:7b", "41"}, {"gemma3:4b", "42"}, {"qwen3:4b", "43"}, {"llama3.2:3b", "43"}};
  WorldModel model(clock, [&](const ChatRequest& request) -> base::Result<std::string> {
    if (world::IsRank(request)) return std::string(R"({"ranking":["A","B"]})");
    return "I have counted.\nFINAL: " +
           (world::IsWrite(request) ? "43" : opinion.at(request.model));
  });
  const auto ran = Go(Spec("council", FourModels()), model, clock);
  ASSERT_EQ(ran.result.end, RunEnd::kAnswered);
  EXPECT_EQ(ran.result.decision.verdict.key, "43");
  EXPECT_GT(Count(ran.events, "ballot.cast"), 0U);
  EXPECT_FALSE(ran.result.decision.verdict.dissent.empty());
}

TEST(CouncilPreset, ThrowsAwayAChairmansTextThatSaysSomethingElse) {
  const AutoClock clock;
  WorldModel model(clock, [](const ChatRequest& request) -> base::Result<std::string> {
    if (world::IsWrite(request)) return std::string("I know better: 17.\nFINAL: 17");
    return std::string("Adding up gives 42.\nFINAL: 42");
  });
  const auto ran = Go(Spec("council", FourModels()), model, clock);
  EXPECT_EQ(ran.result.decision.answer, "Adding up gives 42.");
  EXPECT_EQ(ran.result.decision.verdict.key, "42");
}

TEST(CouncilPreset, AsksASeatForItsKeyWhereTheAnswerShowsNone) {
  const AutoClock clock;
  WorldModel model(clock, [](const ChatRequest& request) -> base::Result<std::string> {
    if (world::IsExtract(request)) return std::string("{\"key\":\"42\",\"confidence\":50}");
    if (world::IsWrite(request)) return std::string("It is 42.\nFINAL: 42");
    return std::string("One counts them all, and then there they are, forty and two more.");
  });
  const auto ran = Go(Spec("council", FourModels()), model, clock);
  EXPECT_EQ(ran.result.decision.verdict.key, "42");
  EXPECT_EQ(model.requests.size(), 6U + 6U + 1U);
}

}  // namespace
}  // namespace council
