// RANK: each reviewer orders all answers, without names, in an order of its own. What it says of
// its own family's answer does not count, but without that answer to compare with, a dispute of two
// would have no judge: docs/council.md has what that costs.
#include <algorithm>

#include "lib/council/aggregate.h"
#include "lib/council/kernels/kernels.h"
#include "lib/council/kernels/prompts.h"
#include "lib/council/text/clean.h"

namespace council {
namespace {

constexpr int kRankTokens = 160;

std::string Schema(size_t answers) {
  std::string labels;
  for (size_t i = 0; i < answers; ++i) {
    labels += std::string(i == 0 ? "" : ",") + "\"" + static_cast<char>('A' + i) + "\"";
  }
  const std::string count = std::to_string(answers);
  return R"({"type":"object","properties":{"ranking":{"type":"array","minItems":)" + count +
         R"(,"maxItems":)" + count + R"(,"items":{"type":"string","enum":[)" + labels +
         R"(]}}},"required":["ranking"]})";
}

Call RankCall(const StageView& view, const Seat& reviewer) {
  Call call = MakeCall(view.spec, view.stage.label, reviewer, 0);
  const auto sheet = SheetOrder(view.board, call.request.seed);
  std::string user = Fenced("question", view.spec.question);
  for (size_t at = 0; at < sheet.size(); ++at) {
    const std::string name = std::string("answer ") + static_cast<char>('A' + at);
    const std::string& text = Shortest(view.board, view.board.clusters[sheet[at]]).text;
    user += "\n" + Fenced(name, CutText(text, kSheetBytesMax / sheet.size()));
  }
  call.request.messages = {{"system", std::string(prompts::kRank)}, {"user", user}};
  call.request.temperature = 0;
  call.request.num_predict = kRankTokens;
  call.request.format_schema = Schema(sheet.size());
  return call;
}

}  // namespace

std::vector<Call> RankCalls(const StageView& view) {
  std::vector<Call> calls;
  int reviewers = 0;
  for (const Seat& seat : SeatsOf(view.spec.roster, view.stage)) {
    if (reviewers++ >= view.stage.seats_max) break;
    if (view.board.lost_models.contains(seat.model)) continue;
    const bool done = std::ranges::any_of(
        view.board.rankings, [&](const Ballot& ballot) { return ballot.seat.name == seat.name; });
    if (done || view.board.clusters.size() < 2) continue;
    calls.push_back(RankCall(view, seat));
  }
  return calls;
}

}  // namespace council
