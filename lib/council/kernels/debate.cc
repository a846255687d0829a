// DEBATE: whoever does not hold the leading answer sees its own answer and one argument for each
// other answer: no names, no counts. All of a round see what was held before it.
#include <algorithm>

#include "lib/council/aggregate.h"
#include "lib/council/kernels/kernels.h"
#include "lib/council/kernels/prompts.h"
#include "lib/council/text/clean.h"

namespace council {
namespace {

constexpr int kDebateTokens = 350;
constexpr double kDebateTemperature = 0.7;

// The cluster in which `seat` has most of its answers; nothing for a seat without one.
std::optional<size_t> ClusterOf(const Board& board, const Seat& seat) {
  std::optional<size_t> best;
  std::ptrdiff_t most = 0;
  for (size_t at = 0; at < board.clusters.size(); ++at) {
    const auto here = std::ranges::count_if(board.clusters[at].samples, [&](size_t sample) {
      return board.samples[sample].seat.name == seat.name;
    });
    if (here > most) {
      most = here;
      best = at;
    }
  }
  return best;
}

// The cluster whose seats keep their answer: ahead of all others, not only by a tie rule.
std::optional<size_t> Majority(const RunSpec& spec, const Board& board) {
  const Ruling ruling = RuleBoard(spec, board);
  if (ruling.margin <= kTieShare) return std::nullopt;
  return ruling.winner;
}

Call DebateCall(const StageView& view, const Board& before, const Seat& seat, size_t own) {
  Call call = MakeCall(view.spec, view.stage.label, seat, 0);
  // Which argument comes first is another lot for each seat.
  std::vector<size_t> others;
  for (size_t at = 0; at < before.clusters.size() && others.size() < kArgumentsMax; ++at) {
    if (at != own) others.push_back(at);
  }
  const std::string salt = std::to_string(call.request.seed);
  std::ranges::sort(others, {}, [&](size_t at) { return Hash64({salt, before.clusters[at].key}); });
  const size_t share = kSheetBytesMax / (others.size() + 1);
  const auto mine = std::ranges::find_if(before.clusters[own].samples, [&](size_t at) {
    return before.samples[at].seat.name == seat.name;
  });
  std::string user = Fenced("question", view.spec.question) + "\n" +
                     Fenced("your answer", CutText(before.samples[*mine].text, share));
  for (const size_t at : others) {
    user +=
        "\n" + Fenced("another answer", CutText(Shortest(before, before.clusters[at]).text, share));
  }
  const std::string lead = seat.persona.empty() ? "" : seat.persona + "\n";
  call.request.messages = {{"system", lead + std::string(prompts::kDebate)}, {"user", user}};
  call.request.temperature = kDebateTemperature;
  call.request.num_predict = kDebateTokens;
  return call;
}

}  // namespace

std::vector<Call> DebateCalls(const StageView& view) {
  const Board before = Before(view.spec, view.board, view.stage.label);
  if (before.clusters.size() < 2) return {};
  const auto majority = Majority(view.spec, before);
  std::vector<Call> missing = MissingKeys(view);
  std::vector<Call> calls;
  int taking = 0;
  for (const Seat& seat : SeatsOf(view.spec.roster, view.stage)) {
    const auto own = ClusterOf(before, seat);
    if (!own || own == majority || taking++ >= view.stage.seats_max) continue;
    for (Call& call : missing) {
      if (call.seat.name == seat.name) calls.push_back(std::move(call));
    }
    const bool lost = view.board.lost_models.contains(seat.model);
    if (!lost && Asked(view, seat) == 0) calls.push_back(DebateCall(view, before, seat, *own));
  }
  return calls;
}

}  // namespace council
