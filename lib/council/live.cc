#include "lib/council/live.h"

#include <algorithm>
#include <set>

#include "lib/council/aggregate.h"
#include "lib/council/text/clean.h"

namespace council {

LiveFeed::LiveFeed(std::string run_id, int64_t epoch, const base::Clock& clock, Send send)
    : run_id_(std::move(run_id)),
      clock_(clock),
      send_(std::move(send)),
      seq_(std::max<int64_t>(epoch - 1, 0) * kSeqPerEpoch) {}

void LiveFeed::Emit(std::string_view type, base::OrderedJson data) {
  send_({.run_id = run_id_,
         .seq = ++seq_,
         .ts_ms = clock_.UnixMs(),
         .type = std::string(type),
         .data = std::move(data)});
}

DeltaBatch::DeltaBatch(LiveFeed& feed, const base::Clock& clock, const Call& call,
                       std::string_view type)
    : feed_(feed), clock_(clock), call_(call), type_(type), last_(clock.Monotonic()) {}

void DeltaBatch::Add(std::string_view piece) {
  pending_ += piece;
  if (clock_.Monotonic() - last_ >= kDeltaPeriod) SendFirst(WholeCharacters(pending_));
}

void DeltaBatch::Flush() { SendFirst(pending_.size()); }

void DeltaBatch::SendFirst(size_t bytes) {
  if (bytes == 0) return;
  base::OrderedJson data = StepJson(call_);
  data["text"] = pending_.substr(0, bytes);
  pending_.erase(0, bytes);
  last_ = clock_.Monotonic();
  feed_.Emit(type_, std::move(data));
}

base::OrderedJson StepJson(const Call& call) {
  return {
      {"seat", call.seat.name}, {"stage", call.label}, {"i", call.i}, {"model", call.seat.model}};
}

base::OrderedJson SeatsJson(const RunSpec& spec) {
  auto json = base::OrderedJson::array();
  std::set<std::string> seen;
  for (const StageSpec& stage : spec.preset->stages) {
    auto seats = SeatsOf(spec.roster, stage);
    const auto taking = std::min(seats.size(), static_cast<size_t>(stage.seats_max));
    seats.resize(taking);
    for (const Seat& seat : seats) {
      if (!seen.insert(seat.name).second) continue;
      json.push_back({{"name", seat.name}, {"model", seat.model}, {"family", seat.family}});
    }
  }
  return json;
}

base::OrderedJson ClustersJson(const RunSpec& spec, const Board& board) {
  auto json = base::OrderedJson::array();
  if (board.clusters.empty()) return json;
  const Ruling ruling = RuleBoard(spec, board);
  double sum = 0;
  for (const double score : ruling.scores) sum += score;
  for (size_t at = 0; at < board.clusters.size(); ++at) {
    const Cluster& cluster = board.clusters[at];
    std::set<std::string> names;
    for (const size_t sample : cluster.samples) names.insert(board.samples[sample].seat.name);
    json.push_back({{"key", CutText(cluster.key, kKeyBytesMax)},
                    {"label", cluster.label},
                    {"size", cluster.samples.size()},
                    {"weight", ruling.scores[at]},
                    {"share", sum > 0 ? ruling.scores[at] / sum : 0},
                    {"families", cluster.families.size()},
                    {"seats", names}});
    if (cluster.checked.finding == check::Finding::kWrong) json.back()["check"] = "wrong";
    if (cluster.checked.finding == check::Finding::kRight) json.back()["check"] = "right";
  }
  return json;
}

base::OrderedJson CompletedJson(const Decision& decision) {
  base::OrderedJson json = prompt::VerdictJson(decision.verdict);
  json["answer"] = decision.answer;
  return json;
}

}  // namespace council
