#include "home/ask.h"

#include <cmath>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "lib/base/json.h"
#include "lib/base/ulid.h"
#include "lib/http/sse_reader.h"

namespace home {
namespace {

constexpr size_t kReplyBytesMax = 1024 * 1024;  // A prompt of 64 KiB, an answer of 256, escaped.
constexpr size_t kStreamBytesMax = 1024 * 1024 * 1024;
constexpr http::Deadlines kRequest = {.connect = std::chrono::seconds(2),
                                      .first_byte = std::chrono::seconds(10),
                                      .idle = std::chrono::seconds(10),
                                      .total = std::chrono::seconds(20)};
// Heartbeats come every 15 s.
constexpr http::Deadlines kStream = {.connect = std::chrono::seconds(2),
                                     .first_byte = std::chrono::seconds(10),
                                     .idle = std::chrono::seconds(45),
                                     .total = kAskWaitMax};

// The words of the page for how far a council agreed (council design 6.3).
constexpr double kStrongShare = 0.75;
constexpr double kMajorityShare = 0.5;
constexpr double kPercent = 100;

constexpr int kBadRequest = 400;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;
constexpr int kTooManyRequests = 429;
constexpr int kServerError = 500;
constexpr int kServiceUnavailable = 503;

base::Errc CodeOf(int status) {
  if (status == kUnauthorized || status == kForbidden) return base::Errc::kUnauthorized;
  if (status == kNotFound) return base::Errc::kNotFound;
  if (status == kConflict) return base::Errc::kConflict;
  if (status == kTooManyRequests) return base::Errc::kExhausted;
  if (status == kServiceUnavailable) return base::Errc::kUnavailable;
  return status >= kServerError ? base::Errc::kInternal : base::Errc::kInvalid;
}

// The sentence of a problem+json, or the bare status.
base::Error Refusal(const http::ClientResponse& response) {
  std::string words = "the portal answered with status " + std::to_string(response.status);
  if (const auto problem = base::JsonDocument::Parse(response.body, kReplyBytesMax)) {
    if (const auto detail = problem->root().String("detail")) words = *detail;
  }
  return {CodeOf(response.status), words};
}

std::string TextOr(const base::JsonView& object, std::string_view key,
                   const std::string& otherwise) {
  const auto text = object.OptionalString(key);
  return text && text->has_value() ? **text : otherwise;
}

std::string NumberOr(const base::JsonView& object, std::string_view key, std::string otherwise) {
  const auto number = object.OptionalInt(key);
  return number && number->has_value() ? std::to_string(**number) : std::move(otherwise);
}

// One question on its way: a thread follows the stream, the caller's asks for the state.
class Asking {
 public:
  Asking(const AskOptions& options, const AskParts& parts)
      : options_(options), parts_(parts), id_(base::NewUlid(parts.clock.UnixMs())) {}

  base::Result<std::string> Run(const std::stop_token& stop) {
    RETURN_IF_ERROR(Post(stop));
    Progress("asked (" + id_ + ")");
    std::jthread follower([this](const std::stop_token& ended) { Follow(ended); });
    const base::Duration end = parts_.clock.Monotonic() + kAskWaitMax;
    while (parts_.clock.Monotonic() < end && !stop.stop_requested()) {
      auto answer = Look(stop);
      if (!answer) return std::unexpected(std::move(answer).error());
      if (answer->has_value()) return **std::move(answer);
      std::unique_lock lock(mutex_);
      parts_.clock.Wait(lock, changed_, kAskPoll, stop, [this] { return news_; });
      news_ = false;
    }
    return base::Fail(base::Errc::kUnavailable,
                      "no answer yet; the question stays in the queue, see " + options_.url);
  }

 private:
  base::Status Post(const std::stop_token& stop) {
    base::OrderedJson body = {{"id", id_}, {"prompt", options_.question}};
    if (!options_.preset.empty()) body["preset"] = options_.preset;
    auto response = parts_.http.Send({.method = "POST",
                                      .url = options_.url + "/api/prompts",
                                      .headers = {{"Content-Type", "application/json"}},
                                      .body = base::Dump(body),
                                      .deadlines = kRequest,
                                      .body_bytes_max = kReplyBytesMax},
                                     stop);
    if (!response) return base::Wrap(std::move(response).error(), "ask the portal");
    if (response->status >= kBadRequest) return std::unexpected(Refusal(*response));
    return {};
  }

  base::Result<base::JsonDocument> Get(const std::string& path, const std::stop_token& stop) {
    ASSIGN_OR_RETURN(const auto response, parts_.http.Send({.method = "GET",
                                                            .url = options_.url + path,
                                                            .headers = {},
                                                            .body = {},
                                                            .deadlines = kRequest,
                                                            .body_bytes_max = kReplyBytesMax},
                                                           stop));
    if (response.status >= kBadRequest) return std::unexpected(Refusal(response));
    return base::JsonDocument::Parse(response.body, kReplyBytesMax);
  }

  // The answer once it is there. A portal that is away for a moment, or has not taken the
  // question from the bus yet, is asked again.
  base::Result<std::optional<std::string>> Look(const std::stop_token& stop) {
    const auto prompt = Get("/api/prompts/" + id_, stop);
    if (!prompt) {
      if (prompt.error().retryable() || prompt.error().code == base::Errc::kNotFound) {
        return std::optional<std::string>();
      }
      return std::unexpected(prompt.error());
    }
    const base::JsonView root = prompt->root();
    const std::string status = TextOr(root, "status", "");
    if (status == "COMPLETED" || status == "CACHED") {
      ASSIGN_OR_RETURN(std::string answer, root.String("answer"));
      const auto verdict = root.Find("result");
      const std::string notice = verdict ? TextOr(*verdict, "notice", "") : "";
      if (verdict) TellHowSure(*verdict);
      return std::optional(notice.empty() ? answer : "> " + notice + "\n\n" + answer);
    }
    if (status == "FAILED") {
      return base::Fail(base::Errc::kInternal, TextOr(root, "error", "the question failed"));
    }
    if (status == "CANCELLED") return base::Fail(base::Errc::kInternal, "it was cancelled");
    if (status == "PENDING") TellAboutModel(stop);
    return std::optional<std::string>();
  }

  // How far the council agreed, in the words of the page, and who did not.
  void TellHowSure(const base::JsonView& verdict) {
    const auto share = verdict.OptionalDouble("share");
    if (share && share->has_value()) {
      const std::string_view word = **share >= kStrongShare     ? "strong agreement"
                                    : **share >= kMajorityShare ? "a majority"
                                                                : "the council is split";
      Progress(std::string(word) + ", " + std::to_string(std::lround(**share * kPercent)) +
               " % for this answer");
    }
    for (const base::JsonView& seat : verdict.Find("missing") ? verdict.Find("missing")->Elements()
                                                              : std::vector<base::JsonView>()) {
      Progress("missing: " + TextOr(seat, "seat", "a model") + ", " + TextOr(seat, "why", ""));
    }
    const std::string dissent = TextOr(verdict, "dissent", "");
    if (!dissent.empty()) Progress("disagreed: " + dissent);
  }

  // While a question waits, why it does.
  void TellAboutModel(const std::stop_token& stop) {
    const auto models = Get("/api/models", stop);
    if (!models) return;
    const std::string detail = TextOr(models->root(), "detail", "");
    const std::string percent = NumberOr(models->root(), "percent", "0");
    std::string line;
    if (TextOr(models->root(), "state", "") == "PREPARING") {
      line = "preparing a model, " + percent + "%: " + detail;
    } else if (!detail.empty()) {
      line = detail;
    }
    if (!line.empty() && line != told_) Progress(line);
    told_ = line;
  }

  void Follow(const std::stop_token& stop) {
    std::string last_id;
    while (!stop.stop_requested()) {
      http::SseReader reader([this](const http::ReadEvent& event) { TakeEvent(event); });
      http::ClientRequest request = {.method = "GET",
                                     .url = options_.url + "/api/events",
                                     .headers = {{"Accept", "text/event-stream"}},
                                     .body = {},
                                     .deadlines = kStream,
                                     .body_bytes_max = kStreamBytesMax};
      if (!last_id.empty()) request.headers.emplace_back("Last-Event-ID", last_id);
      const auto end = parts_.http.Stream(
          request, [&](std::string_view bytes) { return reader.Feed(bytes); }, stop);
      if (!reader.last_id().empty()) last_id = reader.last_id();
      parts_.clock.SleepFor(kAskPoll, stop);
    }
  }

  void TakeEvent(const http::ReadEvent& event) {
    if (!event.data.contains(id_)) return;
    const std::string line = ProgressLine(event.data, id_);
    if (!line.empty()) Progress(line);
    if (event.data.contains("step.delta") || event.data.contains("write.delta")) return;
    const std::lock_guard lock(mutex_);
    news_ = true;
    changed_.notify_all();
  }

  void Progress(const std::string& line) {
    const std::lock_guard lock(progress_mutex_);
    parts_.progress(line);
  }

  const AskOptions& options_;
  const AskParts& parts_;
  const std::string id_;
  std::string told_;
  std::mutex progress_mutex_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool news_ = false;
};

}  // namespace

std::string ProgressLine(std::string_view event_json, std::string_view id) {
  const auto event = base::JsonDocument::Parse(event_json, http::kSseEventBytesMax);
  if (!event) return {};
  const auto data = event->root().Find("data");
  const std::string type = TextOr(event->root(), "type", "");
  if (!data) return {};
  const std::string run = TextOr(event->root(), "runId", TextOr(*data, "id", ""));
  if (run != id) return {};
  const std::string seat = TextOr(*data, "seat", "a seat");
  if (type == "run.queued") {
    const std::string before = NumberOr(*data, "position", "some");
    return before == "0" ? "" : "waiting, " + before + " before it";
  }
  if (type == "run.started") return "started, preset " + TextOr(*data, "preset", "unknown");
  if (type == "step.started") return seat + ": " + TextOr(*data, "stage", "works");
  if (type == "step.finished") return seat + ": " + NumberOr(*data, "tokens", "0") + " tokens";
  if (type == "seat.lost") return seat + " is lost: " + TextOr(*data, "why", "unknown");
  return {};
}

base::Result<std::string> Ask(const AskOptions& options, const AskParts& parts,
                              std::stop_token stop) {
  return Asking(options, parts).Run(stop);
}

}  // namespace home
