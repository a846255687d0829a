#include "tests/ollama_sim/ask.h"

#include <cstdlib>
#include <optional>
#include <utility>

#include "lib/base/result.h"
#include "tests/ollama_sim/machine.h"

namespace ollama_sim {
namespace {

constexpr int kBadRequest = 400;
constexpr int kServerError = 500;

std::string_view TypeName(const base::JsonView& value) {
  if (value.is_string()) return "string";
  if (value.is_number()) return "number";
  if (value.is_bool()) return "bool";
  return value.is_array() ? "array" : "object";
}

Refusal WrongType(const base::JsonView& value, std::string_view field, std::string_view go_type) {
  return {kBadRequest, "json: cannot unmarshal " + std::string(TypeName(value)) +
                           " into Go struct field " + std::string(field) + " of type " +
                           std::string(go_type)};
}

Refusal ReadMessages(const base::JsonView& root, Ask* ask) {
  const auto messages = root.Find("messages");
  if (!messages || messages->is_null()) return {};
  if (!messages->is_array()) {
    return WrongType(*messages, "ChatRequest.messages", "[]api.Message");
  }
  for (const base::JsonView& message : messages->Elements()) {
    auto role = message.OptionalString("role");
    auto content = message.OptionalString("content");
    if (!role || !content) return {kBadRequest, "json: cannot unmarshal a message"};
    ask->empty = false;
    std::string& target = *role == "system" ? ask->system : ask->user;
    target = content->value_or("");
  }
  return {};
}

Refusal ReadPrompt(const base::JsonView& root, Ask* ask) {
  auto prompt = root.OptionalString("prompt");
  auto system = root.OptionalString("system");
  if (!prompt || !system) return {kBadRequest, "json: cannot unmarshal the prompt"};
  ask->user = prompt->value_or("");
  ask->system = system->value_or("");
  ask->empty = ask->user.empty();
  return {};
}

Refusal ReadThink(const base::JsonView& root, Ask* ask) {
  const auto think = root.Find("think");
  if (!think || think->is_null()) return {};
  ask->thinks_asked = true;
  if (const auto flag = think->AsBool()) {
    ask->thinks = *flag;
    return {};
  }
  const auto level = think->AsString();
  if (level && (*level == "low" || *level == "medium" || *level == "high")) {
    ask->think_level = *level;
    return {};
  }
  return {kBadRequest, "invalid think value: " + think->Text() +
                           " (must be \"high\", \"medium\", \"low\", true, or false)"};
}

Refusal ReadFlags(const base::JsonView& root, Ask* ask) {
  const auto stream = root.OptionalBool("stream");
  const auto truncate = root.OptionalBool("truncate");
  if (!stream) return WrongType(*root.Find("stream"), "ChatRequest.stream", "bool");
  if (!truncate) return WrongType(*root.Find("truncate"), "ChatRequest.truncate", "bool");
  ask->stream = stream->value_or(true);
  ask->truncate = truncate->value_or(true);
  if (const auto keep = root.Find("keep_alive"); keep && !keep->is_null()) {
    KeepAlive read = ReadKeepAlive(*keep);
    if (!read.error.empty()) return {kBadRequest, std::move(read.error)};
    ask->keep_alive_s = read.seconds;
  }
  return {};
}

// The wrong ones are told by LateRefusal(): Ollama looks at them when the model is there.
void ReadOptions(const base::JsonView& root, Ask* ask, std::string* wrong) {
  const auto options = root.Find("options");
  if (!options || !options->is_object()) return;
  const auto whole = [&](std::string_view name, int64_t otherwise) -> int64_t {
    const auto value = options->OptionalInt(name);
    if (!value) *wrong = "option \"" + std::string(name) + "\" must be of type integer";
    return value ? value->value_or(otherwise) : otherwise;
  };
  ask->num_ctx = static_cast<int>(whole("num_ctx", ask->num_ctx));
  ask->num_predict = static_cast<int>(whole("num_predict", ask->num_predict));
  ask->seed = static_cast<uint64_t>(whole("seed", 0));
  if (!options->OptionalDouble("temperature")) {
    *wrong = "option \"temperature\" must be of type float32";
  }
}

bool IsSchema(const base::JsonView& schema) {
  const auto type = schema.Find("type");
  const auto word = type ? type->AsString() : base::Result<std::string_view>("object");
  for (const std::string_view known :
       {"object", "array", "string", "integer", "number", "boolean", "null"}) {
    if (word && *word == known) return true;
  }
  return type && type->is_array();
}

}  // namespace

KeepAlive ReadKeepAlive(const base::JsonView& value) {
  if (const auto number = value.AsDouble()) {
    return {*number < 0 ? kForeverS : *number, {}};
  }
  const auto text = value.AsString();
  if (!text) return {0, "invalid keep_alive"};
  const std::string raw(*text);
  std::string error = "time: invalid duration " + base::Dump(raw);
  char* end = nullptr;
  const double number = std::strtod(raw.c_str(), &end);
  const std::string_view unit = end;
  constexpr double kMinute = 60;
  constexpr double kHour = 3600;
  constexpr double kMilli = 0.001;
  if (raw.empty() || end == raw.c_str()) return {0, std::move(error)};
  if (number < 0) return {kForeverS, {}};
  if (unit == "h") return {number * kHour, {}};
  if (unit == "m" || unit == "m0s") return {number * kMinute, {}};
  if (unit == "s") return {number, {}};
  if (unit == "ms") return {number * kMilli, {}};
  if (unit.empty() && number == 0) return {0, {}};
  return {0, unit.empty() ? "time: missing unit in duration " + base::Dump(raw) : error};
}

Refusal ReadAsk(Endpoint endpoint, std::string_view body, Ask* ask) {
  ask->endpoint = endpoint;
  if (body.empty()) return {kBadRequest, "missing request body"};
  const auto document = base::JsonDocument::Parse(body, kBodyBytesMax);
  if (!document) return {kBadRequest, "unexpected EOF"};
  const base::JsonView root = document->root();
  Refusal refusal = endpoint == Endpoint::kChat ? ReadMessages(root, ask) : ReadPrompt(root, ask);
  if (refusal.status != 0) return refusal;
  if (refusal = ReadThink(root, ask); refusal.status != 0) return refusal;
  if (refusal = ReadFlags(root, ask); refusal.status != 0) return refusal;
  auto model = root.OptionalString("model");
  if (!model || model->value_or("").empty() || (*model)->contains(' ')) {
    return {kBadRequest, "model is required"};
  }
  ask->model = **model;
  if (const auto format = root.Find("format"); format && !format->is_null()) {
    ask->format = format->Text();
    if (ask->format == "\"\"") ask->format.clear();
  }
  std::string wrong;
  ReadOptions(root, ask, &wrong);
  return wrong.empty() ? Refusal{} : Refusal{kServerError, std::move(wrong)};
}

Refusal LateRefusal(const Ask& ask) {
  if (ask.format.empty() || ask.format == "\"json\"") return {};
  if (!ask.format.starts_with('{')) {
    return {kServerError, "invalid format: " + base::Dump(ask.format) +
                              "; expected \"json\" or a valid JSON Schema object"};
  }
  const auto schema = base::JsonDocument::Parse(ask.format, kBodyBytesMax);
  if (!schema || !IsSchema(schema->root())) return {kServerError, "invalid JSON schema in format"};
  return {};
}

}  // namespace ollama_sim
