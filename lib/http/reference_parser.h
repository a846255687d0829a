// The strictest reading of HTTP/1.1 requests, for the fuzz target and its test: written from
// RFC 9112 and docs/http-server.md, sharing nothing with the server. Slow, small, whole input only.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace http::testing {

struct ReferenceLimits {
  size_t line = 8 * 1024;
  size_t header = 16 * 1024;
  size_t fields = 64;
  size_t chunk_line = 256;
  size_t body = 1024;
  std::vector<std::string> methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
};

struct ReferenceRequest {
  std::string method;
  std::string target;
  std::string body;
  bool keep_alive = false;
  bool odd_host = false;
};

struct ReferenceStream {
  std::vector<ReferenceRequest> requests;  // Up to an error, the end, or one that closes.
  bool odd_host = false;  // A Host that is not just small letters: not judged here.
  bool error = false;     // What follows them is refused: 4xx or 5xx, and a close.
};

// What a server must make of `bytes`, and nothing more after them for now.
ReferenceStream ReadRequests(std::string_view bytes, const ReferenceLimits& limits);

}  // namespace http::testing
