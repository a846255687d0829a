#include "ops/check/checks.h"

#include <algorithm>
#include <optional>
#include <stop_token>
#include <string_view>
#include <utility>

#include "lib/base/json.h"
#include "lib/base/result.h"

namespace ops {
namespace {

constexpr size_t kBodyBytesMax = 2 * 1024 * 1024;  // A prompt with its answer, or many models.
constexpr int kOkStatus = 200;
constexpr int kUnavailableStatus = 503;
constexpr int kForbiddenStatus = 403;
constexpr int kUnauthorizedStatus = 401;

// One remark behind another.
std::string Then(std::string first, std::string_view second) {
  return first.append(first.ends_with('?') ? " " : "; ").append(second);
}

struct Answer {
  int status = 0;
  base::JsonDocument json;
};

// One check under way: its deadline, and the latency of the first answer.
class Asking {
 public:
  Asking(std::string service, const CheckParts& parts)
      : parts_(parts), started_(parts.clock.Monotonic()) {
    result_.service = std::move(service);
  }

  // The answer to a GET of `url`; errors are for people.
  base::Result<Answer> Get(const std::string& url) {
    const base::Duration left = started_ + parts_.timeout - parts_.clock.Monotonic();
    const base::Duration time = std::max(left, base::Duration(std::chrono::milliseconds(1)));
    const http::ClientRequest request{
        .method = "GET",
        .url = url,
        .headers = {{"Accept", "application/json"}},
        .deadlines = {.connect = time, .first_byte = time, .idle = time, .total = time},
        .body_bytes_max = kBodyBytesMax};
    auto response = parts_.http.Send(request, std::stop_token());
    if (!response) return std::unexpected(response.error());
    if (!result_.latency_ms) {
      result_.latency_ms = (parts_.clock.Monotonic() - started_) / std::chrono::milliseconds(1);
    }
    auto json = base::JsonDocument::Parse(response->body, kBodyBytesMax);
    if (!json) {
      return base::Fail(base::Errc::kInternal,
                        url + " gave status " + std::to_string(response->status) +
                            " and no JSON; is it another program that listens there?");
    }
    return Answer{.status = response->status, .json = *std::move(json)};
  }

  CheckResult Done(Severity severity, std::string detail) {
    result_.severity = severity;
    result_.detail = std::move(detail);
    return result_;
  }

  // Nobody answers: down. An answer that cannot be used: unknown.
  CheckResult Failed(const base::Error& error, std::string_view next_step) {
    const bool is_down = error.code == base::Errc::kUnavailable;
    std::string detail = error.message;
    if (is_down) detail = Then(std::move(detail), "try: " + std::string(next_step));
    return Done(is_down ? Severity::kDown : Severity::kUnknown, std::move(detail));
  }

  CheckResult WrongStatus(const std::string& url, const Answer& answer) {
    const bool is_refused =
        answer.status == kUnauthorizedStatus || answer.status == kForbiddenStatus;
    const std::string status = url + " gave status " + std::to_string(answer.status);
    if (is_refused) {
      return Done(Severity::kUnknown, status + "; ask from the machine that it runs on");
    }
    const auto detail = answer.json.root().Find("detail");
    const auto text = detail ? detail->AsString() : base::Result<std::string_view>("");
    return Done(Severity::kDown,
                status + (text && !text->empty() ? ": " + std::string(*text) : "; see its log"));
  }

 private:
  const CheckParts& parts_;
  const base::Duration started_;
  CheckResult result_;
};

std::string Text(const base::JsonView& view, std::string_view key) {
  const auto text = view.OptionalString(key);
  return text && *text ? **text : "";
}

// "1 seat", "3 seats".
std::string Count(int64_t count, std::string_view noun) {
  std::string text = std::to_string(count) + " " + std::string(noun);
  return count == 1 ? text : text + "s";
}

// "models: simulated; start Ollama, store: disk full" of the parts that are not ok.
std::string TroubledParts(const base::JsonView& root) {
  std::string troubled;
  const auto parts = root.Find("parts");
  if (!parts) return troubled;
  for (const base::JsonView& part : parts->Elements()) {
    if (Text(part, "state") == "ok") continue;
    troubled += (troubled.empty() ? "" : ", ") + Text(part, "name") + ": " + Text(part, "detail");
  }
  return troubled;
}

CheckResult CheckPortal(const Targets& targets, const CheckParts& parts) {
  Asking asking("portal", parts);
  const std::string url = targets.portal + "/readyz";
  const auto answer = asking.Get(url);
  if (!answer) return asking.Failed(answer.error(), "./otm up, or --portal-url for another one");
  if (answer->status != kOkStatus && answer->status != kUnavailableStatus) {
    return asking.WrongStatus(url, *answer);
  }
  const std::string status = Text(answer->json.root(), "status");
  const std::string troubled = TroubledParts(answer->json.root());
  if (status == "ok" && answer->status == kOkStatus) return asking.Done(Severity::kOk, "ready");
  if (status == "degraded") return asking.Done(Severity::kWarn, troubled);
  if (status == "down") return asking.Done(Severity::kDown, troubled);
  return asking.Done(Severity::kUnknown,
                     url + " gave no status that is known; is it another version?");
}

CheckResult CheckCouncil(const Targets& targets, const CheckParts& parts) {
  Asking asking("council", parts);
  const std::string url = targets.council + "/council/health";
  const auto answer = asking.Get(url);
  if (!answer) return asking.Failed(answer.error(), "./otm up, or --council-url for another one");
  const base::JsonView root = answer->json.root();
  if (answer->status != kOkStatus) return asking.WrongStatus(url, *answer);
  const auto models = root.Find("models");
  const auto seats = models ? models->OptionalInt("seats") : std::optional<int64_t>();
  if (Text(root, "status") != "healthy" || !seats || !*seats) {
    return asking.Done(Severity::kUnknown,
                       url + " gave no health that is known; is it another version?");
  }
  if (**seats > 0) return asking.Done(Severity::kOk, Count(**seats, "seat"));
  return asking.Done(Severity::kWarn, "no models: " + Text(*models, "detail"));
}

CheckResult CheckStore(const Targets& targets, const CheckParts& parts) {
  Asking asking("store", parts);
  const std::string url = targets.council + "/council/prompts?limit=1";
  const auto answer = asking.Get(url);
  if (!answer) return asking.Failed(answer.error(), "the council first, it reads the store");
  if (answer->status != kOkStatus) return asking.WrongStatus(url, *answer);
  return asking.Done(Severity::kOk, "a prompt can be read");
}

// What the council makes of it that no Ollama answers at `reason`.
CheckResult WithoutOllama(Asking& asking, const Targets& targets, const std::string& reason) {
  const auto answer = asking.Get(targets.portal + "/api/models");
  const std::string state = answer ? Text(answer->json.root(), "state") : "";
  const std::string detail = answer ? Text(answer->json.root(), "detail") : "";
  if (state == "READY") {
    return asking.Done(Severity::kOk, Then(reason, "the council has its models from elsewhere"));
  }
  if (state == "PREPARING" || state == "SIMULATED") {
    return asking.Done(Severity::kWarn, Then(reason, detail));
  }
  return asking.Done(Severity::kDown, Then(reason, "try: ollama serve, or --ollama-url"));
}

CheckResult CheckOllama(const Targets& targets, const CheckParts& parts) {
  Asking asking("ollama", parts);
  const auto version = asking.Get(targets.ollama + "/api/version");
  if (!version && version.error().code == base::Errc::kUnavailable) {
    return WithoutOllama(asking, targets, version.error().message);
  }
  if (!version) return asking.Failed(version.error(), "ollama serve");
  const std::string number = Text(version->json.root(), "version");
  if (version->status != kOkStatus || number.empty()) {
    return asking.WrongStatus(targets.ollama + "/api/version", *version);
  }
  const std::string url = targets.ollama + "/api/tags";
  const auto tags = asking.Get(url);
  if (!tags) return asking.Failed(tags.error(), "restart Ollama");
  const auto models = tags->json.root().Find("models");
  if (tags->status != kOkStatus || !models) return asking.WrongStatus(url, *tags);
  const auto count = static_cast<int64_t>(models->Elements().size());
  if (count == 0) {
    return asking.Done(Severity::kWarn, number + " has no model; try: ollama pull llama3.2:1b");
  }
  return asking.Done(Severity::kOk, number + ", " + Count(count, "model"));
}

}  // namespace

std::vector<NamedCheck> AllChecks(const Targets& given, const CheckParts& parts) {
  Targets targets = given;
  if (targets.council.empty()) targets.council = targets.portal;
  return {{"portal", [targets, parts] { return CheckPortal(targets, parts); }},
          {"council", [targets, parts] { return CheckCouncil(targets, parts); }},
          {"store", [targets, parts] { return CheckStore(targets, parts); }},
          {"ollama", [targets, parts] { return CheckOllama(targets, parts); }}};
}

}  // namespace ops
