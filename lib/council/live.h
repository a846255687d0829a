// Live events of one run (council design 6.8): numbered without gaps, and what stands in them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/council/board.h"
#include "lib/council/decide.h"
#include "lib/council/run.h"
#include "lib/prompt/wire.h"

namespace council {

// Each lease numbers its events from (epoch - 1) * kSeqPerEpoch + 1 on, without gaps; 0 is
// run.queued. So numbers never come twice and never go back, also when a run is taken over, and
// the only step between them is announced by run.started.
inline constexpr int64_t kSeqPerEpoch = 1'000'000;

// Text of a model as it comes is sent in pieces, at most one in this time: a person reads no
// faster, and each piece is a message to every browser.
inline constexpr base::Duration kDeltaPeriod = std::chrono::milliseconds(120);

// Not thread-safe: the thread of the run owns it. `clock` outlives it.
class LiveFeed {
 public:
  using Send = std::function<void(const prompt::LiveEvent& event)>;
  LiveFeed(std::string run_id, int64_t epoch, const base::Clock& clock, Send send);

  void Emit(std::string_view type, base::OrderedJson data);

 private:
  const std::string run_id_;
  const base::Clock& clock_;
  const Send send_;
  int64_t seq_;
};

// Collects the pieces of one step and sends them as "step.delta", or "write.delta" for the text
// that the person will read. Whole characters only.
class DeltaBatch {
 public:
  DeltaBatch(LiveFeed& feed, const base::Clock& clock, const Call& call, std::string_view type);
  void Add(std::string_view piece);
  void Flush();  // Sends what is left, also half a character.

 private:
  void SendFirst(size_t bytes);
  LiveFeed& feed_;
  const base::Clock& clock_;
  const Call& call_;
  const std::string type_;
  std::string pending_;
  base::Duration last_;
};

base::OrderedJson StepJson(const Call& call);                             // {seat, stage, i, model}
base::OrderedJson SeatsJson(const RunSpec& spec);                         // [{name, model, family}]
base::OrderedJson ClustersJson(const RunSpec& spec, const Board& board);  // [{key, label, size, …}]
base::OrderedJson CompletedJson(const Decision& decision);

}  // namespace council
