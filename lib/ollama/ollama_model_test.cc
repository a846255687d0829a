#include "lib/ollama/ollama_model.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/result.h"
#include "lib/council/model.h"
#include "lib/http/curl_client.h"
#include "lib/testing/contract/model.h"
#include "lib/testing/http_script.h"
#include "lib/testing/http_server.h"

namespace testing {
namespace {

using Ending = HttpScript::Ending;

const std::vector<std::pair<std::string, std::string>> kJsonType = {
    {"Content-Type", "application/json; charset=utf-8"}};

HttpScript Json(int status, std::string body) {
  return {.status = status,
          .headers = kJsonType,
          .pieces = {std::move(body)},
          .framing = HttpScript::Framing::kLength};
}

HttpScript ErrorAnswer(int status, const std::string& text) {
  return Json(status, base::Dump({{"error", text}}));
}

std::string ChatLine(const std::string& content) {
  return base::Dump({{"model", "tiny"},
                     {"created_at", "2026-01-02T03:04:05.678Z"},
                     {"message", {{"role", "assistant"}, {"content", content}}},
                     {"done", false}}) +
         "\n";
}

std::string LastLine(const std::string& reason, int prompt_tokens = 16) {
  return base::Dump({{"model", "tiny"},
                     {"created_at", "2026-01-02T03:04:05.678Z"},
                     {"message", {{"role", "assistant"}, {"content", ""}}},
                     {"done", true},
                     {"done_reason", reason},
                     {"total_duration", 592432599},
                     {"load_duration", 32320127},
                     {"prompt_eval_count", prompt_tokens},
                     {"eval_count", 24}}) +
         "\n";
}

HttpScript ChatAnswer(const std::vector<std::string>& contents, const std::string& reason) {
  HttpScript script{.headers = {{"Content-Type", "application/x-ndjson"}}};
  for (const std::string& content : contents) script.pieces.push_back(ChatLine(content));
  script.pieces.push_back(LastLine(reason));
  return script;
}

std::string TagsEntry(const std::string& name, const std::string& family,
                      const std::string& capabilities) {
  return R"({"name":")" + name + R"(","model":")" + name +
         R"(","modified_at":"2026-01-02T03:04:05Z","size":98363022,"digest":"d-)" + name +
         R"(","details":{"parent_model":"","format":"gguf","family":")" + family +
         R"(","families":[")" + family +
         R"("],"parameter_size":"134.52M","quantization_level":"Q4_1"})" +
         (capabilities.empty() ? "" : ",\"capabilities\":" + capabilities) + "}";
}

std::string Tags(const std::vector<std::string>& entries) {
  std::string body = "{\"models\":[";
  for (size_t i = 0; i < entries.size(); ++i) body += (i == 0 ? "" : ",") + entries[i];
  return body + "]}";
}

// Speaks as Ollama 0.17.4 does, as far as this package asks.
class FakeOllama {
 public:
  FakeOllama() {
    server_.SetHandler([this](const HttpSeen& seen) { return Answer(seen); });
  }

  void SetChat(std::function<HttpScript(const std::string& body)> chat) {
    std::lock_guard lock(mutex_);
    chat_ = std::move(chat);
  }
  void SetChat(const HttpScript& script) {
    SetChat([script](const std::string&) { return script; });
  }
  void SetTags(const HttpScript& script) {
    std::lock_guard lock(mutex_);
    tags_ = script;
  }
  void SetShow(const HttpScript& script) {
    std::lock_guard lock(mutex_);
    show_ = script;
  }
  HttpServer& server() { return server_; }

  // The bodies that were sent to `target`.
  std::vector<std::string> Bodies(const std::string& target) const {
    std::vector<std::string> bodies;
    for (const HttpSeen& seen : server_.seen()) {
      if (seen.target == target) bodies.push_back(seen.body);
    }
    return bodies;
  }

 private:
  HttpScript Answer(const HttpSeen& seen) {
    std::lock_guard lock(mutex_);
    if (seen.target == "/api/version") return Json(200, R"({"version":"0.17.4"})");
    if (seen.target == "/api/tags") return tags_;
    if (seen.target == "/api/show") return show_;
    if (seen.target != "/api/chat" || seen.method != "POST") {
      return {.status = 404,
              .headers = {{"Content-Type", "text/plain"}},
              .pieces = {"404 page not found"}};
    }
    if (!seen.body.starts_with(R"({"model":"tiny:latest")")) {
      return ErrorAnswer(404, "model 'nosuch:1b' not found");
    }
    return chat_(seen.body);
  }

  std::mutex mutex_;
  std::function<HttpScript(const std::string&)> chat_ = [](const std::string&) {
    return ChatAnswer({"2 + 3 = ", "5"}, "stop");
  };
  HttpScript tags_ = Json(200, Tags({TagsEntry("tiny:latest", "llama", R"(["completion"])")}));
  HttpScript show_ = Json(200, R"({"capabilities":["completion"]})");
  HttpServer server_;  // Last: its threads end first.
};

class OllamaHarness final : public ModelHarness {
 public:
  OllamaHarness() { Connect(ollama_.server().url()); }
  council::Model& model() override { return *model_; }
  std::string known_model() const override { return "tiny:latest"; }
  bool Behave(const ModelBehaviour& behaviour) override {
    HttpScript script = ChatAnswer(behaviour.pieces, "stop");
    switch (behaviour.ending) {
      case ModelBehaviour::Ending::kDone:
        break;
      case ModelBehaviour::Ending::kLength:
        script = ChatAnswer(behaviour.pieces, "length");
        break;
      case ModelBehaviour::Ending::kSilence:
        script.pieces.pop_back();
        script.ending = behaviour.pieces.empty() ? Ending::kNoAnswer : Ending::kSilence;
        break;
      case ModelBehaviour::Ending::kCut:
        script.pieces.pop_back();
        script.ending = Ending::kCut;
        break;
      case ModelBehaviour::Ending::kErrorLine:
        script.pieces.back() =
            R"({"error":"an error was encountered while running the model: unexpected EOF"})"
            "\n";
        break;
      case ModelBehaviour::Ending::kBusy:
        script =
            ErrorAnswer(503, "server busy, please try again.  maximum pending requests exceeded");
        break;
      case ModelBehaviour::Ending::kRefused:
        script = ErrorAnswer(400, "invalid options: num_ctx");
        break;
      case ModelBehaviour::Ending::kDown:
        Connect(ClosedHttpUrl());
        return true;
    }
    ollama_.SetChat(script);
    return true;
  }

 private:
  void Connect(const std::string& url) {
    model_ = std::make_unique<ollama::OllamaModel>(url, client_, clock_);
  }

  base::SystemClock clock_;
  FakeOllama ollama_;
  http::CurlClient client_{clock_};
  std::unique_ptr<ollama::OllamaModel> model_;
};

INSTANTIATE_TEST_SUITE_P(Ollama, ModelContract,
                         Values([] { return std::make_unique<OllamaHarness>(); }));

class OllamaModelTest : public Test {
 protected:
  static council::ChatRequest Request() {
    council::ChatRequest request;
    request.model = "tiny:latest";
    request.messages = {{"system", "Be \"brief\"."}, {"user", "Hi\n"}};
    request.temperature = 0.5;
    request.seed = 7;
    request.num_predict = 24;
    request.num_ctx = 512;
    return request;
  }

  base::Result<council::ChatReply> Chat(const council::ChatRequest& request) {
    return model_.Chat(request, nullptr, {});
  }

  std::string ChatBody(size_t index) const { return ollama_.Bodies("/api/chat").at(index); }

  base::SystemClock clock_;
  FakeOllama ollama_;
  http::CurlClient client_{clock_};
  ollama::OllamaModel model_{ollama_.server().url() + "/", client_, clock_};
};

TEST_F(OllamaModelTest, SendsEverythingThatTheCallAsksFor) {
  ASSERT_TRUE(Chat(Request()));
  EXPECT_EQ(ChatBody(0),
            R"({"model":"tiny:latest","messages":[{"role":"system","content":"Be \"brief\"."},)"
            R"({"role":"user","content":"Hi\n"}],"stream":true,"think":false,"keep_alive":"5m",)"
            R"("truncate":false,"options":{"temperature":0.5,"seed":7,"num_predict":24,)"
            R"("num_ctx":512}})");
}

TEST_F(OllamaModelTest, ReadsTheFigures) {
  auto reply = Chat(Request());
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->prompt_tokens, 16);
  EXPECT_EQ(reply->tokens, 24);
  EXPECT_EQ(reply->load.count(), 32320127);
  EXPECT_EQ(reply->total.count(), 592432599);
}

TEST_F(OllamaModelTest, KeepAliveIsANumberWhereOllamaWantsOne) {
  for (const auto& [text, json] : std::vector<std::pair<std::string, std::string>>{
           {"10m", "\"10m\""}, {"0", "0"}, {"-1", "-1"}, {"3600", "3600"}, {"-", "\"-\""}}) {
    auto request = Request();
    request.keep_alive = text;
    ASSERT_TRUE(Chat(request));
    EXPECT_TRUE(ollama_.Bodies("/api/chat").back().contains("\"keep_alive\":" + json)) << text;
  }
}

TEST_F(OllamaModelTest, ASeedFitsInto31Bits) {
  auto request = Request();
  request.seed = 0xFFFFFFFF00000005;
  ASSERT_TRUE(Chat(request));
  EXPECT_TRUE(ChatBody(0).contains("\"seed\":5,"));
}

TEST_F(OllamaModelTest, TheSchemaIsSentAsJson) {
  auto request = Request();
  request.format_schema = R"({"type":"object","required":["vote"]})";
  ASSERT_TRUE(Chat(request));
  EXPECT_TRUE(ChatBody(0).contains(R"("format":{"type":"object","required":["vote"]})"));
}

TEST_F(OllamaModelTest, ASchemaThatIsNoJsonObjectIsInvalid) {
  for (const char* schema : {"yaml", "[1]", "{", "7"}) {
    auto request = Request();
    request.format_schema = schema;
    auto reply = Chat(request);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, base::Errc::kInvalid);
    EXPECT_TRUE(reply.error().message.starts_with("model tiny:latest: "));
  }
  EXPECT_TRUE(ollama_.Bodies("/api/chat").empty());
}

TEST_F(OllamaModelTest, ThinkIsOnlySentToAModelThatCan) {
  auto request = Request();
  request.think = true;
  ASSERT_TRUE(Chat(request));
  EXPECT_TRUE(ChatBody(0).contains(R"("think":false)"));
  ASSERT_TRUE(Chat(request));
  EXPECT_EQ(ollama_.Bodies("/api/show").size(), 1u);  // Once is enough.
  ollama_.SetTags(
      Json(200, Tags({TagsEntry("tiny:latest", "qwen3", R"(["completion","thinking"])")})));
  ASSERT_TRUE(model_.List());
  ASSERT_TRUE(Chat(request));
  EXPECT_TRUE(ChatBody(2).contains(R"("think":true)"));
}

// The exact way: the server is asked to refuse first.
TEST_F(OllamaModelTest, APromptThatDoesNotFitIsCutAndTheReplySaysSo) {
  ollama_.SetChat([](const std::string& body) {
    if (body.contains(R"("truncate":false)")) {
      return ErrorAnswer(400, "the input length exceeds the context length");
    }
    return ChatAnswer({"cut"}, "stop");
  });
  auto reply = Chat(Request());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->text, "cut");
  EXPECT_TRUE(reply->prompt_truncated);
}

// Servers that do not know `truncate`: the count is at the size of the context.
TEST_F(OllamaModelTest, APromptThatFillsTheContextCountsAsCut) {
  for (const auto& [tokens, cut] :
       std::vector<std::pair<int, bool>>{{511, false}, {512, true}, {513, true}}) {
    ollama_.SetChat(HttpScript{.pieces = {ChatLine("x"), LastLine("stop", tokens)}});
    EXPECT_EQ(Chat(Request())->prompt_truncated, cut) << tokens;
  }
}

struct StatusCase {
  int status;
  const char* error;
  base::Errc code;
  const char* next_step;
};

TEST_F(OllamaModelTest, EachStatusHasItsCodeAndNextStep) {
  using base::Errc;
  for (const StatusCase& c : std::vector<StatusCase>{
           {400, "model is required", Errc::kInvalid, "another model"},
           {400, "\"tiny\" does not support thinking", Errc::kInvalid, "another model"},
           {401, "unauthorized", Errc::kUnauthorized, "let this host in"},
           {403, "", Errc::kUnauthorized, "let this host in"},
           {404, "model 'tiny:latest' not found", Errc::kNotFound, "ollama pull tiny:latest"},
           {404, "", Errc::kUnavailable, "OTM_OLLAMA_URL"},
           {429, "too many requests", Errc::kUnavailable, "try again"},
           {499, "request canceled", Errc::kUnavailable, "try again"},
           {500, "option \"num_ctx\" must be of type integer", Errc::kInvalid, "another model"},
           {500, "invalid JSON schema in format", Errc::kInvalid, "another model"},
           {500, "model requires more system memory (9.1 GiB) than is available (4.0 GiB)",
            Errc::kUnavailable, "smaller model"},
           {502, "", Errc::kUnavailable, "log of Ollama"},
           {503, "server busy, please try again.  maximum pending requests exceeded",
            Errc::kUnavailable, "try again in a minute"}}) {
    ollama_.SetChat(*c.error == '\0' ? HttpScript{.status = c.status, .pieces = {"<html>"}}
                                     : ErrorAnswer(c.status, c.error));
    auto reply = Chat(Request());
    ASSERT_FALSE(reply) << c.status;
    const std::string& message = reply.error().message;
    EXPECT_EQ(reply.error().code, c.code) << message;
    EXPECT_TRUE(message.starts_with("model tiny:latest")) << message;
    EXPECT_TRUE(message.contains(c.next_step)) << message;
  }
}

TEST_F(OllamaModelTest, AStopClosesTheConnection) {
  ollama_.SetChat({.pieces = {ChatLine("so far")}, .ending = Ending::kSilence});
  std::stop_source stop;
  auto reply =
      model_.Chat(Request(), [&](std::string_view) { stop.request_stop(); }, stop.get_token());
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text, "so far");
  EXPECT_TRUE(ollama_.server().WaitForClosed(1));
}

TEST_F(OllamaModelTest, AnEndlessAnswerEndsAtTheBoundOfTheText) {
  ollama_.SetChat({.pieces = {ChatLine("more ")}, .ending = Ending::kEndless});
  auto request = Request();
  request.limits.text_bytes_max = 1000;
  auto reply = Chat(request);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->text.size(), 1000u);
  EXPECT_EQ(reply->done, council::DoneReason::kLength);
}

TEST_F(OllamaModelTest, AnEndlessLineIsUnavailable) {
  ollama_.SetChat({.pieces = {std::string(10'000, ' ')}, .ending = Ending::kEndless});
  auto reply = Chat(Request());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, base::Errc::kUnavailable) << reply.error().message;
}

TEST_F(OllamaModelTest, ListGivesWhatIsKnownOfEachModelInOrder) {
  ollama_.SetTags(Json(200, Tags({TagsEntry("b:4b", "gemma3", R"(["completion","vision"])"),
                                  TagsEntry("e:latest", "nomic-bert", R"(["embedding"])"),
                                  TagsEntry("a:8b", "qwen3", R"(["completion","thinking"])")})));
  auto models = model_.List();
  ASSERT_TRUE(models) << models.error().message;
  ASSERT_EQ(models->size(), 2u);
  EXPECT_EQ(models->at(0).name, "b:4b");
  EXPECT_EQ(models->at(0).family, "gemma3");
  EXPECT_EQ(models->at(0).parameter_size, "134.52M");
  EXPECT_EQ(models->at(0).size_bytes, 98363022);
  EXPECT_FALSE(models->at(0).can_think);
  EXPECT_TRUE(models->at(1).can_think);
  EXPECT_TRUE(ollama_.Bodies("/api/show").empty());
}

TEST_F(OllamaModelTest, WhereTagsHaveNoCapabilitiesShowIsAskedOnce) {
  ollama_.SetTags(Json(200, Tags({TagsEntry("t:1b", "qwen3", ""), TagsEntry("e:1b", "bert", "")})));
  ollama_.SetShow(Json(200, R"({"modelfile":"x","capabilities":["completion","thinking"]})"));
  for (int i = 0; i < 2; ++i) {
    auto models = model_.List();
    ASSERT_TRUE(models) << models.error().message;
    ASSERT_EQ(models->size(), 1u);
    EXPECT_TRUE(models->at(0).can_think);
  }
  EXPECT_EQ(ollama_.Bodies("/api/show"), std::vector<std::string>{R"({"model":"t:1b"})"});
}

// Padded with blanks to below, at and above the bound.
TEST_F(OllamaModelTest, WhatShowSaysIsBounded) {
  for (const int over : {-1, 0, 1}) {
    ollama_.SetTags(Json(200, Tags({TagsEntry("t" + std::to_string(over), "qwen3", "")})));
    std::string body = R"({"capabilities":["completion","thinking"]})";
    body.resize(ollama::kShowBytesMax + static_cast<size_t>(over), ' ');
    ollama_.SetShow(Json(200, body));
    auto models = model_.List();
    ASSERT_TRUE(models) << models.error().message;
    EXPECT_EQ(models->at(0).can_think, over <= 0) << over;
  }
}

TEST_F(OllamaModelTest, TheVersionIsBounded) {
  for (const int over : {-1, 0, 1}) {
    std::string body = R"({"version":"0.17.4"})";
    body.resize(ollama::kVersionBytesMax + static_cast<size_t>(over), ' ');
    HttpServer server;
    server.Serve(Json(200, body));
    ollama::OllamaModel model(server.url(), client_, clock_);
    EXPECT_EQ(model.Version().has_value(), over <= 0) << over;
  }
}

TEST_F(OllamaModelTest, AFailingShowLeavesTheModelInTheList) {
  ollama_.SetTags(Json(200, Tags({TagsEntry("t:1b", "", "")})));
  ollama_.SetShow(ErrorAnswer(500, "broken"));
  auto models = model_.List();
  ASSERT_TRUE(models);
  ASSERT_EQ(models->size(), 1u);
  EXPECT_EQ(models->at(0).family, "t");
  EXPECT_FALSE(models->at(0).can_think);
}

TEST_F(OllamaModelTest, NoModelsIsAnEmptyList) {
  for (const char* body : {R"({"models":[]})", R"({"models":null})"}) {
    ollama_.SetTags(Json(200, body));
    auto models = model_.List();
    ASSERT_TRUE(models) << models.error().message;
    EXPECT_TRUE(models->empty());
  }
}

TEST_F(OllamaModelTest, AListOfAnotherKindIsUnavailableAndSaysWhereToLook) {
  for (const HttpScript& script :
       {Json(200, "<html>"), Json(200, "{}"), Json(200, R"({"models":7})"),
        Json(200, R"({"models":[{"name":7}]})"), ErrorAnswer(500, "broken"),
        Json(200, std::string(ollama::kTagsBytesMax + 1, ' '))}) {
    ollama_.SetTags(script);
    auto models = model_.List();
    ASSERT_FALSE(models);
    EXPECT_EQ(models.error().code, base::Errc::kUnavailable);
    EXPECT_TRUE(models.error().message.starts_with("list the models: "));
  }
}

TEST_F(OllamaModelTest, TheListIsBoundedInBytesAndModels) {
  for (const size_t count : {ollama::kModelsMax - 1, ollama::kModelsMax, ollama::kModelsMax + 1}) {
    const std::string entry = TagsEntry("a:8b", "qwen3", R"(["completion"])");
    std::string body = Tags(std::vector<std::string>(count, entry));
    body.resize(ollama::kTagsBytesMax, ' ');  // At the bound; above it: the test before this one.
    ollama_.SetTags(Json(200, body));
    auto models = model_.List();
    ASSERT_TRUE(models) << models.error().message;
    EXPECT_EQ(models->size(), std::min(count, ollama::kModelsMax));
  }
}

TEST_F(OllamaModelTest, GivesItsVersion) { EXPECT_EQ(model_.Version().value(), "0.17.4"); }

TEST_F(OllamaModelTest, WhatIsNoOllamaHasNoVersion) {
  for (const HttpScript& script : {Json(200, "{}"), Json(200, "<html>"), Json(404, "x")}) {
    HttpServer server;
    server.Serve(script);
    ollama::OllamaModel model(server.url(), client_, clock_);
    auto version = model.Version();
    ASSERT_FALSE(version);
    EXPECT_EQ(version.error().code, base::Errc::kUnavailable);
    EXPECT_TRUE(version.error().message.contains("OTM_OLLAMA_URL")) << version.error().message;
  }
}

}  // namespace
}  // namespace testing
