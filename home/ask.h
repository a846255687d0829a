// `otm ask`: one question from the command line, over the portal's API and its event stream.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/http/client.h"

namespace home {

// The council's own limit of a run is 20 minutes; before it there may be a queue, or a model that
// is still prepared.
inline constexpr std::chrono::hours kAskWaitMax{2};

// The stream tells of a change at once; should it be cut, the answer is still found this soon.
inline constexpr std::chrono::seconds kAskPoll{2};

struct AskOptions {
  std::string url;  // "http://127.0.0.1:9000"
  std::string question;
  std::string preset;  // Empty: the portal's default.
};

struct AskParts {
  const base::Clock& clock;
  http::HttpClient& http;
  std::function<void(std::string_view line)> progress;  // Called on two threads, one at a time.
};

// Blocks until the answer is there, at most kAskWaitMax, and gives its Markdown; a notice that
// must stand above it comes first. Errors: what the portal refuses, with its own words;
// kUnavailable when it is not reachable; kInternal for a question that FAILED or was cancelled.
base::Result<std::string> Ask(const AskOptions& options, const AskParts& parts,
                              std::stop_token stop);

// A line for people about one event of the stream, where it is about prompt `id` and worth one.
std::string ProgressLine(std::string_view event_json, std::string_view id);

}  // namespace home
