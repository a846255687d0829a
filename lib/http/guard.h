// Who may talk to a server: keeps web pages of other sites away from an API without login.
//
// A page elsewhere can make a browser in this house send requests to any address of it. Three
// things stop that: the request must name a host of ours (a rebound name is foreign: 421), a
// change must come from our own page or from no page at all (403), and it must be of a kind that
// a browser never sends across sites without asking first (415).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/http/message.h"

namespace http {

// Immutable after construction; thread-safe; no I/O.
class Guard {
 public:
  // `allowed_hosts` are names or addresses without port; case does not matter. Literal loopback
  // addresses and "localhost" are always allowed.
  explicit Guard(std::vector<std::string> allowed_hosts);

  // The refusal, or nothing when the request may go on.
  std::optional<Response> Check(const Request& request) const;

 private:
  bool IsOurs(std::string_view host) const;

  std::vector<std::string> allowed_hosts_;
};

// "application/json" with or without parameters, in any case.
bool HasJsonBody(const Request& request);

// Sets a header that the response may have already.
void SetHeader(Response& response, std::string_view name, std::string value);

// Content-Security-Policy and its companions, for every response that a browser may show.
void AddSecurityHeaders(Response& response);

}  // namespace http
