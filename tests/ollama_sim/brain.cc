#include "tests/ollama_sim/brain.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lib/base/json.h"
#include "tests/ollama_sim/bank.h"
#include "tests/ollama_sim/chance.h"
#include "tests/ollama_sim/task.h"
#include "tests/ollama_sim/voice.h"

namespace ollama_sim {
namespace {

constexpr int kMembers = 6;
constexpr int64_t kThinkingTokens = 200;  // Ours.
constexpr size_t kEmbeddingSize = 64;
constexpr std::string_view kThinking =
    "Let me see. The list is long, so I go through it once more.";

Refusal NotFound(const std::string& model) { return {404, "model '" + model + "' not found"}; }

Refusal RefusalOf(Fault fault, const std::string& model) {
  switch (fault) {
    case Fault::kBusy:
      return {503, "server busy, please try again.  maximum pending requests exceeded"};
    case Fault::kBroken:
      return {500, "llama runner process has terminated: exit status 2"};
    case Fault::kMissing:
      return NotFound(model);
    case Fault::kNone:
    case Fault::kErrorLine:
    case Fault::kCut:
    case Fault::kStall:
    case Fault::kSlow:
    case Fault::kBadJson:
    case Fault::kEmpty:
    case Fault::kLoop:
    case Fault::kThinkLeak:
    case Fault::kOverflow:
    case Fault::kCrash:
      return {};
  }
  return {};
}

Refusal ThinkRefusal(const Ask& ask, const ModelFacts& facts) {
  if (!ask.thinks_asked || !ask.thinks) return {};
  if (!facts.thinks) return {400, base::Dump(ask.model) + " does not support thinking"};
  if (ask.think_level.empty()) return {};
  return {400, "think value " + base::Dump(ask.think_level) + " is not supported for this model"};
}

// What a fault makes of what the model wanted to say.
void Garble(const Ask& ask, Utterance& said, Plan& plan) {
  const int64_t room = ask.num_predict > 0 ? ask.num_predict : ask.num_ctx;
  if (plan.fault == Fault::kBadJson && !ask.format.empty()) {
    said.text = "Sure! {\"vote\": yes, \"ranking\": [A";
  } else if (plan.fault == Fault::kEmpty) {
    said = {"", 1};
  } else if (plan.fault == Fault::kLoop) {
    const std::string unit = "and so on and on ";
    said.text.clear();
    for (int64_t tokens = 0; tokens < room; tokens += 4) said.text += unit;
    said.tokens = room + 1;
  } else if (plan.fault == Fault::kThinkLeak) {
    said.text = "<think>" + std::string(kThinking) + "</think>\n" + said.text;
  }
  if (said.tokens <= room) return;
  // The end is missing, in proportion.
  said.text.resize(said.text.size() * static_cast<size_t>(room) / static_cast<size_t>(said.tokens));
  said.tokens = room;
  plan.done_reason = "length";
}

base::OrderedJson Figures(const Usage& usage) {
  return {{"calls", usage.calls},     {"promptTokens", usage.prompt_tokens},
          {"tokens", usage.tokens},   {"loads", usage.loads},
          {"reloads", usage.reloads}, {"seconds", usage.seconds}};
}

}  // namespace

std::vector<std::string> InPieces(std::string_view text, size_t words) {
  std::vector<std::string> pieces;
  std::string piece;
  size_t count = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool begins = (text[at] == ' ' || text[at] == '\n') && at > 0;
    if (begins && ++count >= words) {
      pieces.push_back(std::exchange(piece, {}));
      count = 0;
    }
    piece += text[at];
  }
  if (!piece.empty()) pieces.push_back(std::move(piece));
  return pieces;
}

Brain::Brain(BrainOptions options)
    : options_(std::move(options)),
      minds_(options_.minds),
      catalog_(options_.installed),
      machine_(options_.profile, options_.minds.seed),
      faults_(options_.faults) {}

size_t Brain::MindOf(const ModelFacts& facts) const {
  const auto& all = minds_.all();
  const auto it = std::ranges::find(all, facts.base, &Mind::name);
  return it == all.end() ? 0 : static_cast<size_t>(it - all.begin());
}

bool Brain::Settles(const std::string& key) {
  if (options_.rounds == 0) return false;
  const std::lock_guard lock(mutex_);
  // The first speaker answers instead of refining.
  return ++refined_[key] >= options_.rounds * kMembers;
}

void Brain::SetScript(std::vector<std::string> pieces, Fault fault) {
  const std::lock_guard lock(mutex_);
  script_ = {.pieces = std::move(pieces), .fault = fault};
}

Plan Brain::Think(const Ask& ask) {
  Plan plan;
  plan.endpoint = ask.endpoint;
  plan.model = ask.model;
  plan.created_at = VirtualTime(machine_.now_s());
  plan.stream = ask.stream;
  const auto facts = catalog_.Find(ask.model);
  if (!facts) {
    plan.refusal = NotFound(ask.model);
    return plan;
  }
  plan.refusal = ThinkRefusal(ask, *facts);
  if (plan.refusal.status == 0) plan.refusal = LateRefusal(ask);
  if (plan.refusal.status != 0) return plan;
  if (ask.empty) {
    plan.bare = true;
    plan.stream = false;
    plan.done_reason = ask.keep_alive_s == 0 ? "unload" : "load";
    if (ask.keep_alive_s == 0) {
      machine_.Unload(facts->base);
    } else {
      plan.timing = machine_.Run({.model = facts->base,
                                  .shown = facts->name,
                                  .num_ctx = ask.num_ctx,
                                  .keep_alive_s = ask.keep_alive_s});
    }
    return plan;
  }
  Speak(ask, *facts, plan);
  return plan;
}

void Brain::Speak(const Ask& ask, const ModelFacts& facts, Plan& plan) {
  const Task task = ReadTask({.system = ask.system.empty() ? facts.system : ask.system,
                              .user = ask.user,
                              .format = ask.format});
  const size_t mind = MindOf(facts);
  plan.fault = faults_.Next({facts.base, task.question, ask.seed});
  std::optional<Script> script;
  {
    const std::lock_guard lock(mutex_);
    script = script_;
  }
  if (script) plan.fault = script->fault;
  plan.refusal = RefusalOf(plan.fault, ask.model);
  plan.prompt_tokens = task.prompt_tokens;
  if (plan.fault == Fault::kOverflow) plan.prompt_tokens = ask.num_ctx + 1;
  if (plan.prompt_tokens > ask.num_ctx) {
    if (!ask.truncate) plan.refusal = {400, "the input length exceeds the context length"};
    plan.prompt_tokens = ask.num_ctx;
  }
  if (plan.refusal.status != 0) return;
  const bool settled = task.kind == TaskKind::kRefine && Settles(std::to_string(task.question));
  Utterance said = Say(minds_, task, {mind, ask.seed, ask.format, settled});
  if (ask.thinks && facts.thinks && task.kind != TaskKind::kBlind) {
    plan.thinking = InPieces(kThinking, options_.tokens_per_piece);
    said.tokens += kThinkingTokens;
  }
  Garble(ask, said, plan);
  plan.tokens = said.tokens;
  plan.pieces = InPieces(said.text, options_.tokens_per_piece);
  if (script && (!script->pieces.empty() || script->fault != Fault::kNone))
    plan.pieces = script->pieces;
  if (plan.fault == Fault::kCrash) {
    machine_.Unload(facts.base);
    return;
  }
  plan.timing = machine_.Run({.model = facts.base,
                              .shown = facts.name,
                              .question = task.question,
                              .sample = ask.seed,
                              .num_ctx = ask.num_ctx,
                              .keep_alive_s = ask.keep_alive_s,
                              .prompt_tokens = plan.prompt_tokens,
                              .tokens = plan.tokens});
}

std::string Brain::Embed(std::string_view body, int* status) {
  const auto refuse = [&](int code, const std::string& text) {
    *status = code;
    return base::Dump({{"error", text}});
  };
  const auto document = base::JsonDocument::Parse(body, kBodyBytesMax);
  if (!document) return refuse(400, "unexpected EOF");
  auto model = document->root().OptionalString("model");
  if (!model || model->value_or("").empty()) return refuse(400, "model is required");
  if (!catalog_.Find(**model)) return refuse(404, NotFound(**model).error);
  std::vector<std::string> inputs;
  if (const auto input = document->root().Find("input")) {
    if (const auto text = input->AsString()) inputs.emplace_back(*text);
    for (const base::JsonView& item : input->Elements()) {
      if (const auto text = item.AsString()) inputs.emplace_back(*text);
    }
  }
  auto embeddings = base::OrderedJson::array();
  for (const std::string& input : inputs) {
    // A bag of words: texts that share words are near each other.
    std::vector<double> sum(kEmbeddingSize, 1e-6);
    for (const std::string& word : InPieces(input, 1)) {
      Chance chance({HashText(word.substr(word.find_first_not_of(" \n") % (word.size() + 1)))});
      for (double& value : sum) value += chance.Normal();
    }
    double length = 0;
    for (const double value : sum) length += value * value;
    for (double& value : sum) value /= std::sqrt(length);
    embeddings.push_back(sum);
  }
  *status = 200;
  return base::Dump({{"model", **model},
                     {"embeddings", std::move(embeddings)},
                     {"total_duration", 1'000'000},
                     {"load_duration", 100'000},
                     {"prompt_eval_count", inputs.size()}});
}

void Brain::Forget() {
  machine_.Forget();
  const std::lock_guard lock(mutex_);
  refined_.clear();
}

std::string Brain::Stats() const {
  Usage sum;
  auto models = base::OrderedJson::object();
  for (const auto& [model, usage] : machine_.usage()) {
    models[model] = Figures(usage);
    sum.calls += usage.calls;
    sum.prompt_tokens += usage.prompt_tokens;
    sum.tokens += usage.tokens;
    sum.loads += usage.loads;
    sum.reloads += usage.reloads;
    sum.seconds += usage.seconds;
  }
  auto stories = base::OrderedJson::object();
  for (const auto& [question, story] : machine_.stories()) {
    stories[std::to_string(question)] = {{"firstTokenSeconds", story.first_token_s},
                                         {"seconds", story.seconds},
                                         {"calls", story.calls}};
  }
  base::OrderedJson json = Figures(sum);
  json["models"] = std::move(models);
  json["questions"] = std::move(stories);
  return base::Dump(json);
}

}  // namespace ollama_sim
