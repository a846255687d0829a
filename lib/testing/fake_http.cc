#include "lib/testing/fake_http.h"

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace testing {
namespace {

using http::ClientRequest;
using http::ClientResponse;

std::string LowerCase(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

base::Error Unavailable(const ClientRequest& request, std::string_view what) {
  return {base::Errc::kUnavailable, http::UrlAuthority(request.url) + ": " + std::string(what)};
}

}  // namespace

struct FakeHttp::State {
  explicit State(const base::Clock& clock_in) : clock(clock_in) {}

  struct Entry {
    std::string url;
    std::vector<HttpScript> scripts;
    Handler handler;
    size_t next = 0;
  };

  const base::Clock& clock;
  mutable std::mutex mutex;
  std::condition_variable_any changed;
  std::vector<Entry> routes;
  std::vector<ClientRequest> requests;

  std::optional<HttpScript> Find(const ClientRequest& request) {
    Handler handler;
    {
      std::lock_guard lock(mutex);
      requests.push_back(request);
      changed.notify_all();
      const auto route = std::find_if(routes.rbegin(), routes.rend(), [&](const Entry& entry) {
        return request.url.starts_with(entry.url);
      });
      if (route == routes.rend()) return std::nullopt;
      if (!route->handler) {
        const size_t index = std::min(route->next, route->scripts.size() - 1);
        ++route->next;
        return route->scripts[index];
      }
      handler = route->handler;
    }
    return handler(request);
  }

  // Waits as a silent peer does and says why the wait ended.
  base::Error Silence(const ClientRequest& request, base::Duration limit, std::string_view what,
                      std::stop_token stop) {
    std::unique_lock lock(mutex);
    const base::Duration& total = request.deadlines.total;
    clock.Wait(lock, changed, std::min(limit, total), stop, [] { return false; });
    if (stop.stop_requested()) return Unavailable(request, "stopped");
    if (total <= limit) return Unavailable(request, "no complete answer in time");
    return Unavailable(request, what);
  }
};

FakeHttp::FakeHttp(const base::Clock& clock) : state_(std::make_unique<State>(clock)) {}
FakeHttp::~FakeHttp() = default;

void FakeHttp::Route(std::string url, std::vector<HttpScript> scripts) {
  std::lock_guard lock(state_->mutex);
  state_->routes.push_back({.url = std::move(url), .scripts = std::move(scripts), .handler = {}});
}

void FakeHttp::Route(std::string url, Handler handler) {
  std::lock_guard lock(state_->mutex);
  state_->routes.push_back({.url = std::move(url), .scripts = {}, .handler = std::move(handler)});
}

std::vector<ClientRequest> FakeHttp::requests() const {
  std::lock_guard lock(state_->mutex);
  return state_->requests;
}

bool FakeHttp::WaitForRequests(size_t count, base::Duration timeout) {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, timeout, [&] { return state_->requests.size() >= count; });
}

base::Result<ClientResponse> FakeHttp::Send(const ClientRequest& request, std::stop_token stop) {
  return Stream(request, nullptr, stop);
}

base::Result<ClientResponse> FakeHttp::Stream(const ClientRequest& request,
                                              const std::function<bool(std::string_view)>& on_body,
                                              std::stop_token stop) {
  RETURN_IF_ERROR(http::CheckRequest(request));
  if (stop.stop_requested()) return std::unexpected(Unavailable(request, "stopped"));
  const auto script = state_->Find(request);
  if (!script) return std::unexpected(Unavailable(request, "connection refused"));
  const http::Deadlines& deadlines = request.deadlines;
  if (script->ending == HttpScript::Ending::kNoAnswer) {
    return std::unexpected(state_->Silence(request, deadlines.first_byte, "no answer began", stop));
  }
  ClientResponse response{.status = script->status};
  for (const auto& [name, value] : script->headers) {
    response.headers.emplace_back(LowerCase(name), value);
  }
  const bool streams = on_body && script->status >= 200 && script->status < 300;
  const base::Duration end = state_->clock.Monotonic() + deadlines.total;
  size_t bytes = 0;
  for (size_t i = 0; i < script->pieces.size();) {
    if (stop.stop_requested()) return std::unexpected(Unavailable(request, "stopped"));
    if (state_->clock.Monotonic() >= end) {
      return std::unexpected(Unavailable(request, "no complete answer in time"));
    }
    const std::string& piece = script->pieces[i];
    bytes += piece.size();
    if (bytes > request.body_bytes_max) {
      return base::Fail(base::Errc::kExhausted,
                        http::UrlAuthority(request.url) + ": the answer is larger than " +
                            std::to_string(request.body_bytes_max) + " bytes; raise the limit");
    }
    if (!streams) {
      response.body += piece;
    } else if (!on_body(piece)) {
      return response;
    }
    const bool last = i + 1 == script->pieces.size();
    if (!last || script->ending != HttpScript::Ending::kEndless) ++i;
  }
  if (script->ending == HttpScript::Ending::kSilence) {
    return std::unexpected(state_->Silence(request, deadlines.idle, "the answer stalled", stop));
  }
  if (stop.stop_requested()) return std::unexpected(Unavailable(request, "stopped"));
  if (script->ending == HttpScript::Ending::kCut) {
    return std::unexpected(Unavailable(request, "the connection was cut"));
  }
  return response;
}

}  // namespace testing
