// DEVIL: the best model argues that the leading answer is wrong; then the leader's side answers
// once more, having seen the objection. That answer is one more sample of its seat: an objection
// can cost the leader votes, but not turn it over alone, since small models give in too easily.
#include <algorithm>

#include "lib/council/decide.h"
#include "lib/council/kernels/kernels.h"
#include "lib/council/kernels/prompts.h"
#include "lib/council/text/clean.h"

namespace council {
namespace {

constexpr int kObjectionTokens = 350;
constexpr int kAnswerTokens = 512;
constexpr double kTemperature = 0.7;

std::optional<Seat> BestSeat(const StageView& view) {
  for (const Seat& seat : SeatsOf(view.spec.roster, view.stage)) {
    if (!view.board.lost_models.contains(seat.model)) return seat;
  }
  return std::nullopt;
}

Call Prepared(const StageView& view, const Seat& seat, int i) {
  Call call = MakeCall(view.spec, view.stage.label, seat, i);
  call.request.temperature = kTemperature;
  call.request.num_predict = i == 0 ? kObjectionTokens : kAnswerTokens;
  return call;
}

}  // namespace

std::vector<Call> DevilCalls(const StageView& view) {
  const Board& board = view.board;
  const Board before = Before(view.spec, board, view.stage.label);
  const auto leader = FindWinner(view.spec, before);
  if (!leader) return {};
  const auto it = board.steps.find(std::string(view.stage.label));
  const int done = it == board.steps.end() ? 0 : it->second;
  const std::string question = Fenced("question", view.spec.question) + "\n";
  if (done == 0) {
    const auto devil = BestSeat(view);
    if (!devil) return {};
    Call call = Prepared(view, *devil, 0);
    call.request.messages = {
        {"system", std::string(prompts::kDevil)},
        {"user", question + Fenced("answer", CutText(leader->sample.text, kSheetBytesMax))}};
    return {call};
  }
  if (done > 1) return MissingKeys(view);
  if (board.objection.empty()) return {};
  const Seat& seat = leader->sample.seat;
  if (board.lost_models.contains(seat.model)) return {};
  Call call = Prepared(view, seat, 1);
  call.request.messages = {
      {"system", std::string(prompts::kAnswerDevil)},
      {"user", question + Fenced("your answer", CutText(leader->sample.text, kSheetBytesMax / 2)) +
                   "\n" + Fenced("objection", CutText(board.objection, kSheetBytesMax / 2))}};
  return {call};
}

}  // namespace council
