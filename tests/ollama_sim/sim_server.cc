#include "tests/ollama_sim/sim_server.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/json.h"
#include "lib/http/message.h"
#include "lib/http/responder.h"
#include "tests/ollama_sim/ask.h"
#include "tests/ollama_sim/bank.h"

namespace ollama_sim {
namespace {

constexpr std::string_view kVersion = "0.17.4";  // Whose transcripts we compare with.
constexpr uint64_t kQuestionsMax = 20'000;       // In one answer of /sim/questions: 2 MB.
constexpr base::Duration kHandlerTimeout = std::chrono::minutes(30);  // Slow models are slow.

http::Response Error(int status, const std::string& text) {
  return http::Response::Json(status, base::Dump({{"error", text}}));
}

http::Response NotFound(const std::string& model) {
  return Error(404, "model '" + model + "' not found");
}

// The model that a small request names ("name" is the older word for it).
struct Named {
  std::string model;
  std::string from;
  std::string system;
  bool stream = true;
};
std::optional<Named> ReadNamed(std::string_view body) {
  const auto document = base::JsonDocument::Parse(body, kBodyBytesMax);
  if (!document) return std::nullopt;
  const auto text = [&](std::string_view key) {
    auto value = document->root().OptionalString(key);
    return value ? value->value_or("") : std::string();
  };
  const auto stream = document->root().OptionalBool("stream");
  return Named{.model = text("model").empty() ? text("name") : text("model"),
               .from = text("from"),
               .system = text("system"),
               .stream = !stream || stream->value_or(true)};
}

// States as a stream, or the last of them where none was wanted.
http::Response States(const std::vector<base::OrderedJson>& states, const Named& named) {
  const bool failed = states.back().contains("error");
  if (!named.stream) return http::Response::Json(failed ? 500 : 200, base::Dump(states.back()));
  std::string body;
  for (const base::OrderedJson& state : states) body += base::Dump(state) + "\n";
  return {.status = 200,
          .content_type = "application/x-ndjson",
          .body = std::make_shared<const std::string>(std::move(body))};
}

base::OrderedJson State(const std::string& text) { return {{"status", text}}; }

base::OrderedJson NoManifest(const std::string& model) {
  return {{"error", "pull model manifest: Get \"https://registry.ollama.ai/v2/library/" + model +
                        "/manifests/latest\": dial tcp: lookup registry.ollama.ai: no such host"}};
}

uint64_t Number(const http::Request& request, std::string_view name, uint64_t otherwise) {
  const auto text = request.Query(name);
  if (!text) return otherwise;
  uint64_t value = otherwise;
  std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

http::Response Questions(const http::Request& request) {
  const uint64_t from = Number(request, "from", 0);
  const uint64_t count = std::min(Number(request, "n", 1), kQuestionsMax);
  auto questions = base::OrderedJson::array();
  for (uint64_t question = from; question < from + count; ++question) {
    auto wrong = base::OrderedJson::array();
    for (int option = kPopular; option < kOptions; ++option) {
      wrong.push_back(OptionWord(question, option));
    }
    questions.push_back({{"id", question},
                         {"text", QuestionText(question)},
                         {"right", OptionWord(question, kRight)},
                         {"wrong", std::move(wrong)}});
  }
  return http::Response::Json(200, base::Dump({{"questions", std::move(questions)}}));
}

}  // namespace

SimServer::SimServer(SimOptions options, const base::Clock& clock)
    : brain_(std::move(options.brain)), delivery_(options.delivery, clock) {}

base::Result<std::unique_ptr<SimServer>> SimServer::Start(SimOptions options,
                                                          const base::Clock& clock) {
  const int port = options.port;
  auto sim = std::make_unique<SimServer>(std::move(options), clock);
  http::Router router;
  sim->AddModelRoutes(router);
  sim->AddChatRoutes(router);
  sim->AddSimRoutes(router);
  http::ServerOptions server;
  server.port = port;
  server.body_bytes_max = kBodyBytesMax;
  server.handler_timeout = kHandlerTimeout;
  ASSIGN_OR_RETURN(sim->server_, http::Server::Start(server, std::move(router), clock));
  return sim;
}

void SimServer::AddModelRoutes(http::Router& router) {
  using enum http::Method;
  router.Add(kGet, "/", [](const http::Request&, http::Responder responder) {
    responder.Send(http::Response::Text(200, "Ollama is running"));
  });
  router.Add(kGet, "/api/version", [](const http::Request&, http::Responder responder) {
    responder.Send(http::Response::Json(200, base::Dump({{"version", kVersion}})));
  });
  router.Add(kGet, "/api/tags", [this](const http::Request&, http::Responder responder) {
    responder.Send(http::Response::Json(200, brain_.catalog().Tags()));
  });
  router.Add(kGet, "/api/ps", [this](const http::Request&, http::Responder responder) {
    responder.Send(http::Response::Json(
        200, brain_.catalog().Ps(brain_.machine().Residents(), brain_.machine().now_s())));
  });
  router.Add(kPost, "/api/show", [this](const http::Request& request, http::Responder responder) {
    responder.Send(Show(request));
  });
  router.Add(kPost, "/api/pull", [this](const http::Request& request, http::Responder responder) {
    responder.Send(Pull(request));
  });
  router.Add(kPost, "/api/create", [this](const http::Request& request, http::Responder responder) {
    responder.Send(Create(request));
  });
  router.Add(kDelete, "/api/delete",
             [this](const http::Request& request, http::Responder responder) {
               responder.Send(Delete(request));
             });
}

void SimServer::AddChatRoutes(http::Router& router) {
  using enum http::Method;
  const auto answer = [this](Endpoint endpoint) {
    return [this, endpoint](const http::Request& request, http::Responder responder) {
      Ask ask;
      Refusal refusal = ReadAsk(endpoint, request.body, &ask);
      // Ollama looks at the options when it has found the model.
      const bool late = refusal.status >= 500;
      if (late && !brain_.catalog().Find(ask.model)) return responder.Send(NotFound(ask.model));
      if (refusal.status != 0) return responder.Send(Error(refusal.status, refusal.error));
      delivery_.Send(brain_.Think(ask), std::move(responder));
    };
  };
  router.Add(kPost, "/api/chat", answer(Endpoint::kChat));
  router.Add(kPost, "/api/generate", answer(Endpoint::kGenerate));
  router.Add(kPost, "/api/embed", [this](const http::Request& request, http::Responder responder) {
    int status = 0;
    std::string body = brain_.Embed(request.body, &status);
    responder.Send(http::Response::Json(status, std::move(body)));
  });
}

void SimServer::AddSimRoutes(http::Router& router) {
  using enum http::Method;
  router.Add(kGet, "/sim/stats", [this](const http::Request&, http::Responder responder) {
    responder.Send(http::Response::Json(200, brain_.Stats()));
  });
  router.Add(kPost, "/sim/reset", [this](const http::Request&, http::Responder responder) {
    brain_.Forget();
    responder.Send(http::Response::Empty(204));
  });
  router.Add(kGet, "/sim/questions", [](const http::Request& request, http::Responder responder) {
    responder.Send(Questions(request));
  });
  router.Add(kPost, "/sim/faults", [this](const http::Request& request, http::Responder responder) {
    responder.Send(ChangeFaults(request));
  });
}

http::Response SimServer::Show(const http::Request& request) {
  const auto named = ReadNamed(request.body);
  if (!named || named->model.empty()) return Error(400, "model is required");
  const auto facts = brain_.catalog().Find(named->model);
  return facts ? http::Response::Json(200, Catalog::Show(*facts)) : NotFound(named->model);
}

http::Response SimServer::Pull(const http::Request& request) {
  const auto named = ReadNamed(request.body);
  if (!named || named->model.empty()) return Error(400, "invalid model name");
  std::vector<base::OrderedJson> states = {State("pulling manifest")};
  if (!brain_.catalog().Install(named->model)) {
    states.push_back(NoManifest(named->model));
    return States(states, *named);
  }
  const auto facts = brain_.catalog().Find(named->model);
  const std::string digest = Digest(named->model);
  constexpr int kSteps = 4;
  for (int step = 0; step <= kSteps; ++step) {
    base::OrderedJson state = State("pulling " + digest.substr(0, 12));
    state["digest"] = "sha256:" + digest;
    state["total"] = facts->size_bytes;
    if (step > 0) state["completed"] = facts->size_bytes * step / kSteps;
    states.push_back(std::move(state));
  }
  for (const char* text : {"verifying sha256 digest", "writing manifest", "success"}) {
    states.push_back(State(text));
  }
  return States(states, *named);
}

http::Response SimServer::Create(const http::Request& request) {
  const auto named = ReadNamed(request.body);
  if (!named || named->model.empty()) return Error(400, "model is required");
  if (named->from.empty()) return Error(400, "neither 'from' or 'files' was specified");
  std::vector<base::OrderedJson> states;
  if (!brain_.catalog().Create(named->model, named->from, named->system)) {
    states = {State("pulling manifest"), NoManifest(named->from)};
    return States(states, *named);
  }
  states = {State("using existing layer sha256:" + Digest(named->from)),
            State("creating new layer sha256:" + Digest(named->model)), State("writing manifest"),
            State("success")};
  return States(states, *named);
}

http::Response SimServer::Delete(const http::Request& request) {
  const auto named = ReadNamed(request.body);
  if (!named || named->model.empty()) return Error(400, "model is required");
  return brain_.catalog().Remove(named->model) ? http::Response::Empty(200)
                                               : NotFound(named->model);
}

http::Response SimServer::ChangeFaults(const http::Request& request) {
  const auto document = base::JsonDocument::Parse(request.body, kBodyBytesMax);
  if (!document) return Error(400, "not JSON; send {\"faults\":\"busy=0.05\",\"seed\":1}");
  const auto faults = document->root().OptionalString("faults");
  const auto seed = document->root().OptionalInt("seed");
  if (!faults || !seed) return Error(400, "send {\"faults\":\"busy=0.05\",\"seed\":1}");
  auto plan = ParseFaults(faults->value_or(""), static_cast<uint64_t>(seed->value_or(1)));
  if (!plan) return Error(400, plan.error().message);
  brain_.faults().Change(*plan);
  return http::Response::Empty(204);
}

}  // namespace ollama_sim
