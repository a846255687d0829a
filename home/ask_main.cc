#include "home/ask_main.h"

#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "home/ask.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/exit_code.h"
#include "lib/http/curl_client.h"

namespace home {
namespace {

void Say(std::string_view line) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

}  // namespace

int AskMain(int argc, char** argv) {
  AskOptions options = {.url = "http://127.0.0.1:9000", .question = {}, .preset = {}};
  std::vector<std::string> words;
  base::Config config("otm-home ask");
  config.AddUrl({"url", "URL", "of the portal"}, options.url);
  config.AddText({"preset", "NAME", "quick, classic, …; the portal's default without"},
                 options.preset);
  config.AddArguments(words, 1);
  const std::vector<std::string> args(argv + 1, argv + argc);
  const auto request = config.Load(args, {});
  if (!request) {
    Say(request.error().message);
    return base::kExitUsage;
  }
  if (*request != base::ConfigRequest::kRun) {
    std::printf("usage: otm-home ask [--url URL] [--preset NAME] \"QUESTION\"\n\n%s",
                config.Help().c_str());
    return base::kExitDone;
  }
  if (words.empty()) {
    Say("ask what? For example: otm-home ask \"Why is the sky blue?\"");
    return base::kExitUsage;
  }
  options.question = words.front();
  if (options.url.ends_with('/')) options.url.pop_back();
  base::SystemClock clock;
  http::CurlClient http(clock);
  const auto answer = Ask(options, {.clock = clock, .http = http, .progress = Say}, {});
  if (!answer) {
    const bool nobody = answer.error().code == base::Errc::kUnavailable;
    Say(answer.error().message + (nobody ? "; is it running? Start it with ./otm up" : ""));
    return base::ExitCode(answer.error().code);
  }
  std::printf("%s\n", answer->c_str());
  return base::kExitDone;
}

}  // namespace home
