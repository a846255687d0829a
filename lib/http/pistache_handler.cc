#include "lib/http/pistache_handler.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pistache/peer.h>
#include <pistache/transport.h>
#include <sys/socket.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include "lib/base/log.h"
#include "lib/http/answer_bytes.h"
#include "lib/http/client_address.h"
#include "lib/http/fields.h"
#include "lib/http/problem.h"
#include "lib/http/refusals.h"
#include "lib/http/target.h"

namespace http {
namespace {

namespace engine = Pistache::Http;

constexpr const char* kAddressData = "otm.address";
constexpr int kBadRequest = 400;
constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;
constexpr int kNoContent = 204;
constexpr int kServiceUnavailable = 503;

void SetOption(int fd, int level, int name, int value) {
  // A socket that refuses an option still works; it is only found dead later.
  (void)::setsockopt(fd, level, name, &value, sizeof value);
}

// IPv4 clients of a dual-stack socket appear as ::ffff:192.168.1.7.
std::string PlainAddress(const std::string& host) {
  constexpr std::string_view kMapped = "::ffff:";
  const bool mapped = host.starts_with(kMapped) && host.contains('.');
  return mapped ? host.substr(kMapped.size()) : host;
}

std::optional<Method> MethodOf(engine::Method method) {
  switch (method) {
    case engine::Method::Get:
    case engine::Method::Head:
      return Method::kGet;
    case engine::Method::Post:
      return Method::kPost;
    case engine::Method::Put:
      return Method::kPut;
    case engine::Method::Patch:
      return Method::kPatch;
    case engine::Method::Delete:
      return Method::kDelete;
    default:  // Pistache knows 30 more, of WebDAV and others.
      return std::nullopt;
  }
}

Response MethodNotAllowed(const Request& request, const std::string& allow) {
  auto response = Problem(request, kMethodNotAllowed, StatusPhrase(kMethodNotAllowed),
                          "This path has other methods: " + allow + ".");
  response.headers.emplace_back("Allow", allow);
  return response;
}

// Fields that a preflight asks for are granted as they are, when they are plain field names.
std::string GrantedFields(const Request& request) {
  const auto asked = request.Header("access-control-request-headers");
  if (!asked) return "";
  auto list = *asked;
  while (!list.empty()) {
    if (!IsToken(TakeListElement(list))) return "";
  }
  return std::string(*asked);
}

Response OptionsAnswer(const Request& request, const std::string& allow,
                       const std::optional<std::string>& cors_origin) {
  auto response = Response::Empty(kNoContent);
  response.headers.emplace_back("Allow", allow);
  if (!cors_origin || cors_origin->empty()) return response;
  response.headers.emplace_back("Access-Control-Allow-Methods", allow);
  if (const auto fields = GrantedFields(request); !fields.empty()) {
    response.headers.emplace_back("Access-Control-Allow-Headers", fields);
  }
  response.headers.emplace_back("Access-Control-Max-Age", "600");
  return response;
}

std::optional<std::string> CorsOrigin(const Request& request,
                                      const std::vector<std::string>& allowed) {
  if (allowed.empty()) return std::nullopt;
  const auto origin = request.Header("origin");
  if (!origin || std::ranges::find(allowed, *origin) == allowed.end()) return "";
  return std::string(*origin);
}

}  // namespace

void PistacheHandler::onConnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer) {
  engine::Handler::onConnection(peer);
  const int fd = peer->actualFd();
  SetOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  SetOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, kTcpUserTimeoutMs);
  SetOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  SetOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, kTcpKeepaliveIdleSeconds);
  SetOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, kTcpKeepaliveIntervalSeconds);
  SetOption(fd, IPPROTO_TCP, TCP_KEEPCNT, kTcpKeepaliveProbes);
  peer->putData(kAddressData, std::make_shared<std::string>(PlainAddress(peer->address().host())));
  ++core_->connections_accepted;
  if (++core_->connections > core_->options.connections_max) RefuseConnection(peer);
}

void PistacheHandler::onDisconnection(const std::shared_ptr<Pistache::Tcp::Peer>& /*peer*/) {
  --core_->connections;
  ++core_->connections_closed;
}

void PistacheHandler::RefuseConnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer) {
  ++core_->connections_refused;
  if (core_->connections > core_->options.connections_max + kRefusedConnectionsMax) {
    ::shutdown(peer->actualFd(), SHUT_RDWR);
    return;
  }
  const auto request_id = core_->NewRequestId();
  const auto date = core_->Date();
  const auto response =
      ProblemOf(request_id, {.status = kServiceUnavailable,
                             .title = "Too many connections",
                             .detail = "Close connections that are not needed, or try later."});
  const auto bytes = AnswerBytes(response, {.date = date,
                                            .request_id = request_id,
                                            .cors_origin = {},
                                            .afterwards = Afterwards::kClose});
  // A new socket has room for it; if not, the client sees a close.
  if (bytes) (void)::send(peer->actualFd(), bytes->data(), bytes->size(), MSG_NOSIGNAL);
  transport()->lingeringClose(peer);
}

void PistacheHandler::onRequest(const engine::Request& request, engine::ResponseWriter writer) {
  ++core_->requests;
  const auto peer = writer.getPeer();
  const auto address =
      peer ? std::static_pointer_cast<std::string>(peer->tryGetData(kAddressData)) : nullptr;
  const auto answer = std::make_shared<PistacheAnswer>(core_, std::move(writer));
  try {
    Serve(request, answer, address ? *address : "");
  } catch (const std::exception& e) {
    answer->Fault(e.what());
  } catch (...) {
    answer->Fault("not an std::exception");
  }
  answer->HandlerReturned();
}

void PistacheHandler::onRefused(engine::Code code, const std::string& reason,
                                engine::ResponseWriter writer) {
  ++core_->requests_refused;
  const auto answer = std::make_shared<PistacheAnswer>(core_, std::move(writer));
  const int status = static_cast<int>(code);
  core_->Log(base::LogLevel::kInfo,
             {"http.request_refused", "a request was refused", answer->request_id(), reason});
  answer->Send(ProblemOf(
      answer->request_id(),
      {.status = status, .title = StatusPhrase(status), .detail = RefusalAdvice(status)}));
}

void PistacheHandler::Serve(const engine::Request& request,
                            const std::shared_ptr<PistacheAnswer>& answer,
                            std::string peer_address) {
  Request parsed;
  parsed.request_id = answer->request_id();
  parsed.peer_address = std::move(peer_address);
  parsed.headers.reserve(request.fields().size());
  for (const auto& [name, value] : request.fields()) {
    parsed.headers.emplace_back(LowerCase(name), value);
  }
  parsed.peer_address = ClientAddress(parsed, core_->options.trusted_proxies);
  const auto cors_origin = CorsOrigin(parsed, core_->options.cors_origins);
  answer->SetCorsOrigin(cors_origin);
  Responder responder(answer);

  if (request.method() == engine::Method::Options && request.target() == "*") {
    return responder.Send(
        OptionsAnswer(parsed, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", cors_origin));
  }
  auto target = ParseTarget(request.target(), parsed.Header("host").value_or(""));
  if (!target) {
    answer->CloseAfterwards();
    return responder.Send(
        Problem(parsed, kBadRequest, StatusPhrase(kBadRequest), target.error().message));
  }
  parsed.path = std::move(target->path);
  parsed.query = std::move(target->query);

  const auto method = MethodOf(request.method());
  auto match = core_->router.Find(method.value_or(Method::kGet), target->segments);
  const bool is_options = request.method() == engine::Method::Options;
  if (match.allow.empty()) {
    return responder.Send(Problem(parsed, kNotFound, StatusPhrase(kNotFound),
                                  "There is nothing at this path; check its spelling."));
  }
  if (is_options) return responder.Send(OptionsAnswer(parsed, match.allow, cors_origin));
  if (!method || match.handler == nullptr) {
    return responder.Send(MethodNotAllowed(parsed, match.allow));
  }
  parsed.method = *method;
  parsed.params = std::move(match.params);
  parsed.body = request.body();
  if (auto response = core_->router.Check(parsed)) return responder.Send(*std::move(response));
  (*match.handler)(parsed, std::move(responder));
}

}  // namespace http
