// The request target (RFC 9112 section 3.2), decoded once. No I/O.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.h"

namespace http {

// More fit into no form of ours. Over it: 400.
inline constexpr int kQueryPairsMax = 256;

struct Target {
  std::vector<std::string> segments;  // Split at "/" first, then decoded: "a%2Fb" stays one.
  std::string path;                   // "/" + the segments joined; for logs and assets.
  std::vector<std::pair<std::string, std::string>> query;
};

// "/path?query", or "http://host/path?query" where `host` is that of the Host field. kInvalid:
// any other form, a bad escape, NUL, invalid UTF-8, a "." or ".." segment (also escaped), a
// fragment, more than kQueryPairsMax pairs. "+" is a blank in the query only.
base::Result<Target> ParseTarget(std::string_view target, std::string_view host);

}  // namespace http
