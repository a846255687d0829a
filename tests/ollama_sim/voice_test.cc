#include "tests/ollama_sim/voice.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/ollama_sim/bank.h"
#include "tests/ollama_sim/minds.h"
#include "tests/ollama_sim/task.h"

namespace ollama_sim {
namespace {

constexpr uint64_t kQuestion = 421;

std::string Fence(const std::string& name, const std::string& text) {
  return "--- " + name + " begins ---\n" + text + "\n--- " + name + " ends ---";
}

const std::string& Asked() {
  static const std::string kText = Fence("question", QuestionText(kQuestion));
  return kText;
}

std::string Answer(int option) { return AnswerText(kQuestion, option, 1); }

TEST(Bank, TheMarkIsInTheTextAndIsFoundAgain) {
  EXPECT_NE(QuestionText(kQuestion).find("[q:0421]"), std::string::npos);
  EXPECT_EQ(FindMark("[q:7] and then [q:0421]? [q:x] [q:"), kQuestion);
  EXPECT_EQ(FindMark("no mark [q:] [q:12"), std::nullopt);
  EXPECT_GE(QuestionOf("Why is the sky blue?"), 1'000'000u);
}

TEST(Bank, TheFourWordsOfAQuestionDifferAndNoneIsInAnother) {
  for (uint64_t question = 0; question < 2000; ++question) {
    std::set<std::string> words;
    for (int option = 0; option < kOptions; ++option) words.insert(OptionWord(question, option));
    EXPECT_EQ(words.size(), 4u) << question;
  }
}

TEST(Bank, AnAnswerSaysItsOptionAndTheFinalLineDecides) {
  for (int option = 0; option < kOptions; ++option) {
    for (uint64_t variant = 0; variant < 12; ++variant) {
      EXPECT_EQ(FindOption(kQuestion, AnswerText(kQuestion, option, variant)), option);
    }
  }
  EXPECT_EQ(FindOption(kQuestion, Answer(1) + "\nFINAL: " + OptionWord(kQuestion, 2)), 2);
  EXPECT_EQ(FindOption(kQuestion, "I do not know"), std::nullopt);
}

TEST(Task, FencesAreReadAlsoWhereTheTextHasSomeItself) {
  const auto parts =
      FencedParts("x\n---- answer A begins ----\n--- a\nb\n---- answer A ends ----\n" +
                  Fence("answer B", "") + "\n-- c begins --\n\n--- d begins ---");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].first, "answer A");
  EXPECT_EQ(parts[0].second, "--- a\nb");
  EXPECT_EQ(parts[1].second, "");
}

struct KindCase {
  const char* name;
  TaskText text;
  TaskKind kind;
};

TEST(Task, PromptsOfTheCouncilsKernelsAreRecognised) {
  const std::string vote = R"({"properties":{"vote":{"enum":[0,1]}}})";
  const KindCase cases[] = {
      {"answer", {"Be brief.", QuestionText(kQuestion), ""}, TaskKind::kAnswer},
      {"refine",
       {"…repeat it unchanged…", Asked() + "\n" + Fence("answer", Answer(0)), ""},
       TaskKind::kRefine},
      {"approve", {"", Asked() + "\n" + Fence("answer", Answer(0)), vote}, TaskKind::kApprove},
      {"rank",
       {"", Asked() + "\n" + Fence("answer A", Answer(0)), R"({"ranking":{}, "vote":0})"},
       TaskKind::kRank},
      {"extract",
       {"", Asked() + "\n" + Fence("answer", Answer(0)), R"({"key":1,"kind":2})"},
       TaskKind::kExtract},
      {"same",
       {"", Asked() + "\n" + Fence("answer 1", "x") + "\n" + Fence("answer 2", "y"),
        R"({"properties":{"same":{"enum":[0,1]}}})"},
       TaskKind::kSame},
      {"object",
       {"Argue that this answer is wrong.", Asked() + "\n" + Fence("answer", Answer(0)), ""},
       TaskKind::kObject},
      {"write",
       {"", Asked() + "\n" + Fence("decided answer", "x") + Fence("material", "y"), ""},
       TaskKind::kWrite},
      {"debate",
       {"", Asked() + "\n" + Fence("your answer", "x") + Fence("answer", "y"), ""},
       TaskKind::kDebate},
      {"another schema", {"", QuestionText(kQuestion), R"({"type":"object"})"}, TaskKind::kFill},
      {"original",
       {"", R"({"phase":"Voting Phase","conclusion":"[q:0421] x","duty":"1 or 0"})", ""},
       TaskKind::kBlind},
      {"original, later",
       {"", R"({"phase":"General Discussion","originalPrompt":"[q:0421]","discussionStatus":"x"})",
        ""},
       TaskKind::kRefine},
      {"original, first",
       {"",
        R"({"phase":"General Discussion","originalPrompt":"[q:0421]",)"
        R"("discussionStatus":"[q:0421]"})",
        ""},
       TaskKind::kAnswer},
  };
  for (const KindCase& one : cases) {
    const Task task = ReadTask(one.text);
    EXPECT_EQ(task.kind, one.kind) << one.name;
    EXPECT_EQ(task.question, kQuestion) << one.name;
  }
}

TEST(Task, TokensAreThoseOfTheDesignOrMore) {
  EXPECT_EQ(ReadTask({"", QuestionText(1), ""}).prompt_tokens, 120);
  EXPECT_EQ(ReadTask({"", Asked() + "\n" + Fence("answer", "x"), ""}).prompt_tokens, 370);
  EXPECT_EQ(ReadTask({"", std::string(4000, 'x'), ""}).prompt_tokens, 1000);
}

class VoiceTest : public ::testing::Test {
 protected:
  std::string SayIt(const TaskText& text, Saying saying = {}) const {
    saying.format = text.format;
    return Say(minds_, ReadTask(text), saying).text;
  }
  const Minds minds_{MindOptions{}};
};

TEST_F(VoiceTest, AnAnswerFollowsFromModelQuestionAndSeed) {
  const TaskText text{"", QuestionText(kQuestion), ""};
  EXPECT_EQ(SayIt(text, {.mind = 0, .sample = 1}), SayIt(text, {.mind = 0, .sample = 1}));
  std::set<int> options;
  for (uint64_t sample = 0; sample < 200; ++sample) {
    for (size_t mind = 0; mind < 4; ++mind) {
      options.insert(*FindOption(kQuestion, SayIt(text, {.mind = mind, .sample = sample})));
    }
  }
  EXPECT_GT(options.size(), 1u);
}

TEST_F(VoiceTest, WhoAgreesRepeatsTheTextUnchanged) {
  const std::string standing = "At [q:0421] stands " + OptionWord(kQuestion, 0) + ", surely.";
  const TaskText text{"repeat it unchanged", Asked() + "\n" + Fence("answer", standing), ""};
  int repeated = 0;
  for (uint64_t sample = 0; sample < 100; ++sample) {
    const std::string said = SayIt(text, {.sample = sample});
    repeated += said == standing;
    EXPECT_TRUE(said == standing || FindOption(kQuestion, said) != 0) << said;
    EXPECT_EQ(SayIt(text, {.sample = sample, .settled = true}), standing);
  }
  EXPECT_GT(repeated, 50);
}

TEST_F(VoiceTest, RepliesToSchemasAreWhatTheyAskFor) {
  const std::string both =
      Asked() + "\n" + Fence("answer A", Answer(0)) + "\n" + Fence("answer B", Answer(1));
  const std::string ranking = SayIt({"", both, R"({"ranking":1})"});
  EXPECT_TRUE(ranking == R"({"ranking":["A","B"]})" || ranking == R"({"ranking":["B","A"]})");
  const std::string one = Asked() + "\n" + Fence("answer", Answer(2));
  EXPECT_EQ(SayIt({"", one, R"({"key":1,"kind":1})"}),
            R"({"key":")" + OptionWord(kQuestion, 2) + R"(","kind":"text","confidence":80})");
  const std::string vote = SayIt({"", one, R"({"vote":1})"});
  EXPECT_TRUE(vote == R"({"vote":0})" || vote == R"({"vote":1})") << vote;
}

TEST_F(VoiceTest, SameIsWhatNamesTheSameOption) {
  for (const int other : {0, 1}) {
    const std::string both = Asked() + "\n" + Fence("answer 1", Answer(0)) + "\n" +
                             Fence("answer 2", OptionWord(kQuestion, other));
    EXPECT_EQ(SayIt({"", both, R"({"same":1})"}), other == 0 ? R"({"same":1})" : R"({"same":0})");
  }
}

TEST_F(VoiceTest, AnObjectionSpeaksForAnotherOption) {
  for (int attacked = 0; attacked < kOptions; ++attacked) {
    const std::string said = SayIt({"Argue that this answer is wrong.",
                                    Asked() + "\n" + Fence("answer", Answer(attacked)), ""});
    EXPECT_NE(FindOption(kQuestion, said), attacked) << said;
  }
}

TEST_F(VoiceTest, AChairmanWritesTheDecidedAnswer) {
  const std::string said = SayIt(
      {"", Asked() + "\n" + Fence("decided answer", "bakilume") + Fence("material", "x"), ""});
  EXPECT_TRUE(said.ends_with("FINAL: bakilume"));
}

TEST_F(VoiceTest, JudgesWhoCanCheckApproveOfRightAnswersMoreOften) {
  MindOptions options;
  options.kappa = kCheckable;
  const Minds minds(options);
  int right = 0;
  int wrong = 0;
  for (uint64_t question = 0; question < 1000; ++question) {
    right += minds.Approves({0, question, 0}, kRight, Approval::kInformed);
    wrong += minds.Approves({0, question, 0}, kPopular, Approval::kInformed);
  }
  EXPECT_GT(right, wrong + 100);
}

}  // namespace
}  // namespace ollama_sim
