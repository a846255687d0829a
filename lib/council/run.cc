#include "lib/council/run.h"

#include <openssl/sha.h>

#include <algorithm>
#include <tuple>

#include "lib/base/json.h"
#include "lib/council/text/clean.h"

namespace council {
namespace {

constexpr int kContextTokens = 4096;             // Ollama's default below 24 GiB of video memory.
constexpr int kContextTokensLong = 16384;        // For questions that would not fit.
constexpr size_t kLongQuestionBytes = 6 * 1024;  // Some 2,000 tokens: half of the small context.

int64_t IntOr(const base::JsonView& json, std::string_view key) {
  const auto value = json.OptionalInt(key);
  return value && *value ? **value : 0;
}

std::string StringOr(const base::JsonView& json, std::string_view key) {
  auto value = json.OptionalString(key);
  return value && *value ? std::move(**value) : std::string();
}

}  // namespace

std::string WriteMetrics(const StepMetrics& metrics) {
  base::OrderedJson json = {{"tokens", metrics.tokens},
                            {"promptTokens", metrics.prompt_tokens},
                            {"ms", metrics.ms},
                            {"elapsedMs", metrics.elapsed_ms},
                            {"done", metrics.done}};
  if (!metrics.lost.empty()) json["lost"] = metrics.lost;
  if (metrics.truncated) json["truncated"] = true;
  return base::Dump(json);
}

StepMetrics ReadMetrics(std::string_view json) {
  StepMetrics metrics;
  const auto document = base::JsonDocument::Parse(json, kMetricsBytesMax);
  if (!document) return metrics;
  const base::JsonView root = document->root();
  metrics.tokens = IntOr(root, "tokens");
  metrics.prompt_tokens = IntOr(root, "promptTokens");
  metrics.ms = IntOr(root, "ms");
  metrics.elapsed_ms = IntOr(root, "elapsedMs");
  metrics.done = StringOr(root, "done");
  metrics.lost = StringOr(root, "lost");
  const auto truncated = root.OptionalBool("truncated");
  metrics.truncated = truncated && truncated->value_or(false);
  return metrics;
}

uint64_t Hash64(const std::vector<std::string_view>& parts) {
  std::string joined;
  for (const std::string_view part : parts) {
    joined += std::to_string(part.size());
    joined += ':';
    joined += part;
  }
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(joined.data()), joined.size(), digest);
  uint64_t hash = 0;
  for (size_t i = 0; i < sizeof hash; ++i) hash = hash << 8 | digest[i];
  return hash;
}

Call MakeCall(const RunSpec& spec, std::string_view label, const Seat& seat, int i) {
  Call call{.label = std::string(label), .seat = seat, .i = i, .request = {}};
  call.request.model = seat.model;
  // Servers keep seeds in a signed number; JavaScript reads 53 bits of it exactly.
  constexpr int kSeedShift = 64 - 53;
  call.request.seed = Hash64({spec.run_id, label, seat.name, std::to_string(i)}) >> kSeedShift;
  call.request.num_ctx =
      spec.question.size() > kLongQuestionBytes ? kContextTokensLong : kContextTokens;
  return call;
}

std::vector<Seat> SeatsOf(const Roster& roster, const StageSpec& stage) {
  std::vector<Seat> seats;
  switch (stage.bench) {
    case Bench::kSeats: {
      seats = roster.seats;
      std::ranges::sort(seats, [](const Seat& a, const Seat& b) {
        if (a.hit_rate != b.hit_rate) return a.hit_rate > b.hit_rate;
        if (a.size_bytes != b.size_bytes) return a.size_bytes > b.size_bytes;
        return a.name < b.name;
      });
      break;
    }
    case Bench::kMembersAsListed:
      return roster.members;
    case Bench::kElitesAsListed:
      return roster.elites;
    case Bench::kMembers:
    case Bench::kElites: {
      seats = stage.bench == Bench::kMembers ? roster.members : roster.elites;
      // Grouped by model, so that each is loaded once in a round.
      std::ranges::sort(seats, [](const Seat& a, const Seat& b) {
        return std::tie(a.model, a.name) < std::tie(b.model, b.name);
      });
      break;
    }
  }
  return seats;
}

std::string Fenced(std::string_view name, std::string_view text) {
  std::string fence = "---";
  while (text.contains(fence)) fence += '-';
  return fence + " " + std::string(name) + " begins " + fence + "\n" + std::string(text) + "\n" +
         fence + " " + std::string(name) + " ends " + fence;
}

}  // namespace council
