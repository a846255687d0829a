// Which handler serves a request.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/http/message.h"
#include "lib/http/responder.h"

namespace http {

// Must not block for more than some milliseconds: what waits answers from its own thread. What
// it throws is caught, logged with the request id, and answered by 500 without a detail.
using Handler = std::function<void(const Request&, Responder)>;

// Path segments with ":name" parts, e.g. "/api/prompts/:id/cancel". Unknown paths are 404,
// known paths with another method 405 with Allow; HEAD and OPTIONS come by themselves. Where
// several patterns fit, the one with the earlier literal segment wins, then the earlier added.
class Router {
 public:
  // A pattern without leading "/" or with an empty ":" name, and the same route twice, are
  // broken invariants (CHECK).
  void Add(Method method, std::string_view pattern, Handler handler);
  // Called for GET when no pattern fits; for assets and the page itself.
  void SetFallback(Handler handler);
  // Called before every handler, also the fallback; a Response ends the request there. For
  // Host checks, sessions and CSRF.
  using Guard = std::function<std::optional<Response>(const Request&)>;
  void AddGuard(Guard guard);

  // What the router says about `segments` (decoded) of a path. The reference lives as long as
  // the Router is not changed.
  struct Match {
    const Handler* handler = nullptr;  // Nothing fits: see `allow`.
    std::vector<std::pair<std::string, std::string>> params;
    std::string allow;  // "GET, HEAD, OPTIONS"; empty when no method has this path: 404.
  };
  Match Find(Method method, const std::vector<std::string>& segments) const;

  // The first answer of a guard, in the order they were added.
  std::optional<Response> Check(const Request& request) const;

 private:
  struct Route {
    Method method;
    std::vector<std::string> segments;
    Handler handler;
  };
  std::vector<Route> routes_;
  Handler fallback_;
  std::vector<Guard> guards_;
};

}  // namespace http
