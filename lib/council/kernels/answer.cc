// ANSWER: seats answer alone, some samples each; a seat whose answer shows no key is asked for
// it while its model is still loaded (EXTRACT).
#include <algorithm>
#include <set>

#include "lib/council/aggregate.h"
#include "lib/council/kernels/kernels.h"

namespace council {
namespace {

constexpr int kAnswerTokens = 512;
constexpr double kAnswerTemperature = 0.7;

constexpr std::string_view kAnswerSystem =
    "Answer the user's question correctly and briefly, in the language of the question. "
    "If it has a short answer (a number, a name, a date, a choice, yes or no), end with one line:\n"
    "FINAL: the short answer";

Call SampleCall(const StageView& view, const Seat& seat, int i) {
  Call call = MakeCall(view.spec, view.stage.label, seat, i);
  const std::string lead = seat.persona.empty() ? "" : seat.persona + "\n";
  call.request.messages = {{"system", lead + std::string(kAnswerSystem)},
                           {"user", view.spec.question}};
  call.request.temperature = kAnswerTemperature;
  call.request.num_predict = kAnswerTokens;
  return call;
}

// Whether the seat has given a usable answer in this stage, or in another one.
enum class Where { kHere, kElsewhere };
bool HasAnswered(const StageView& view, const Seat& seat, Where where) {
  return std::ranges::any_of(view.board.samples, [&](const Sample& sample) {
    const bool here = sample.label == view.stage.label;
    return sample.seat.name == seat.name && here == (where == Where::kHere) &&
           (sample.usable() || where == Where::kElsewhere);
  });
}

// Who takes part: the first of the bench that were not asked in a stage before. A seat that is
// lost without an answer gives its place to the next one.
std::vector<Seat> TakingPart(const StageView& view) {
  std::vector<Seat> taking;
  for (const Seat& seat : SeatsOf(view.spec.roster, view.stage)) {
    if (static_cast<int>(taking.size()) >= view.stage.seats_max) break;
    if (HasAnswered(view, seat, Where::kElsewhere)) continue;
    const bool lost = view.board.lost_models.contains(seat.model);
    if (!lost || HasAnswered(view, seat, Where::kHere)) taking.push_back(seat);
  }
  return taking;
}

int Asked(const StageView& view, const Seat& seat) {
  const auto it = view.board.asked.find(std::string(view.stage.label) + "/" + seat.name);
  return it == view.board.asked.end() ? 0 : it->second;
}

// The least that the leader and the most that any other answer can still reach, however the
// samples that are left come out; true where the leader cannot be caught any more.
bool IsSettled(const StageView& view, const std::vector<Seat>& seats) {
  const Board& board = view.board;
  if (board.clusters.empty()) return false;
  const auto samples = static_cast<double>(view.stage.samples);
  double weights = 0;
  std::vector<double> least(board.clusters.size(), 0);
  std::vector<double> most(board.clusters.size() + 1, 0);  // The last: an answer not yet given.
  for (const Seat& seat : seats) {
    const double weight = SeatWeight(seat.hit_rate);
    weights += weight;
    const double open = samples - std::min(samples, static_cast<double>(Asked(view, seat)));
    for (size_t at = 0; at <= board.clusters.size(); ++at) {
      double here = 0;
      if (at < board.clusters.size()) {
        here = static_cast<double>(std::ranges::count_if(
            board.clusters[at].samples,
            [&](size_t sample) { return board.samples[sample].seat.name == seat.name; }));
        least[at] += weight * (here / samples) * (here / samples);
      }
      most[at] += weight * ((here + open) / samples) * ((here + open) / samples);
    }
  }
  // The largest cluster comes first, so it leads wherever something is settled.
  const double rival = *std::max_element(most.begin() + 1, most.end());
  return least[0] - rival > kTieShare * weights;
}

}  // namespace

std::vector<Call> AnswerCalls(const StageView& view) {
  const std::vector<Seat> seats = TakingPart(view);
  std::vector<Call> calls;
  for (const Seat& seat : seats) {
    const bool lost = view.board.lost_models.contains(seat.model);
    for (const Sample& sample : view.board.samples) {
      const bool mine = sample.label == view.stage.label && sample.seat.name == seat.name;
      if (mine && !lost && sample.usable() && sample.key.kind == KeyKind::kNone && !sample.asked &&
          view.stage.extract) {
        calls.push_back(ExtractCall(view.spec, view.stage.label, sample));
      }
    }
    if (lost || (view.stage.stop_early && IsSettled(view, seats))) continue;
    for (int i = Asked(view, seat); i < view.stage.samples; ++i) {
      calls.push_back(SampleCall(view, seat, i));
    }
  }
  return calls;
}

}  // namespace council
