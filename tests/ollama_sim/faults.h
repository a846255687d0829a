// What goes wrong, how often, and when: drawn from a seed, so that a run can be repeated.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace ollama_sim {

enum class Fault {
  kNone,
  kBusy,       // 503
  kBroken,     // 500
  kMissing,    // 404, as if the model had been deleted.
  kErrorLine,  // {"error":…} in the middle of the stream.
  kCut,        // The stream ends without its last line.
  kStall,      // It stops in the middle and stays open.
  kSlow,       // The first byte comes kSlowFactor times later than it should.
  kBadJson,    // A reply to a schema that is none.
  kEmpty,      // No text at all.
  kLoop,       // The same words until num_predict is reached.
  kThinkLeak,  // Thinking stands in the answer.
  kOverflow,   // The prompt is cut to half of the context.
  kCrash,      // The connection ends without an answer; the model has to be loaded again.
};
inline constexpr int kFaultKinds = 14;

// "busy", "broken", "missing", "error-line", "cut", "stall", "slow", "bad-json", "empty", "loop",
// "think-leak", "overflow", "crash"; "" for kNone.
std::string_view FaultName(Fault fault);

struct FaultPlan {
  uint64_t seed = 1;
  std::array<double, kFaultKinds> chance{};  // By Fault.
};

// "busy=0.05,bad-json=0.05"; a name without "=" always happens.
base::Result<FaultPlan> ParseFaults(std::string_view text, uint64_t seed);

// One call; a repeated one has another chance.
struct FaultKey {
  std::string model;
  uint64_t question = 0;
  uint64_t sample = 0;
};

// Thread-safe. Remembers each call that was made while there are faults.
class Faults {
 public:
  explicit Faults(FaultPlan plan) : plan_(plan) {}
  Fault Next(const FaultKey& key);
  void Change(FaultPlan plan);

 private:
  std::mutex mutex_;
  FaultPlan plan_;
  std::map<uint64_t, uint64_t> tries_;
};

}  // namespace ollama_sim
