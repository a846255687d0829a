// APPROVE: judges see the question and one statement each time, and vote 1 or 0. Grouped by
// judge, so that each model is loaded once.
#include <algorithm>

#include "lib/base/json.h"
#include "lib/council/kernels/kernels.h"
#include "lib/council/kernels/prompts.h"

namespace council {
namespace {

constexpr int kVoteTokens = 16;
constexpr int kStrictTokens = 64;           // Of replies that had no bound, for a 0 or a 1.
constexpr double kStrictTemperature = 0.8;  // What the original left to the server.

// The original asked for a vote on a statement without showing the question.
void AskAsOriginal(ChatRequest& request, const Seat& judge, std::string_view statement) {
  request.messages = {{"system", judge.persona},
                      {"user", base::Dump({{"phase", prompts::kStrictVoting},
                                           {"conclusion", statement},
                                           {"duty", prompts::kStrictVotingDuty}})}};
  request.temperature = kStrictTemperature;
  request.num_predict = kStrictTokens;
}

Call VoteCall(const StageView& view, const Seat& judge, size_t cluster) {
  Call call = MakeCall(view.spec, view.stage.label, judge, static_cast<int>(cluster));
  const Cluster& asked = view.board.clusters[cluster];
  const std::string statement = asked.samples.empty() ? "" : Shortest(view.board, asked).text;
  if (view.spec.preset->choice == Choice::kFirstMost) {
    AskAsOriginal(call.request, judge, statement);
    return call;
  }
  call.request.messages = {
      {"system", judge.persona + std::string(prompts::kApprove)},
      {"user", Fenced("question", view.spec.question) + "\n" + Fenced("answer", statement)}};
  call.request.temperature = 0;
  call.request.num_predict = kVoteTokens;
  call.request.format_schema = prompts::kApproveSchema;
  return call;
}

}  // namespace

std::vector<Call> ApproveCalls(const StageView& view) {
  std::vector<Call> calls;
  const bool strict = view.spec.preset->choice == Choice::kFirstMost;
  if (view.board.clusters.size() < 2 && !strict) return calls;  // Nothing to choose from.
  int judges = 0;
  for (const Seat& judge : SeatsOf(view.spec.roster, view.stage)) {
    if (view.board.lost_models.contains(judge.model)) continue;
    if (judges++ >= view.stage.seats_max) break;
    for (size_t at = 0; at < view.board.clusters.size(); ++at) {
      const bool voted = std::ranges::any_of(view.board.approvals, [&](const Ballot& ballot) {
        return ballot.seat.name == judge.name && ballot.i == static_cast<int>(at);
      });
      if (!voted) calls.push_back(VoteCall(view, judge, at));
    }
  }
  return calls;
}

}  // namespace council
