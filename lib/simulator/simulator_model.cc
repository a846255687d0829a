#include "lib/simulator/simulator_model.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "lib/simulator/arithmetic.h"
#include "lib/simulator/schema.h"

namespace simulator {
namespace {

using council::ChatReply;
using council::ChatRequest;
using council::DoneReason;

struct Persona {
  std::string_view name;
  std::string_view family;
  std::array<std::string_view, 3> openings;  // Of a computed answer; the seed chooses.
};

constexpr std::array<Persona, 3> kPersonas = {{
    {"sim-ada:1b", "sim-ada", {"Computed directly: ", "Worked out: ", "The result is "}},
    {"sim-bell:1b", "sim-bell", {"Step by step, ", "Checking each operator in turn, ", "Here "}},
    {"sim-cole:1b", "sim-cole", {"", "In short: ", "I get "}},
}};

const Persona* FindPersona(std::string_view name) {
  const auto found = std::ranges::find(kPersonas, name, &Persona::name);
  return found == kPersonas.end() ? nullptr : &*found;
}

std::string_view LastUserText(const ChatRequest& request) {
  for (auto message = request.messages.rbegin(); message != request.messages.rend(); ++message) {
    if (message->role == "user") return message->content;
  }
  return {};
}

// True where a result is judged that is not the right one.
bool ShowsAnotherResult(std::string_view text, const Sum& sum) {
  constexpr std::string_view kFinal = "FINAL: ";
  const size_t at = text.rfind(kFinal);
  if (at == std::string_view::npos) return false;
  std::string_view shown = text.substr(at + kFinal.size());
  shown = shown.substr(0, shown.find_first_of("\r\n"));
  return shown != sum.value;
}

std::string Prose(const Persona& persona, const ChatRequest& request,
                  const std::optional<Sum>& sum) {
  if (sum) {
    const auto opening = persona.openings[request.seed % persona.openings.size()];
    return std::string(opening) + sum->expression + " = " + sum->value +
           ". (Simulated: only the sum was computed.)\nFINAL: " + sum->value;
  }
  return "This answer is simulated by " + std::string(persona.family) +
         ": no language model is connected, so the question was not answered. Start Ollama, or "
         "run ./otm up --model auto, and ask again.\nFINAL: " +
         std::string(kNoAnswerKey);
}

base::Result<std::string> Text(const Persona& persona, const ChatRequest& request) {
  const std::string_view question = LastUserText(request);
  const auto sum = FindSum(question);
  if (request.format_schema.empty()) return Prose(persona, request, sum);
  return FillSchema(request.format_schema, {.key = sum ? sum->value : std::string(kNoAnswerKey),
                                            .kind = sum ? "number" : "text",
                                            .sure = sum && !ShowsAnotherResult(question, *sum)});
}

// The next word with the blanks after it.
std::string_view TakeWord(std::string_view& text) {
  const size_t blank = std::min(text.find_first_of(" \n"), text.size());
  const size_t end = std::min(text.find_first_not_of(" \n", blank), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

}  // namespace

base::Result<ChatReply> SimulatorModel::Chat(const ChatRequest& request,
                                             const std::function<void(std::string_view)>& on_text,
                                             std::stop_token stop) {
  const Persona* persona = FindPersona(request.model);
  if (persona == nullptr) {
    return base::Fail(base::Errc::kNotFound, "model " + request.model +
                                                 ": the simulator has no such model; choose " +
                                                 std::string(kPersonas[0].name));
  }
  auto text = Text(*persona, request);
  if (!text) return base::Wrap(std::move(text).error(), "model " + request.model);
  const base::Duration begin = clock_.Monotonic();
  ChatReply reply;
  for (const auto& message : request.messages) {
    reply.prompt_tokens += std::ranges::count(message.content, ' ') + 1;
  }
  std::string_view rest = *text;
  while (!rest.empty()) {
    if (options_.word_delay > base::Duration(0)) clock_.SleepFor(options_.word_delay, stop);
    if (stop.stop_requested()) break;
    if (clock_.Monotonic() - begin > request.limits.total) {
      return base::Fail(
          base::Errc::kUnavailable,
          "model " + request.model + ": no complete answer in time; allow more time and ask again");
    }
    const std::string_view word = TakeWord(rest);
    if (reply.tokens >= request.num_predict ||
        reply.text.size() + word.size() > request.limits.text_bytes_max) {
      reply.done = DoneReason::kLength;
      break;
    }
    reply.text += word;
    ++reply.tokens;
    if (on_text) on_text(word);
  }
  if (stop.stop_requested()) reply.done = DoneReason::kStopped;
  reply.total = clock_.Monotonic() - begin;
  return reply;
}

base::Result<std::vector<council::ModelInfo>> SimulatorModel::List() {
  std::vector<council::ModelInfo> models;
  for (const Persona& persona : kPersonas) {
    models.push_back({.name = std::string(persona.name), .family = std::string(persona.family)});
  }
  return models;
}

}  // namespace simulator
