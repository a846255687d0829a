// REFINE_CHAIN: one text goes round the members; each repeats it or improves it, until the time
// is over or a whole round has changed nothing.
#include <algorithm>

#include "lib/base/json.h"
#include "lib/council/kernels/kernels.h"
#include "lib/council/kernels/prompts.h"
#include "lib/council/text/clean.h"

namespace council {
namespace {

constexpr int kRefineTokens = 512;
constexpr double kRefineTemperature = 0.7;
constexpr int kStrictTokens = 2048;         // The original had no bound; its texts had one.
constexpr double kStrictTemperature = 0.8;  // What the original left to the server.

bool IsStrict(const StageView& view) { return view.spec.preset->choice == Choice::kFirstMost; }

// The text that the next member sees: the last one that says something.
std::string Previous(const Board& board) {
  for (auto it = board.chain.rbegin(); it != board.chain.rend(); ++it) {
    if (it->usable()) return it->text;
  }
  return {};
}

bool IsRepeat(std::string_view before, std::string_view after) {
  return Words(before) == Words(after);
}

// Everybody has seen the same text and nobody changed it.
bool HasSettled(const Board& board, size_t members) {
  if (board.chain.size() <= members) return false;
  const auto last_round = board.chain.end() - static_cast<std::ptrdiff_t>(members);
  const std::string& text = board.chain.back().text;
  if (text.empty() || !IsRepeat((last_round - 1)->text, text)) return false;
  return std::all_of(last_round, board.chain.end(),
                     [&](const Sample& said) { return IsRepeat(said.text, text); });
}

// The original gave JSON, and took whatever came last, also nothing.
void AskAsOriginal(const StageView& view, const Seat& seat, ChatRequest& request) {
  const auto& chain = view.board.chain;
  const std::string& status = chain.empty() ? view.spec.question : chain.back().text;
  request.messages = {{"system", seat.persona},
                      {"user", base::Dump({{"phase", prompts::kStrictDiscussion},
                                           {"originalPrompt", view.spec.question},
                                           {"discussionStatus", status},
                                           {"duty", prompts::kStrictDiscussionDuty}})}};
  request.temperature = kStrictTemperature;
  request.num_predict = kStrictTokens;
}

Call RefineCall(const StageView& view, const Seat& seat, int round) {
  Call call = MakeCall(view.spec, view.stage.label, seat, round);
  if (IsStrict(view)) {
    AskAsOriginal(view, seat, call.request);
    return call;
  }
  const std::string previous = Previous(view.board);
  if (previous.empty()) {
    call.request.messages = {{"system", seat.persona + std::string(prompts::kOpen)},
                             {"user", view.spec.question}};
  } else {
    call.request.messages = {
        {"system", seat.persona + std::string(prompts::kRefine)},
        {"user", Fenced("question", view.spec.question) + "\n" + Fenced("answer", previous)}};
  }
  call.request.temperature = kRefineTemperature;
  call.request.num_predict = kRefineTokens;
  return call;
}

}  // namespace

std::vector<Call> RefineChainCalls(const StageView& view) {
  std::vector<Seat> members;
  for (Seat& seat : SeatsOf(view.spec.roster, view.stage)) {
    const bool lost = view.board.lost_models.contains(seat.model);
    if (!lost && static_cast<int>(members.size()) < view.stage.seats_max) {
      members.push_back(std::move(seat));
    }
  }
  if (members.empty()) return {};
  // Whoever has spoken least is next; in the order of the table among equals.
  const Seat* next = nullptr;
  int rounds = kRoundsMax;
  for (const Seat& seat : members) {
    const int spoken = Asked(view, seat);
    if (spoken < rounds) {
      rounds = spoken;
      next = &seat;
    }
  }
  if (next == nullptr) return {};
  const int64_t left_ms = view.spec.discussion_ms - view.board.elapsed_ms;
  if (IsStrict(view)) {
    // The original looked "now > end" inside a round, and "now < end" before one.
    const bool inside = next != &members.front();
    if (inside ? left_ms < 0 : left_ms <= 0) return {};
  } else if (left_ms <= 0 || HasSettled(view.board, members.size())) {
    return {};
  }
  return {RefineCall(view, *next, rounds)};
}

}  // namespace council
