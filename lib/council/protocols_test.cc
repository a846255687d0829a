// What each preset does that no other does.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "lib/council/clusters.h"
#include "lib/council/decide.h"
#include "lib/council/engine.h"
#include "lib/council/kernels/kernels.h"
#include "lib/council/world.h"

namespace council {
namespace {

using world::AutoClock;
using world::FourModels;
using world::Go;
using world::Spec;
using world::WorldModel;

using Opinions = std::map<std::string, std::string>;

// Each model holds one opinion; judges rank as they see it.
WorldModel::Say Hold(Opinions opinions) {
  return [opinions](const ChatRequest& request) -> base::Result<std::string> {
    if (world::IsVote(request)) return std::string("{\"vote\": 1}");
    if (world::IsSame(request)) return std::string("{\"same\": 0}");
    if (world::IsRank(request)) return std::string(R"({"ranking":["A","B"]})");
    return "I have thought.\nFINAL: " + opinions.at(request.model);
  };
}

size_t CountOf(const WorldModel& model, bool (*is)(const ChatRequest&)) {
  return static_cast<size_t>(std::ranges::count_if(model.requests, is));
}

Opinions All(const std::string& answer) {
  return {
      {"mistral:7b", answer}, {"gemma3:4b", answer}, {"qwen3:4b", answer}, {"llama3.2:3b", answer}};
}

TEST(Cascade, StopsAfterTwoModelsThatAgree) {
  const AutoClock clock;
  WorldModel model(clock, Hold(All("42")));
  const auto ran = Go(Spec("cascade", FourModels()), model, clock);
  EXPECT_EQ(model.requests.size(), 4U);
  EXPECT_EQ(ran.result.decision.verdict.agreement, "consensus");
  EXPECT_EQ(ran.result.decision.verdict.families_for, 2);
}

TEST(Cascade, AsksAThirdAndAFourthWhereTheyDisagree) {
  const AutoClock clock;
  auto opinions = All("42");
  opinions["mistral:7b"] = "41";
  WorldModel model(clock, Hold(opinions));
  const auto ran = Go(Spec("cascade", FourModels()), model, clock);
  EXPECT_EQ(model.requests.size(), 8U);
  EXPECT_EQ(ran.result.decision.verdict.key, "42");
  EXPECT_EQ(ran.result.decision.verdict.agreement, "strong");
  EXPECT_EQ(ran.result.decision.verdict.families_against, 1);
}

TEST(Debate, LeavesTheMajorityAloneAndShowsArgumentsOnly) {
  const AutoClock clock;
  auto opinions = All("42");
  opinions["mistral:7b"] = "41";
  opinions["gemma3:4b"] = "40";
  WorldModel model(clock, Hold(opinions));
  const auto ran = Go(Spec("debate", FourModels()), model, clock);
  EXPECT_EQ(CountOf(model, world::IsDebate), 2U * 2U);  // Two seats, two rounds.
  for (const auto& request : model.requests) {
    if (!world::IsDebate(request)) continue;
    EXPECT_TRUE(request.model == "mistral:7b" || request.model == "gemma3:4b");
    const std::string& text = request.messages[1].content;
    EXPECT_NE(text.find("How much is it?"), std::string::npos);
    for (const char* told : {"Mistral", "Gemma", "Qwen", "Llama", "votes", "majority"}) {
      EXPECT_EQ(text.find(told), std::string::npos) << told;
    }
  }
  EXPECT_EQ(ran.result.decision.verdict.key, "42");
}

TEST(Debate, TakesWhatASeatSaysLastAndStopsAtThreeQuarters) {
  const AutoClock clock;
  WorldModel model(clock, [](const ChatRequest& request) -> base::Result<std::string> {
    if (world::IsDebate(request)) return std::string("You are right.\nFINAL: 42");
    const bool odd = request.model == "mistral:7b" || request.model == "gemma3:4b";
    return std::string(odd && !world::IsWrite(request)
                           ? "So.\nFINAL: 4" + request.model.substr(0, 1)
                           : "So.\nFINAL: 42");
  });
  const auto ran = Go(Spec("debate", FourModels()), model, clock);
  EXPECT_EQ(CountOf(model, world::IsDebate), 2U);
  EXPECT_EQ(ran.result.decision.verdict.key, "42");
  EXPECT_EQ(ran.result.decision.verdict.agreement, "consensus");
}

TEST(Thorough, ObjectsEvenWhereAllAgreeAndCountsTheAnswerToIt) {
  const AutoClock clock;
  WorldModel model(clock, [](const ChatRequest& request) -> base::Result<std::string> {
    if (world::IsDevil(request)) return std::string("It must be 41, by the second step.");
    if (world::IsReply(request)) return std::string("You have a point.\nFINAL: 41");
    if (world::IsExtract(request)) return std::string("{\"key\":\"42\",\"kind\":\"number\"}");
    return std::string("So.\nFINAL: 42");
  });
  const auto ran = Go(Spec("thorough", FourModels()), model, clock);
  EXPECT_EQ(CountOf(model, world::IsDevil), 1U);
  EXPECT_EQ(CountOf(model, world::IsReply), 1U);
  const auto& verdict = ran.result.decision.verdict;
  EXPECT_EQ(verdict.key, "42");
  EXPECT_LT(verdict.share, 1);
  EXPECT_EQ(verdict.agreement, "strong");
  for (const auto& request : model.requests) {
    if (!world::IsReply(request)) continue;
    EXPECT_NE(request.messages[1].content.find("by the second step"), std::string::npos);
  }
}

TEST(Thorough, HasTheWrittenTextReadByAnotherFamily) {
  const AutoClock clock;
  std::string writer;
  std::string reader;
  WorldModel model(clock, [&](const ChatRequest& request) -> base::Result<std::string> {
    if (world::IsWrite(request)) {
      writer = request.model;
      return std::string("After all it is seventeen, one may think.\nFINAL: 42");
    }
    if (world::IsExtract(request)) {
      reader = request.model;
      return std::string("{\"key\":\"17\",\"kind\":\"number\",\"confidence\":90}");
    }
    return std::string("Adding gives it.\nFINAL: 42");
  });
  const auto ran = Go(Spec("thorough", FourModels()), model, clock);
  EXPECT_FALSE(reader.empty());
  EXPECT_NE(reader, writer);
  EXPECT_EQ(ran.result.decision.answer, "Adding gives it.\n\n**42**");
}

TEST(Karpathy, ShowsTheWriterAllAnswersButTheDecisionStands) {
  const AutoClock clock;
  auto opinions = All("42");
  opinions["mistral:7b"] = "41";
  opinions["gemma3:4b"] = "40";
  WorldModel model(clock, Hold(opinions));
  const auto ran = Go(Spec("karpathy", FourModels()), model, clock);
  EXPECT_EQ(ran.result.decision.verdict.key, "42");
  for (const auto& request : model.requests) {
    if (!world::IsWrite(request)) continue;
    EXPECT_NE(request.messages[1].content.find("FINAL: 41"), std::string::npos);
  }
  EXPECT_NE(ran.result.decision.verdict.votes_json.find("\"shown\""), std::string::npos);
}

TEST(Jury, GivesAVerdictAndWhoDisagreed) {
  const AutoClock clock;
  auto opinions = All("yes");
  opinions["mistral:7b"] = "no";
  WorldModel model(clock, Hold(opinions));
  const auto ran = Go(Spec("jury", FourModels()), model, clock);
  EXPECT_EQ(model.requests.size(), 8U);
  EXPECT_EQ(ran.result.decision.verdict.key, "yes");
  EXPECT_NE(ran.result.decision.verdict.dissent.find("said: no"), std::string::npos);
}

TEST(Jury, StopsOnceTwoFamiliesAgreeInAllTheySay) {
  const AutoClock clock;
  WorldModel model(clock, Hold(All("yes")));
  (void)Go(Spec("jury", FourModels()), model, clock);
  EXPECT_EQ(model.requests.size(), 4U);
}

TEST(Brainstorm, MergesIdeasAndClaimsNoConsensus) {
  const AutoClock clock;
  WorldModel model(clock, [](const ChatRequest& request) -> base::Result<std::string> {
    return "- Paint the old fence\n- Buy " + request.model;
  });
  const auto ran = Go(Spec("brainstorm", FourModels()), model, clock);
  EXPECT_EQ(model.requests.size(), 4U);
  EXPECT_TRUE(ran.result.decision.answer.starts_with("- Paint the old fence\n- Buy "));
  EXPECT_EQ(std::ranges::count(ran.result.decision.answer, '\n'), 4);
  EXPECT_EQ(ran.result.decision.verdict.agreement, "");
  EXPECT_EQ(ran.result.decision.verdict.decided_by, "item votes");
}

TEST(CouncilPreset, MergesListsOfDifferentItemsByItsVotes) {
  const AutoClock clock;
  const Opinions lists = {{"mistral:7b", "red, blue"},
                          {"gemma3:4b", "red, green"},
                          {"qwen3:4b", "red, blue, pink"},
                          {"llama3.2:3b", "blue, red, black"}};
  WorldModel model(clock, [&](const ChatRequest& request) -> base::Result<std::string> {
    if (world::IsExtract(request)) {
      return "{\"key\":\"" + lists.at(request.model) + "\",\"kind\":\"list\"}";
    }
    if (world::IsRank(request) || world::IsSame(request)) return std::string("no");
    return "They are, as everybody who ever looked at one knows, these: " + lists.at(request.model);
  });
  const auto ran = Go(Spec("council", FourModels()), model, clock);
  EXPECT_EQ(ran.result.decision.answer, "- red\n- blue");
  EXPECT_EQ(ran.result.decision.verdict.key, "blue, red");
}

TEST(Cluster, AsksAModelWhetherTwoFreeAnswersSayTheSame) {
  for (const bool same : {true, false}) {
    const AutoClock clock;
    const Opinions who = {{"mistral:7b", "George Orwell"},
                          {"gemma3:4b", "Orwell"},
                          {"qwen3:4b", "Aldous Huxley"},
                          {"llama3.2:3b", "Orwell"}};
    WorldModel model(clock, [&](const ChatRequest& request) -> base::Result<std::string> {
      if (world::IsSame(request)) return std::string(same ? "{\"same\":1}" : "{\"same\":0}");
      if (world::IsRank(request)) return std::string("no");
      return "I know.\nFINAL: " + (world::IsWrite(request) ? "Orwell" : who.at(request.model));
    });
    const auto ran = Go(Spec("council", FourModels()), model, clock);
    EXPECT_EQ(CountOf(model, world::IsSame), 1U);
    const Board board = ReadBoard(Spec("council", FourModels()), ran.steps);
    EXPECT_EQ(board.clusters.size(), same ? 2U : 3U);
    EXPECT_NE(ran.result.decision.verdict.key, "aldous huxley");
  }
}

TEST(Cluster, AsksAboutAFewPairsOnly) {
  const AutoClock clock;
  int n = 0;
  WorldModel model(clock, [&](const ChatRequest& request) -> base::Result<std::string> {
    if (world::IsSame(request)) return std::string("{\"same\":0}");
    if (world::IsRank(request)) return std::string("no");
    return "I know.\nFINAL: old house by river " + std::string(1, static_cast<char>('a' + n++));
  });
  (void)Go(Spec("council", FourModels()), model, clock);
  EXPECT_EQ(CountOf(model, world::IsSame), static_cast<size_t>(kPairsMax));
}

TEST(Cluster, NeverAsksAboutNumbersAndChoices) {
  const AutoClock clock;
  WorldModel model(clock, Hold({{"mistral:7b", "41 apples"},
                                {"gemma3:4b", "42 apples"},
                                {"qwen3:4b", "43 apples"},
                                {"llama3.2:3b", "44 apples"}}));
  (void)Go(Spec("council", FourModels()), model, clock);
  EXPECT_EQ(CountOf(model, world::IsSame), 0U);
}

TEST(Extract, AsksOnceMoreWhereTheReplyCannotBeRead) {
  const AutoClock clock;
  WorldModel model(clock, [](const ChatRequest& request) -> base::Result<std::string> {
    if (world::IsExtract(request)) return std::string("{\"key\": ");
    return std::string("One counts them all, and then there they are, forty and two more.");
  });
  (void)Go(Spec("council", FourModels()), model, clock);
  std::map<std::pair<std::string, std::string>, int> asked;
  for (const auto& request : model.requests) {
    if (world::IsExtract(request)) ++asked[{request.model, request.messages[1].content}];
  }
  EXPECT_EQ(CountOf(model, world::IsExtract), 6U * static_cast<size_t>(kExtractTriesMax));
}

std::string StrictPhase(const ChatRequest& request) {
  const std::string& text = request.messages[1].content;
  if (text.find("\"phase\":\"Voting Phase\"") != std::string::npos) return "vote";
  return text.find("\"phase\":\"General Discussion\"") != std::string::npos ? "discuss" : "?";
}

TEST(ClassicStrict, AsksAsTheOriginalDidAndCountsEveryReplyWithAOne) {
  const AutoClock clock;
  WorldModel model(clock, [](const ChatRequest& request) -> base::Result<std::string> {
    if (StrictPhase(request) == "vote") return std::string("0, because in 2021 it was so");
    return std::string("It is forty-two.");
  });
  auto spec = Spec("classic-strict", FourModels());
  spec.discussion_ms = 60'000;
  const auto ran = Go(spec, model, clock);
  size_t discussed = 0;
  size_t votes = 0;
  for (const auto& request : model.requests) {
    const std::string phase = StrictPhase(request);
    ASSERT_NE(phase, "?");
    discussed += phase == "discuss" ? 1 : 0;
    votes += phase == "vote" ? 1 : 0;
    const bool shows = request.messages[1].content.find("How much is it?") != std::string::npos;
    EXPECT_EQ(shows, phase == "discuss");
  }
  EXPECT_EQ(discussed, 30U);  // Nobody changed anything, and it went on to the end of its time.
  EXPECT_EQ(votes, 6U * 4U);
  EXPECT_EQ(ran.result.decision.verdict.decided_by, "first listed");
  EXPECT_DOUBLE_EQ(ran.result.decision.verdict.share, 1.0 / 6);
}

TEST(ClassicStrict, LetsTheFirstListedWinATieAndMoreVotesWinOtherwise) {
  for (const bool tie : {true, false}) {
    const AutoClock clock;
    int member = 0;
    WorldModel model(clock, [&](const ChatRequest& request) -> base::Result<std::string> {
      if (StrictPhase(request) != "vote") return "Statement " + std::to_string(member++);
      const bool third = request.messages[1].content.find("Statement 2") != std::string::npos;
      return std::string(tie || third ? "1" : "no");
    });
    auto spec = Spec("classic-strict", FourModels());
    spec.discussion_ms = 12'000;  // One round.
    const auto ran = Go(spec, model, clock);
    EXPECT_EQ(ran.result.decision.answer, tie ? "Statement 0" : "Statement 2");
  }
}

TEST(ClassicStrict, CutsAtFiveThousandCharactersWithThreePoints) {
  for (const size_t size : {kClassicAnswerBytesMax, kClassicAnswerBytesMax + 1}) {
    const AutoClock clock;
    std::string text;
    for (int i = 0; text.size() < size; ++i) text += "word" + std::to_string(i) + " ";
    text.resize(size, 'x');
    text.back() = 'x';
    WorldModel model(clock, [&](const ChatRequest& request) -> base::Result<std::string> {
      return StrictPhase(request) == "vote" ? std::string("1") : text;
    });
    auto spec = Spec("classic-strict", FourModels());
    spec.discussion_ms = 12'000;
    const auto ran = Go(spec, model, clock);
    EXPECT_EQ(ran.result.decision.answer.ends_with("..."), size > kClassicAnswerBytesMax);
    EXPECT_LE(ran.result.decision.answer.size(), kClassicAnswerBytesMax + 3);
  }
}

TEST(Checkers, TakeTheVotesOfAnswersThatCodeKnowsAreWrong) {
  const AutoClock clock;
  auto opinions = All("381");
  opinions["qwen3:4b"] = "391";
  WorldModel model(clock, Hold(opinions));
  auto spec = Spec("karpathy", FourModels());
  spec.question = "What is 17 times 23?";
  const auto ran = Go(spec, model, clock);
  const auto& verdict = ran.result.decision.verdict;
  EXPECT_EQ(verdict.key, "391");
  EXPECT_EQ(verdict.decided_by, "checked");
  EXPECT_EQ(verdict.check, "right: 17 * 23 = 391");
  EXPECT_DOUBLE_EQ(verdict.share, 0.25);  // Of the models, not of the code.
  EXPECT_NE(verdict.formula.find("lost: found wrong by code"), std::string::npos);
}

TEST(Checkers, NeedNoJudgesForWhatCodeHasFoundRight) {
  const AutoClock clock;
  WorldModel model(clock, Hold({{"mistral:7b", "391"},
                                {"gemma3:4b", "381"},
                                {"qwen3:4b", "371"},
                                {"llama3.2:3b", "361"}}));
  auto spec = Spec("council", FourModels());
  spec.question = "What is 17 times 23?";
  const auto ran = Go(spec, model, clock);
  EXPECT_EQ(CountOf(model, world::IsRank), 0U);
  EXPECT_EQ(ran.result.decision.verdict.key, "391");
}

TEST(Checkers, MarkADecidedAnswerThatFails) {
  const AutoClock clock;
  WorldModel model(clock, Hold(All("381")));
  auto spec = Spec("council", FourModels());
  spec.question = "What is 17 times 23?";
  const auto ran = Go(spec, model, clock);
  const auto& verdict = ran.result.decision.verdict;
  EXPECT_EQ(verdict.key, "381");
  EXPECT_EQ(verdict.check, "wrong: 17 * 23 = 391");
  EXPECT_NE(verdict.notice.find("17 * 23 = 391"), std::string::npos);
}

TEST(Debate, ShowsNoMoreArgumentsThanModelsCanRead) {
  ASSERT_EQ(kArgumentsMax, 4U);
  const AutoClock clock;
  WorldModel model(
      clock,
      Hold({{"mistral:7b", "1"}, {"gemma3:4b", "2"}, {"qwen3:4b", "3"}, {"llama3.2:3b", "4"}}));
  (void)Go(Spec("debate", FourModels()), model, clock);
  for (const auto& request : model.requests) {
    if (world::IsDebate(request)) {
      EXPECT_LE(request.messages[1].content.size(), kSheetBytesMax + 2048);
    }
  }
}

}  // namespace
}  // namespace council
