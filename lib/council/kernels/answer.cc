// ANSWER: seats answer alone, some samples each; a seat whose answer shows no key is asked for
// it while its model is still loaded (EXTRACT).
#include <algorithm>
#include <set>

#include "lib/council/aggregate.h"
#include "lib/council/kernels/kernels.h"
#include "lib/council/kernels/prompts.h"
#include "lib/council/stop.h"

namespace council {
namespace {

constexpr int kAnswerTokens = 512;
constexpr double kAnswerTemperature = 0.7;

std::string_view PromptFor(Form form) {
  switch (form) {
    case Form::kFree:
      return prompts::kAnswer;
    case Form::kYesNo:
      return prompts::kYesNo;
    case Form::kList:
      return prompts::kIdeas;
  }
  return prompts::kAnswer;
}

Call SampleCall(const StageView& view, const Seat& seat, int i) {
  Call call = MakeCall(view.spec, view.stage.label, seat, i);
  const std::string lead = seat.persona.empty() ? "" : seat.persona + "\n";
  call.request.messages = {{"system", lead + std::string(PromptFor(view.stage.form))},
                           {"user", view.spec.question}};
  call.request.temperature = kAnswerTemperature;
  call.request.num_predict = kAnswerTokens;
  return call;
}

// Whether the seat has given a usable answer in this stage, or in another one.
enum class Where { kHere, kElsewhere };
bool HasAnswered(const StageView& view, const Seat& seat, Where where) {
  return std::ranges::any_of(view.board.said, [&](const Sample& sample) {
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

// The least that the leader and the most that any other answer can still reach, however the
// samples that are left come out; true where the leader cannot be caught any more.
bool IsOutOfReach(const StageView& view, const std::vector<Seat>& seats) {
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

// The seats of this stage that have not been asked at all.
double WeightOfUnasked(const StageView& view, const std::vector<Seat>& seats) {
  double weight = 0;
  for (const Seat& seat : seats) {
    if (Asked(view, seat) == 0) weight += SeatWeight(seat.hit_rate);
  }
  return weight;
}

bool IsEnough(const StageView& view, const std::vector<Seat>& seats, const Seat& next) {
  switch (view.stage.stop) {
    case Stop::kNever:
      return false;
    case Stop::kSamples:
      return IsOutOfReach(view, seats);
    case Stop::kGroups:
      return Asked(view, next) == 0 &&
             IsSettled(view.spec, view.board, WeightOfUnasked(view, seats));
  }
  return false;
}

}  // namespace

std::vector<Call> AnswerCalls(const StageView& view) {
  const std::vector<Seat> seats = TakingPart(view);
  std::vector<Call> missing = MissingKeys(view);
  std::vector<Call> calls;
  for (const Seat& seat : seats) {
    // A seat says its keys while its model is still loaded.
    for (Call& call : missing) {
      if (call.seat.name == seat.name) calls.push_back(std::move(call));
    }
    if (view.board.lost_models.contains(seat.model) || IsEnough(view, seats, seat)) continue;
    for (int i = Asked(view, seat); i < view.stage.samples; ++i) {
      calls.push_back(SampleCall(view, seat, i));
    }
  }
  return calls;
}

}  // namespace council
