// Port HttpClient: requests with mandatory deadlines and bounded bytes.
// Implementations: http::CurlClient, testing::FakeHttp; both pass contract/http_client.h.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace http {

// All of them are needed (kInvalid otherwise): there is no request without an end.
struct Deadlines {
  base::Duration connect{0};
  base::Duration first_byte{0};  // From the request's end to the first byte of the answer.
  base::Duration idle{0};        // Between two pieces of the body.
  base::Duration total{0};
};

// Whom a request may reach, whatever its host's name says when it is looked up.
enum class Peers {
  kAny,
  kPublic,  // IsPublicAddress (addresses.h): for addresses that others have given us.
};

struct ClientRequest {
  std::string method = "GET";
  std::string url = {};  // http:// or https://; redirects are not followed.
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  Deadlines deadlines = {};
  size_t body_bytes_max = 0;  // Of the answer, needed too; over it: kExhausted.
  Peers peers = Peers::kAny;  // Another one: kInvalid, and nothing was sent.
};

struct ClientResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers = {};  // Names in lower case.
  std::string body = {};                                          // Empty when it was streamed.

  std::optional<std::string> Header(std::string_view lower_case_name) const;  // The first.
};

// What every implementation checks before it sends anything. kInvalid: no http:// or https://
// URL with a host, blanks or control characters in URL, method or header, a deadline or the
// bound of the body missing; the message says which.
base::Status CheckRequest(const ClientRequest& request);

// "127.0.0.1:11434" for messages: host and port without user, password and path.
std::string UrlAuthority(std::string_view url);

// Thread-safe.
class HttpClient {
 public:
  virtual ~HttpClient() = default;

  // Every status is a success here; errors are about the transport: kUnavailable (refused, no
  // such host, deadline passed, cut; the message says which and names host and port), kInvalid
  // (bad URL), kExhausted (body over the limit). A stop closes the connection within 200 ms and
  // gives kUnavailable with "stopped".
  virtual base::Result<ClientResponse> Send(const ClientRequest& request, std::stop_token stop) = 0;

  // The same, but the body goes to `on_body` in pieces, on the calling thread, and only when
  // the status is 2xx; other bodies are collected as in Send. `body_bytes_max` bounds both.
  // Return false to end early: the connection is closed and the call succeeds.
  virtual base::Result<ClientResponse> Stream(const ClientRequest& request,
                                              const std::function<bool(std::string_view)>& on_body,
                                              std::stop_token stop) = 0;
};

}  // namespace http
