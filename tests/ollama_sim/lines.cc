#include "tests/ollama_sim/lines.h"

#include <cstdint>

#include "lib/base/json.h"

namespace ollama_sim {
namespace {

int64_t Nanoseconds(double seconds) {
  constexpr double kNano = 1e9;
  return static_cast<int64_t>(seconds * kNano);
}

struct Said {
  std::string text;
  std::string thinking;
};

base::OrderedJson Begin(const Plan& plan, const Said& said) {
  base::OrderedJson json = {{"model", plan.model}, {"created_at", plan.created_at}};
  if (plan.endpoint == Endpoint::kGenerate) {
    json["response"] = said.text;
    if (!said.thinking.empty()) json["thinking"] = said.thinking;
    return json;
  }
  base::OrderedJson message = {{"role", "assistant"}, {"content", said.text}};
  if (!said.thinking.empty()) message["thinking"] = said.thinking;
  json["message"] = std::move(message);
  return json;
}

// Fields that are zero are left out.
base::OrderedJson End(const Plan& plan, base::OrderedJson json) {
  json["done"] = true;
  json["done_reason"] = plan.done_reason;
  if (plan.bare) return json;
  if (plan.endpoint == Endpoint::kGenerate) json["context"] = base::OrderedJson::array({1, 2, 3});
  constexpr double kOverhead = 0.0001;  // Also a loaded model takes its moment.
  json["total_duration"] = Nanoseconds(plan.timing.total() + 2 * kOverhead);
  json["load_duration"] = Nanoseconds(plan.timing.load_s + kOverhead);
  json["prompt_eval_count"] = plan.prompt_tokens;
  json["prompt_eval_duration"] = Nanoseconds(plan.timing.prompt_s);
  json["eval_count"] = plan.tokens;
  json["eval_duration"] = Nanoseconds(plan.timing.decode_s);
  return json;
}

std::string Joined(const std::vector<std::string>& pieces) {
  std::string text;
  for (const std::string& piece : pieces) text += piece;
  return text;
}

std::string GoingOn(base::OrderedJson json) {
  json["done"] = false;
  return base::Dump(json) + "\n";
}

}  // namespace

std::string ThinkingLine(const Plan& plan, const std::string& piece) {
  return GoingOn(Begin(plan, {.text = "", .thinking = piece}));
}

std::string PieceLine(const Plan& plan, const std::string& piece) {
  return GoingOn(Begin(plan, {.text = piece, .thinking = ""}));
}

std::string LastLine(const Plan& plan) { return base::Dump(End(plan, Begin(plan, {}))) + "\n"; }

std::string ErrorLine(const std::string& error) { return base::Dump({{"error", error}}) + "\n"; }

std::string WholeAnswer(const Plan& plan) {
  return base::Dump(
      End(plan, Begin(plan, {.text = Joined(plan.pieces), .thinking = Joined(plan.thinking)})));
}

}  // namespace ollama_sim
