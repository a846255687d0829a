#include "lib/ollama/ollama_model.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "lib/ollama/stream.h"

namespace ollama {
namespace {

using base::Errc;
using council::ChatReply;
using council::ChatRequest;

// Ollama keeps seeds in 32 bits with a sign.
constexpr uint64_t kSeedMask = 0x7FFFFFFF;
constexpr std::string_view kTooLong = "exceeds the context length";

// "5m" stays a text, "-1" and "0" are numbers for Ollama.
base::OrderedJson KeepAlive(const std::string& text) {
  const size_t digits = text.starts_with('-') ? 1 : 0;
  const bool number = text.size() > digits && text.size() < 10 &&
                      std::all_of(
                          text.begin() + static_cast<std::ptrdiff_t>(digits), text.end(),
                          [](unsigned char c) { return std::isdigit(c) != 0; });
  if (number) return std::stoi(text);
  return text;
}

// Ollama answers 500 also to requests that no repetition makes right.
bool BlamesTheRequest(const http::ClientResponse& response, std::string_view text) {
  if (response.status == 400 || response.status == 413 || response.status == 422) return true;
  return response.status == 500 &&
         (text.contains("must be of type") || text.starts_with("invalid format") ||
          text.contains("invalid JSON schema"));
}

std::string Quoted(std::string_view text) {
  return text.empty() ? std::string() : " (" + std::string(text) + ")";
}

std::string FamilyFromName(std::string_view name) {
  if (const size_t slash = name.rfind('/'); slash != std::string_view::npos) {
    name.remove_prefix(slash + 1);
  }
  return std::string(name.substr(0, name.find(':')));
}

std::string WithoutSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

OllamaModel::OllamaModel(std::string url, http::HttpClient& client, const base::Clock& clock)
    : url_(WithoutSlash(std::move(url))), client_(client), clock_(clock) {}

base::Result<ChatReply> OllamaModel::Chat(const ChatRequest& request,
                                          const std::function<void(std::string_view)>& on_text,
                                          std::stop_token stop) {
  if (stop.stop_requested()) return ChatReply{.done = council::DoneReason::kStopped};
  const base::Duration begin = clock_.Monotonic();
  bool heard = false;
  const std::function<void(std::string_view)> listen = [&](std::string_view piece) {
    heard = true;
    if (on_text) on_text(piece);
  };
  auto reply = ChatOnce({request, Truncate::kRefuse, request.limits.total, listen}, stop);
  if (reply || heard || !reply.error().message.contains(kTooLong)) return reply;
  const base::Duration left = request.limits.total - (clock_.Monotonic() - begin);
  if (left <= base::Duration(0)) return reply;
  reply = ChatOnce({request, Truncate::kCut, left, on_text}, stop);
  if (reply) reply->prompt_truncated = true;
  return reply;
}

base::Result<ChatReply> OllamaModel::ChatOnce(const Attempt& attempt, std::stop_token stop) {
  const ChatRequest& request = attempt.request;
  const std::string step = "model " + request.model;
  auto body = ChatBody(request, attempt.truncate);
  if (!body) return base::Wrap(std::move(body).error(), step);
  const council::CallLimits& limits = request.limits;
  const size_t text_max = std::min(limits.text_bytes_max, kTextBytesMax);
  http::ClientRequest call{
      .method = "POST",
      .url = url_ + "/api/chat",
      .headers = {{"Content-Type", "application/json"}},
      .body = *std::move(body),
      .deadlines = {.connect = std::min(kConnectTimeout, attempt.total),
                    .first_byte = limits.first_token,
                    .idle = limits.between_tokens,
                    .total = attempt.total},
      .body_bytes_max = kLineBytesMax + (text_max + kThinkingBytesMax) * kFrameBytesPerTextByte};
  ChatStream stream(text_max, attempt.on_text);
  base::Status fed;
  const auto response = client_.Stream(
      call,
      [&](std::string_view piece) {
        fed = stream.Feed(piece);
        return fed.has_value() && !stream.ended() && !stop.stop_requested();
      },
      stop);
  if (stop.stop_requested()) {
    ChatReply reply = stream.so_far();
    reply.done = council::DoneReason::kStopped;
    return reply;
  }
  if (!fed) return base::Wrap(fed.error(), step);
  if (!response) {
    base::Error error = response.error();
    // A body over its bound is the server's doing, and asking later may help.
    if (error.code == Errc::kExhausted) error.code = Errc::kUnavailable;
    return base::Wrap(std::move(error), step);
  }
  if (response->status != 200) return std::unexpected(ChatError(request.model, *response));
  auto reply = stream.Finish();
  if (!reply) return base::Wrap(std::move(reply).error(), step);
  reply->prompt_truncated = request.num_ctx > 0 && reply->prompt_tokens >= request.num_ctx;
  return reply;
}

base::Result<std::string> OllamaModel::ChatBody(const ChatRequest& request, Truncate truncate) {
  base::OrderedJson body;
  body["model"] = request.model;
  body["messages"] = base::OrderedJson::array();
  for (const council::ChatMessage& message : request.messages) {
    body["messages"].push_back({{"role", message.role}, {"content", message.content}});
  }
  body["stream"] = true;
  // Always there: leaving it out means thinking. True is refused by models that cannot.
  body["think"] =
      request.think && AbilitiesOf(request.model, "", clock_.Monotonic() + kListTimeout).can_think;
  if (!request.format_schema.empty()) {
    auto schema = base::OrderedJson::parse(request.format_schema, nullptr, false);
    if (!schema.is_object()) {
      return base::Fail(Errc::kInvalid,
                        "the schema of the reply's format is no JSON object; correct it");
    }
    body["format"] = std::move(schema);
  }
  body["keep_alive"] = KeepAlive(request.keep_alive);
  if (truncate == Truncate::kRefuse) body["truncate"] = false;
  body["options"] = {{"temperature", request.temperature},
                     {"seed", request.seed & kSeedMask},
                     {"num_predict", request.num_predict},
                     {"num_ctx", request.num_ctx}};
  return base::Dump(body);
}

base::Error OllamaModel::ChatError(const std::string& model,
                                   const http::ClientResponse& response) const {
  const std::string text = ErrorText(response.body);
  const std::string who = "model " + model + " at " + http::UrlAuthority(url_) + ": ";
  const std::string status = "HTTP " + std::to_string(response.status) + Quoted(text);
  if (response.status == 404 && !text.empty()) {
    return {Errc::kNotFound, who + "there is no such model; get it with: ollama pull " + model};
  }
  if (response.status == 404 || response.status == 405) {
    return {Errc::kUnavailable, who + status + "; this is no Ollama, check OTM_OLLAMA_URL"};
  }
  if (response.status == 401 || response.status == 403) {
    return {Errc::kUnauthorized, who + "refused access, " + status +
                                     "; let this host in (OLLAMA_ORIGINS, or the proxy before it)"};
  }
  if (BlamesTheRequest(response, text)) {
    return {Errc::kInvalid, who + "refused the request, " + status +
                                "; shorten the question or choose another model"};
  }
  if (response.status == 503 || response.status == 429) {
    return {Errc::kUnavailable,
            who + "busy, " + status + "; try again in a minute, or raise OLLAMA_MAX_QUEUE"};
  }
  if (response.status == 499) {
    return {Errc::kUnavailable, who + "gave the request up, " + status + "; try again"};
  }
  return {Errc::kUnavailable,
          who + "failed, " + status + "; see the log of Ollama, or choose a smaller model"};
}

base::Result<http::ClientResponse> OllamaModel::Get(std::string_view path, size_t body_bytes_max,
                                                    base::Duration total) {
  ASSIGN_OR_RETURN(auto response,
                   client_.Send({.url = url_ + std::string(path),
                                 .deadlines = {.connect = std::min(kConnectTimeout, total),
                                               .first_byte = total,
                                               .idle = total,
                                               .total = total},
                                 .body_bytes_max = body_bytes_max},
                                {}));
  if (response.status != 200) {
    return base::Fail(Errc::kUnavailable, http::UrlAuthority(url_) + std::string(path) +
                                              " answered HTTP " + std::to_string(response.status) +
                                              Quoted(ErrorText(response.body)) +
                                              "; is this an Ollama? check OTM_OLLAMA_URL");
  }
  return response;
}

base::Result<std::string> OllamaModel::Version() {
  ASSIGN_OR_RETURN(const auto response, Get("/api/version", kVersionBytesMax, kListTimeout));
  const auto document = base::JsonDocument::Parse(response.body, kVersionBytesMax);
  const auto version = document ? document->root().String("version")
                                : base::Result<std::string>(std::unexpected(document.error()));
  if (!version) {
    return base::Fail(
        Errc::kUnavailable,
        http::UrlAuthority(url_) +
            " gave no version of Ollama; check OTM_OLLAMA_URL and what listens there");
  }
  return OneLine(*version);
}

base::Result<std::vector<council::ModelInfo>> OllamaModel::List() {
  const base::Duration deadline = clock_.Monotonic() + kListTimeout;
  auto response = Get("/api/tags", kTagsBytesMax, kListTimeout);
  if (!response) {
    return base::Fail(Errc::kUnavailable, "list the models: " + response.error().message);
  }
  const auto bad = [this](std::string_view why) {
    return base::Fail(Errc::kUnavailable, "list the models: " + http::UrlAuthority(url_) +
                                              " sent no list of models (" + std::string(why) +
                                              "); is this an Ollama? check OTM_OLLAMA_URL");
  };
  const auto document = base::JsonDocument::Parse(response->body, kTagsBytesMax);
  if (!document) return bad("no JSON");
  const auto entries = document->root().Find("models");
  if (!entries) return bad("no member models");
  if (!entries->is_array() && !entries->is_null()) return bad("models is no array");
  std::vector<council::ModelInfo> models;
  for (const base::JsonView& entry : entries->Elements()) {
    if (models.size() == kModelsMax) break;
    auto model = ReadModel(entry, deadline);
    if (!model) return bad(model.error().message);
    if (model->can_chat) models.push_back(*std::move(model));
  }
  return models;
}

base::Result<council::ModelInfo> OllamaModel::ReadModel(const base::JsonView& entry,
                                                        base::Duration deadline) {
  council::ModelInfo info;
  ASSIGN_OR_RETURN(info.name, entry.String("name"));
  ASSIGN_OR_RETURN(const auto size, entry.OptionalInt("size"));
  ASSIGN_OR_RETURN(const auto digest, entry.OptionalString("digest"));
  info.size_bytes = size.value_or(0);
  if (const auto details = entry.Find("details"); details && details->is_object()) {
    ASSIGN_OR_RETURN(const auto family, details->OptionalString("family"));
    ASSIGN_OR_RETURN(const auto parameters, details->OptionalString("parameter_size"));
    info.family = family.value_or("");
    info.parameter_size = parameters.value_or("");
  }
  if (info.family.empty()) info.family = FamilyFromName(info.name);
  Abilities abilities;
  if (const auto known = ReadAbilities(entry)) {
    abilities = Remember(info.name, digest.value_or(""), *known);
  } else if (info.family.contains("bert")) {
    abilities.can_chat = false;  // All of these only embed; servers too old to say so exist.
  } else {
    abilities = AbilitiesOf(info.name, digest.value_or(""), deadline);
  }
  info.can_chat = abilities.can_chat;
  info.can_think = abilities.can_think;
  return info;
}

std::optional<OllamaModel::Abilities> OllamaModel::ReadAbilities(const base::JsonView& object) {
  const auto list = object.Find("capabilities");
  if (!list || !list->is_array()) return std::nullopt;
  Abilities abilities{.can_chat = false};
  for (const base::JsonView& element : list->Elements()) {
    const auto word = element.AsString();
    abilities.can_chat = abilities.can_chat || (word && *word == "completion");
    abilities.can_think = abilities.can_think || (word && *word == "thinking");
  }
  return abilities;
}

OllamaModel::Abilities OllamaModel::Remember(const std::string& model, const std::string& digest,
                                             Abilities abilities) {
  std::lock_guard lock(mutex_);
  if (abilities_.size() >= kModelsMax) abilities_.clear();
  abilities_[model] = {digest, abilities};
  return abilities;
}

// What cannot be learned in time is taken to chat and not to think, and asked again next time.
OllamaModel::Abilities OllamaModel::AbilitiesOf(const std::string& model, std::string_view digest,
                                                base::Duration deadline) {
  {
    std::lock_guard lock(mutex_);
    const auto known = abilities_.find(model);
    if (known != abilities_.end() && (digest.empty() || known->second.digest == digest)) {
      return known->second.abilities;
    }
  }
  const base::Duration left = deadline - clock_.Monotonic();
  if (left <= base::Duration(0)) return {};
  const auto shown = Show(model, left);
  return shown ? Remember(model, std::string(digest), *shown) : Abilities{};
}

base::Result<OllamaModel::Abilities> OllamaModel::Show(const std::string& model,
                                                       base::Duration timeout) {
  const base::OrderedJson body = {{"model", model}};
  ASSIGN_OR_RETURN(const auto response,
                   client_.Send({.method = "POST",
                                 .url = url_ + "/api/show",
                                 .headers = {{"Content-Type", "application/json"}},
                                 .body = base::Dump(body),
                                 .deadlines = {.connect = timeout,
                                               .first_byte = timeout,
                                               .idle = timeout,
                                               .total = timeout},
                                 .body_bytes_max = kShowBytesMax},
                                {}));
  if (response.status != 200) {
    return base::Fail(Errc::kUnavailable, "/api/show of " + model + " answered HTTP " +
                                              std::to_string(response.status) +
                                              "; see the log of Ollama");
  }
  ASSIGN_OR_RETURN(const auto document, base::JsonDocument::Parse(response.body, kShowBytesMax));
  return ReadAbilities(document.root()).value_or(Abilities{});
}

}  // namespace ollama
