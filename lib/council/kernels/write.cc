// WRITE: the chairman writes the decided answer for the person; a text that then says
// something else is thrown away (decide.cc).
#include <algorithm>

#include "lib/council/aggregate.h"
#include "lib/council/decide.h"
#include "lib/council/kernels/kernels.h"
#include "lib/council/kernels/prompts.h"
#include "lib/council/text/clean.h"

namespace council {
namespace {

constexpr int kWriteTokens = 700;
constexpr double kWriteTemperature = 0.3;

// What the other clusters say, largest first.
std::vector<std::string> Others(const Board& board, const Winner& winner) {
  std::vector<std::string> texts;
  for (size_t at = 0; at < board.clusters.size() && texts.size() < kArgumentsMax; ++at) {
    if (at != winner.cluster) texts.push_back(Shortest(board, board.clusters[at]).text);
  }
  return texts;
}

Call WriteCall(const StageView& view, const Seat& chairman, const Winner& winner) {
  Call call = MakeCall(view.spec, view.stage.label, chairman, 0);
  std::string user =
      Fenced("question", view.spec.question) + "\n" + Fenced("decided answer", winner.key) + "\n";
  const auto others = view.stage.wide ? Others(view.board, winner) : std::vector<std::string>();
  const size_t share = kMaterialBytesMax / (others.size() + 1);
  user += Fenced("material", CutText(winner.sample.text, share));
  for (const std::string& other : others) {
    user += "\n" + Fenced("another answer", CutText(other, share));
  }
  call.request.messages = {{"system", std::string(prompts::kWrite)}, {"user", user}};
  call.request.temperature = kWriteTemperature;
  call.request.num_predict = kWriteTokens;
  return call;
}

}  // namespace

std::vector<Call> WriteCalls(const StageView& view) {
  const auto winner = FindWinner(view.spec, view.board);
  // What has no short form cannot be checked, so it is shown as it was said.
  if (!winner || winner->sample.key.kind == KeyKind::kNone) return {};
  if (IsListAnswer(view.spec, view.board)) return {};
  if (!view.board.written && view.board.lost_models.contains(winner->sample.seat.model)) return {};
  if (!view.board.written) return {WriteCall(view, winner->sample.seat, *winner)};
  const Sample& written = *view.board.written;
  const bool unread = written.key.kind == KeyKind::kNone && !written.told;
  if (!written.usable() || !unread || written.asked >= kExtractTriesMax) return {};
  if (view.board.lost_models.contains(written.seat.model)) return {};
  return {ExtractCall(view.spec, written)};
}

}  // namespace council
