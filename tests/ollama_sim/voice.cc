#include "tests/ollama_sim/voice.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "lib/base/json.h"
#include "lib/simulator/schema.h"
#include "tests/ollama_sim/bank.h"
#include "tests/ollama_sim/chance.h"

namespace ollama_sim {
namespace {

// Council design 7.3.
constexpr int64_t kAnswerTokens = 250;
constexpr int64_t kVoteTokens = 30;     // In words.
constexpr int64_t kVoteJsonTokens = 8;  // {"vote": 1}: ours; the design has votes in words only.
constexpr int64_t kRankTokens = 120;
constexpr int64_t kWriteTokens = 350;
constexpr int64_t kKeyTokens = 25;  // {"key": …}: ours.
constexpr double kWordsPerHundred = 100;
constexpr int kUnknownOption = -1;  // A text that names none of the four.

int OptionOf(const Task& task, const std::string& text) {
  return FindOption(task.question, text).value_or(kUnknownOption);
}

Utterance SayAnswer(const Task& task, int option, uint64_t sample) {
  return {AnswerText(task.question, option, sample), kAnswerTokens};
}

Utterance SayRefined(const Minds& minds, const Task& task, const Saying& saying) {
  const int standing = OptionOf(task, task.texts[0]);
  const Thought thought{saying.mind, task.question, saying.sample};
  const int option = saying.settled ? standing : minds.Refine(thought, standing);
  if (option == standing) return {task.texts[0], kAnswerTokens};
  return SayAnswer(task, option, saying.sample);
}

Utterance SayDebated(const Minds& minds, const Task& task, const Saying& saying) {
  const Thought thought{saying.mind, task.question, saying.sample};
  int own = OptionOf(task, task.own);
  if (own == kUnknownOption) own = minds.Answer(thought);
  std::vector<int> peers;
  for (const std::string& text : task.texts) {
    if (const auto option = FindOption(task.question, text)) peers.push_back(*option);
  }
  // The council shows one argument for each other answer and no counts, so the one that a mind
  // follows is any of them.
  if (!peers.empty()) {
    Chance chance({task.question, saying.sample, saying.mind});
    peers = {peers[chance.Below(peers.size())]};
  }
  return SayAnswer(task, minds.Debate(thought, own, peers, Conformity::kAnyMode), saying.sample);
}

Utterance SayKey(const Task& task) {
  const std::string& text = task.texts.empty() ? task.own : task.texts[0];
  const auto option = FindOption(task.question, text);
  constexpr int kConfidence = 80;  // Small models are always sure.
  return {base::Dump({{"key", option ? OptionWord(task.question, *option) : ""},
                      {"kind", "text"},
                      {"confidence", kConfidence}}),
          kKeyTokens};
}

Utterance SayRanking(const Minds& minds, const Task& task, const Saying& saying) {
  std::vector<Exhibit> sheet;
  for (const std::string& text : task.texts) {
    const auto words = std::ranges::count(text, ' ') + 1;
    sheet.push_back({OptionOf(task, text), static_cast<double>(words) / kWordsPerHundred});
  }
  auto labels = base::OrderedJson::array();
  for (const size_t at : minds.Rank({saying.mind, task.question, saying.sample}, sheet)) {
    labels.push_back(task.labels[at]);
  }
  return {base::Dump({{"ranking", std::move(labels)}}), kRankTokens};
}

// What the original asked for: 1 or 0, and models like to explain themselves.
Utterance SayBlindVote(const Minds& minds, const Task& task, const Saying& saying) {
  const Thought thought{saying.mind, task.question, saying.sample};
  const bool yes = minds.Approves(thought, OptionOf(task, task.texts[0]), Approval::kBlind);
  constexpr std::array<std::string_view, 3> kYes = {"1", "1.", "I vote 1"};
  constexpr std::array<std::string_view, 3> kNo = {"0", "0.", "I vote 0"};
  return {std::string((yes ? kYes : kNo).at(saying.sample % kYes.size())), kVoteTokens};
}

Utterance SaySame(const Task& task) {
  const bool same = OptionOf(task, task.texts[0]) == OptionOf(task, task.texts[1]);
  return {base::Dump({{"same", same ? 1 : 0}}), kVoteJsonTokens};
}

// Speaks for what this mind believes, or where it believes the answer too, for another.
Utterance SayObjection(const Minds& minds, const Task& task, const Saying& saying) {
  const int attacked = OptionOf(task, task.texts[0]);
  int option = minds.Answer({saying.mind, task.question, saying.sample});
  if (option == attacked) option = attacked == kPopular ? kRight : kPopular;
  return {"That is wrong: the count is off by one. At its place stands " +
              OptionWord(task.question, option) + ".",
          kAnswerTokens};
}

Utterance SayFilled(const Task& task, const Saying& saying) {
  auto filled = simulator::FillSchema(
      saying.format, {.key = OptionWord(task.question, kRight), .kind = "text", .sure = true});
  return {filled ? *std::move(filled) : "{}", kKeyTokens};
}

}  // namespace

Utterance Say(const Minds& minds, const Task& task, const Saying& saying) {
  const Thought thought{saying.mind, task.question, saying.sample};
  switch (task.kind) {
    case TaskKind::kAnswer:
      return SayAnswer(task, minds.Answer(thought), saying.sample);
    case TaskKind::kRefine:
      return SayRefined(minds, task, saying);
    case TaskKind::kExtract:
      return SayKey(task);
    case TaskKind::kApprove: {
      const std::string& text = task.texts.empty() ? task.own : task.texts[0];
      const bool yes = minds.Approves(thought, OptionOf(task, text), Approval::kInformed);
      return {base::Dump({{"vote", yes ? 1 : 0}}), kVoteJsonTokens};
    }
    case TaskKind::kBlind:
      return SayBlindVote(minds, task, saying);
    case TaskKind::kRank:
      return SayRanking(minds, task, saying);
    case TaskKind::kDebate:
      return SayDebated(minds, task, saying);
    case TaskKind::kSame:
      return SaySame(task);
    case TaskKind::kObject:
      return SayObjection(minds, task, saying);
    case TaskKind::kWrite:
      return {"The word there is " + task.decided + ".\nFINAL: " + task.decided, kWriteTokens};
    case TaskKind::kFill:
      return SayFilled(task, saying);
  }
  return {};
}

}  // namespace ollama_sim
