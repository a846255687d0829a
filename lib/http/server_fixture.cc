#include "lib/http/server_fixture.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "lib/base/check.h"
#include "lib/http/message.h"
#include "lib/http/raw_client.h"
#include "lib/http/router.h"

namespace http::testing {

TestServer::TestServer(ServerOptions options) : TestServer(std::move(options), system_clock_) {}

TestServer::TestServer(ServerOptions options, const base::Clock& clock) {
  auto server = Server::Start(options, Routes(), clock);
  CHECK(server);
  server_ = *std::move(server);
}

TestServer::~TestServer() {
  {
    const std::lock_guard lock(mutex_);
    later_.clear();
  }
  server_.reset();
}

std::vector<std::string> TestServer::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

int TestServer::Calls(std::string_view path) const {
  return static_cast<int>(std::ranges::count(calls(), path));
}

Responder TestServer::Later() {
  std::unique_lock lock(mutex_);
  CHECK(changed_.wait_for(lock, kPatience, [&] { return !later_.empty(); }));
  auto responder = std::move(later_.front());
  later_.pop_front();
  return responder;
}

void TestServer::Note(const Request& request) {
  const std::lock_guard lock(mutex_);
  calls_.push_back(request.path);
}

Router TestServer::Routes() {
  Router router;
  const auto add = [&](Method method, std::string_view pattern, auto answer) {
    router.Add(method, pattern, [this, answer](const Request& request, Responder responder) {
      Note(request);
      responder.Send(Response::Text(200, answer(request)));
    });
  };
  add(Method::kGet, "/hello", [](const Request&) { return std::string("hello"); });
  add(Method::kGet, "/inner", [](const Request&) { return std::string("inner"); });
  add(Method::kGet, "/marker/:m", [](const Request& r) { return std::string(r.Param("m")); });
  add(Method::kPost, "/echo", [](const Request& r) { return r.body; });
  router.Add(Method::kGet, "/big", [this](const Request& request, Responder responder) {
    static const auto body = std::make_shared<const std::string>(kBigBytes, 'b');
    Note(request);
    responder.Send({.content_type = "text/plain", .body = body});
  });
  router.Add(Method::kGet, "/later", [this](const Request& request, Responder responder) {
    Note(request);
    const std::lock_guard lock(mutex_);
    later_.push_back(std::move(responder));
    changed_.notify_all();
  });
  return router;
}

}  // namespace http::testing
