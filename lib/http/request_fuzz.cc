// Streams of requests, cut anywhere, through the engine's parser and the strict reference: the
// same requests, or an error from both. The first bytes of the input choose the cuts.
#include <pistache/http.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/check.h"
#include "lib/http/reference_parser.h"

namespace {

using http::testing::ReadRequests;
using http::testing::ReferenceLimits;

constexpr size_t kCuts = 4;
constexpr size_t kBodyMax = 1024;
constexpr size_t kKeptMax = 64 * 1024;

struct Seen {
  std::vector<http::testing::ReferenceRequest> requests;
  bool error = false;
};

// As Pistache's handler does it: all requests that are complete, then the next piece.
void Feed(Pistache::Http::RequestParser& parser, std::string_view piece, Seen& seen) {
  if (seen.error || piece.empty()) return;
  if (!parser.feed(piece.data(), piece.size())) {
    seen.error = true;
    return;
  }
  try {
    while (!parser.empty() && parser.parse() == Pistache::Http::Private::State::Done) {
      seen.requests.push_back({Pistache::Http::methodString(parser.request.method()),
                               parser.request.target(), parser.request.body()});
      parser.next();
    }
  } catch (const std::exception&) {
    seen.error = true;
  }
}

std::vector<std::string> EngineMethods() {
  std::vector<std::string> methods;
#define METHOD(name, text) methods.emplace_back(text);
  HTTP_METHODS
#undef METHOD
  return methods;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < kCuts || size > kKeptMax) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + kCuts, size - kCuts);
  static const ReferenceLimits limits{.body = kBodyMax, .methods = EngineMethods()};
  const auto expected = ReadRequests(bytes, limits);
  if (expected.odd_host) return 0;

  Pistache::Http::RequestParser parser(kKeptMax, kBodyMax);
  Seen seen;
  size_t at = 0;
  for (size_t i = 0; i < kCuts; ++i) {
    const size_t length = std::min<size_t>(data[i], bytes.size() - at);
    Feed(parser, bytes.substr(at, length), seen);
    at += length;
  }
  Feed(parser, bytes.substr(at), seen);

  // Behind a request that closes the reference does not look; the engine's handler decides that.
  const bool closed = !expected.requests.empty() && !expected.requests.back().keep_alive;
  CHECK(seen.requests.size() >= expected.requests.size());
  for (size_t i = 0; i < expected.requests.size(); ++i) {
    CHECK(seen.requests[i].method == expected.requests[i].method);
    CHECK(seen.requests[i].target == expected.requests[i].target);
    CHECK(seen.requests[i].body == expected.requests[i].body);
  }
  if (closed) return 0;
  CHECK(seen.requests.size() == expected.requests.size());
  CHECK(seen.error == expected.error);
  return 0;
}
