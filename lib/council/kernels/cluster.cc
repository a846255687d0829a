// CLUSTER: rules say which answers are the same (clusters.h); where they cannot, a model is asked
// about the pair. The port Model has no embeddings, so it is one call for each unsure pair.
#include <algorithm>

#include "lib/council/clusters.h"
#include "lib/council/kernels/kernels.h"
#include "lib/council/kernels/prompts.h"
#include "lib/council/text/clean.h"

namespace council {
namespace {

constexpr int kSameTokens = 16;

// Who is asked: the model that spoke last is still loaded.
std::optional<Seat> Asker(const StageView& view) {
  const Board& board = view.board;
  if (board.last_seat && !board.lost_models.contains(board.last_seat->model)) {
    return board.last_seat;
  }
  for (const Seat& seat : SeatsOf(view.spec.roster, view.stage)) {
    if (!board.lost_models.contains(seat.model)) return seat;
  }
  return std::nullopt;
}

const Sample* Find(const Board& board, size_t place) {
  const auto it = std::ranges::find(board.samples, place, &Sample::said_at);
  return it == board.samples.end() ? nullptr : &*it;
}

}  // namespace

std::vector<Call> ClusterCalls(const StageView& view) {
  const auto done = view.board.steps.find(std::string(view.stage.label));
  if (done != view.board.steps.end() && done->second >= kPairsMax) return {};
  const auto pairs = UnsurePairs(view.board);
  const auto asker = Asker(view);
  if (pairs.empty() || !asker) return {};
  const auto [a, b] = pairs.front();
  const Sample* first = Find(view.board, a);
  const Sample* second = Find(view.board, b);
  if (first == nullptr || second == nullptr) return {};
  Call call = MakeCall(view.spec, view.stage.label, *asker,
                       static_cast<int>(a) * kPairBase + static_cast<int>(b));
  const auto text = [](const Sample& sample) {
    const bool keyed = sample.key.kind != KeyKind::kNone;
    return CutText(keyed ? sample.key.text : sample.text, kSheetBytesMax / 2);
  };
  call.request.messages = {
      {"system", std::string(prompts::kSame)},
      {"user", Fenced("question", view.spec.question) + "\n" + Fenced("answer 1", text(*first)) +
                   "\n" + Fenced("answer 2", text(*second))}};
  call.request.temperature = 0;
  call.request.num_predict = kSameTokens;
  call.request.format_schema = prompts::kSameSchema;
  return {call};
}

}  // namespace council
