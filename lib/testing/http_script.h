// One scripted answer of an HTTP server: played by FakeHttp in memory and by HttpServer on a
// socket, so that one test can run on both.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace testing {

struct HttpScript {
  enum class Ending {
    kComplete,  // The body ends as announced.
    kCut,       // The connection ends in the middle of the body.
    kSilence,   // Nothing more comes, the connection stays.
    kEndless,   // The last piece is repeated for ever.
    kNoAnswer,  // The request is read and nothing is sent, not even a head.
  };
  // How the end of the body is announced.
  enum class Framing { kLength, kChunked, kUntilClose };

  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::vector<std::string> pieces = {};
  Ending ending = Ending::kComplete;
  Framing framing = Framing::kChunked;
  std::string raw = {};  // HttpServer only: sent as it is instead of head and body.
};

// A request as a scripted server saw it. Names of headers are in lower case.
struct HttpSeen {
  std::string method = {};
  std::string target = {};  // "/api/chat?x=1"
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

}  // namespace testing
