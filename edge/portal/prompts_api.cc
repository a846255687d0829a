#include "edge/portal/prompts_api.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "edge/portal/prompt_json.h"
#include "lib/base/json.h"
#include "lib/base/ulid.h"
#include "lib/http/guard.h"
#include "lib/http/problem.h"
#include "lib/prompt/control_wire.h"
#include "lib/prompt/topics.h"
#include "lib/prompt/wire.h"

namespace portal {
namespace {

using base::Errc;
using base::OrderedJson;
using http::Request;
using http::Response;

constexpr auto kRetryAfter = std::chrono::seconds(2);  // A bus that restarts is back by then.
constexpr std::string_view kHeldHere = "edge";         // Here, not on the bus.
constexpr auto kIntakeWait = std::chrono::seconds(1);  // The council's intake takes milliseconds.

Response Json(int status, const OrderedJson& json) {
  return Response::Json(status, base::Dump(json));
}

base::Error NoSuchPrompt(std::string_view id) {
  const bool fits = id.size() <= base::kUlidLength && prompt::IsCleanUtf8(id);
  return {Errc::kNotFound, "there is no question " +
                               (fits ? std::string(id) + " " : "with this id ") +
                               "here; it may have been deleted, see GET /api/prompts"};
}

base::Result<int> ReadLimit(const Request& request) {
  const auto text = request.Query("limit");
  if (!text || text->empty()) return kListLimitDefault;
  int limit = 0;
  const auto [end, bad] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (bad != std::errc{} || end != text->data() + text->size() || limit < 1 ||
      limit > prompt::kPageMax) {
    return base::Fail(Errc::kInvalid,
                      "limit must be a whole number from 1 to " + std::to_string(prompt::kPageMax));
  }
  return limit;
}

base::Result<prompt::PageQuery> ReadPageQuery(const Request& request) {
  prompt::PageQuery query;
  ASSIGN_OR_RETURN(query.limit, ReadLimit(request));
  query.cursor = request.Query("cursor").value_or("");
  query.search = request.Query("q").value_or("");
  if (query.search.size() > kSearchBytesMax || !prompt::IsCleanUtf8(query.search)) {
    return base::Fail(Errc::kInvalid, "q must be clean text of at most " +
                                          std::to_string(kSearchBytesMax) + " bytes");
  }
  const auto word = request.Query("status").value_or("");
  if (word.empty()) return query;
  query.status = prompt::ParseStatus(word);
  if (!query.status) {
    return base::Fail(Errc::kInvalid,
                      "status must be one of PENDING, PROCESSING, COMPLETED, CACHED, FAILED, "
                      "CANCELLED");
  }
  return query;
}

bool IsSame(const prompt::Prompt& a, const prompt::Prompt& b) {
  return a.text == b.text && a.user == b.user;
}

}  // namespace

PromptsApi::PromptsApi(const PortalOptions& options, const PortalParts& parts, Recent& recent)
    : options_(options),
      parts_(parts),
      recent_(recent),
      limit_(options.prompts_per_hour, parts.clock),
      accepted_(parts.metrics.AddCounter(
          "portal_prompts_total", "Questions by what became of them.", {{"outcome", "accepted"}})),
      repeated_(parts.metrics.AddCounter(
          "portal_prompts_total", "Questions by what became of them.", {{"outcome", "repeated"}})),
      refused_(parts.metrics.AddCounter("portal_prompts_total", "Questions by what became of them.",
                                        {{"outcome", "refused"}})),
      unavailable_(parts.metrics.AddCounter("portal_prompts_total",
                                            "Questions by what became of them.",
                                            {{"outcome", "unavailable"}})) {}

base::Result<Question> PromptsApi::ReadQuestion(std::string_view body) const {
  ASSIGN_OR_RETURN(const auto document,
                   base::JsonDocument::Parse(body, http::kBodyBytesMaxDefault));
  const base::JsonView root = document.root();
  if (!root.is_object()) {
    return base::Fail(Errc::kInvalid, "the body must be a JSON object like {\"prompt\":\"…\"}");
  }
  Question question;
  ASSIGN_OR_RETURN(question.text, root.String("prompt"));
  RETURN_IF_ERROR(prompt::CheckText(question.text));
  ASSIGN_OR_RETURN(const auto id, root.OptionalString("id"));
  if (id) {
    const auto ulid = base::ParseUlid(*id);
    if (!ulid) {
      return base::Fail(Errc::kInvalid,
                        "id must be a ULID (26 characters); leave it out to get one");
    }
    question.id = *ulid;
  }
  ASSIGN_OR_RETURN(const auto preset, root.OptionalString("preset"));
  question.preset = preset.value_or("");
  RETURN_IF_ERROR(CheckPreset(question.preset));
  ASSIGN_OR_RETURN(question.discussion_ms, root.OptionalInt("discussionTimeMs"));
  if (question.discussion_ms && (*question.discussion_ms < prompt::kDiscussionMsMin ||
                                 *question.discussion_ms > prompt::kDiscussionMsMax)) {
    return base::Fail(Errc::kInvalid, "discussionTimeMs must be from " +
                                          std::to_string(prompt::kDiscussionMsMin) + " to " +
                                          std::to_string(prompt::kDiscussionMsMax));
  }
  return question;
}

base::Status PromptsApi::CheckPreset(std::string_view preset) const {
  if (preset.empty()) return {};
  std::string known;
  const prompt::CouncilInfo council = parts_.control.Info();
  if (council.presets.empty()) return {};  // It has not told us yet; it judges when it takes it.
  for (const prompt::PresetInfo& info : council.presets) {
    if (info.name == preset) return {};
    known += (known.empty() ? "" : ", ") + info.name;
  }
  return base::Fail(Errc::kInvalid, "there is no such preset; choose one of: " + known);
}

Response PromptsApi::Ask(const Request& request) {
  if (!http::HasJsonBody(request)) {
    return http::Problem(request, 415, "Unsupported content type",
                         "send the question as JSON with \"Content-Type: application/json\"");
  }
  const auto question = ReadQuestion(request.body);
  if (!question) {
    refused_.Increment();
    if (question.error().message.starts_with(prompt::kTooLongPrefix)) {
      return http::Problem(request, 413, "Question too long", question.error().message);
    }
    return http::Problem(request, question.error());
  }
  const Accepted accepted = Accept(*question, request);
  if (accepted.refusal) return RefusalResponse(request, *accepted.refusal);
  OrderedJson json{{"id", accepted.id}, {"status", "PENDING"}};
  if (accepted.is_held) json["held"] = kHeldHere;
  Response response = Json(202, json);
  response.headers.emplace_back("Location", "/api/prompts/" + accepted.id);
  return response;
}

PromptsApi::Accepted PromptsApi::Accept(const Question& question, const Request& request) {
  const base::Duration end = parts_.clock.Monotonic() + options_.accept_timeout;
  prompt::Prompt prompt;
  prompt.created_ms = parts_.clock.UnixMs();
  prompt.updated_ms = prompt.created_ms;
  prompt.id = question.id.empty() ? base::NewUlid(prompt.created_ms) : question.id;
  prompt.text = question.text;
  prompt.preset = question.preset;
  prompt.discussion_ms = question.discussion_ms;

  const auto known = FindAsked(question.id);
  if (known) {
    if (IsSame(*known, prompt)) {
      repeated_.Increment();
      return {prompt.id, {}, IsHeld(prompt.id)};
    }
    refused_.Increment();
    return {{},
            Refusal{{Errc::kConflict,
                     "this id belongs to another question; send yours with a new "
                     "id, or without one"}}};
  }
  if (known.error().code != Errc::kNotFound) {
    unavailable_.Increment();
    return {{}, Refusal{known.error(), kRetryAfter}};
  }
  const std::string key = "address " + request.peer_address;
  if (const auto wait = limit_.Take(key)) {
    refused_.Increment();
    return {{},
            Refusal{{Errc::kExhausted, "more than " + std::to_string(options_.prompts_per_hour) +
                                           " questions within an hour; wait, then ask again"},
                    *wait}};
  }
  Accepted sent = Send(prompt, end);
  if (sent.refusal) limit_.GiveBack(key);
  return sent;
}

PromptsApi::Accepted PromptsApi::Send(const prompt::Prompt& prompt, base::Duration end) {
  const std::string message = prompt::WriteIncoming({.id = prompt.id,
                                                     .user = prompt.user,
                                                     .text = prompt.text,
                                                     .preset = prompt.preset,
                                                     .discussion_ms = prompt.discussion_ms,
                                                     .created_ms = prompt.created_ms});
  recent_.Add(prompt);  // Before it is sent: two with one id must not both be taken for new.
  const auto entry = recent_.Find(prompt.id);
  if (entry && !IsSame(entry->prompt, prompt)) {
    refused_.Increment();
    return {{},
            Refusal{{Errc::kConflict,
                     "this id was just used for another question; send yours "
                     "with a new id"}}};
  }
  const auto sent =
      parts_.bus.Produce(prompt::kIncomingTopic, prompt.id, message, prompt::Delivery::kDurable,
                         std::max(end - parts_.clock.Monotonic(), kSendWaitMin));
  if (!sent) {
    recent_.Withdraw(prompt.id);
    unavailable_.Increment();
    parts_.log.Warn("prompt.unsent", "a question could not be taken",
                    {{"otm.prompt_id", prompt.id}, {"error.message", sent.error().message}});
    return {{},
            Refusal{{Errc::kUnavailable,
                     "the question could not be stored just now; send it "
                     "again with the same id, nothing is asked twice"},
                    kRetryAfter}};
  }
  recent_.MarkDurable(prompt.id);
  accepted_.Increment();
  const bool is_held = IsHeld(prompt.id);
  parts_.log.Info("prompt.accepted", "a question was taken",
                  {{"otm.prompt_id", prompt.id}, {"otm.held", is_held}});
  return {prompt.id, {}, is_held};
}

bool PromptsApi::IsHeld(std::string_view id) const {
  return parts_.held != nullptr && parts_.held->Holds(id);
}

base::Result<prompt::Prompt> PromptsApi::FindAsked(std::string_view id) {
  if (id.empty()) return base::Fail(Errc::kNotFound, "a new question");
  const auto entry = recent_.Find(id);
  if (entry && entry->delivery == Recent::Delivery::kDurable) return entry->prompt;
  auto found = Find(id);
  if (found || found.error().code != Errc::kUnavailable || parts_.held == nullptr) return found;
  // Where questions can wait for the bus they need not wait for the store either: the council
  // stores each id once.
  return base::Fail(Errc::kNotFound, "as far as can be known now");
}

base::Result<prompt::Prompt> PromptsApi::Find(std::string_view id) {
  auto stored = parts_.store.Load(id);
  if (stored) {
    recent_.Forget(id);
    return stored;
  }
  const auto entry = recent_.Find(id);
  if (entry && entry->delivery == Recent::Delivery::kDurable) return entry->prompt;
  if (stored.error().code == Errc::kNotFound) return std::unexpected(NoSuchPrompt(id));
  return std::unexpected(StoreError(stored.error()));
}

// The reason is for the log; what it means and what to do is for the client.
base::Error PromptsApi::StoreError(const base::Error& error) {
  if (error.code != Errc::kUnavailable) return error;
  parts_.log.Warn("store.unavailable", "a question could not be read or changed",
                  {{"error.message", error.message}});
  return {Errc::kUnavailable, "the store does not answer; try again in a moment"};
}

Response PromptsApi::StoreProblem(const Request& request, const base::Error& error) {
  return RefusalResponse(request, {StoreError(error), kRetryAfter});
}

Response PromptsApi::Load(const Request& request) {
  const auto id = prompt::ParseId(request.Param("id"));
  if (!id) return http::Problem(request, NoSuchPrompt(request.Param("id")));
  const auto found = Find(*id);
  if (!found) return StoreProblem(request, found.error());
  OrderedJson json = prompt::PromptJson(*found);
  if (found->status == prompt::Status::kPending) {
    if (IsHeld(*id)) {
      json["held"] = kHeldHere;
    } else {
      json["queuePosition"] = parts_.store.QueuePosition(*id).value_or(0);
    }
  }
  return Json(200, json);
}

Response PromptsApi::List(const Request& request) {
  auto query = ReadPageQuery(request);
  if (!query) return http::Problem(request, query.error());
  const int limit = query->limit;
  std::vector<prompt::Prompt> recent = UnstoredRecent(parts_.store, recent_, *query);
  query->limit -= static_cast<int>(std::min(recent.size(), static_cast<size_t>(query->limit - 1)));
  const auto page = parts_.store.List(*query);
  if (!page) return StoreProblem(request, page.error());
  std::erase_if(recent, [&](const prompt::Prompt& prompt) {  // Stored a moment ago.
    return std::ranges::find(page->prompts, prompt.id, &prompt::Prompt::id) != page->prompts.end();
  });
  const size_t shown = std::min(recent.size(), static_cast<size_t>(limit - 1));
  OrderedJson json;
  json["prompts"] = OrderedJson::array();
  for (size_t i = 0; i < shown; ++i) json["prompts"].push_back(prompt::PromptJson(recent[i]));
  for (const prompt::Prompt& prompt : page->prompts) {
    json["prompts"].push_back(prompt::PromptJson(prompt));
  }
  json["nextCursor"] = page->next_cursor;
  json["total"] = page->total + static_cast<int64_t>(recent.size());
  return Json(200, json);
}

Response PromptsApi::Delete(const Request& request) {
  const auto id = prompt::ParseId(request.Param("id"));
  if (!id) return http::Problem(request, NoSuchPrompt(request.Param("id")));
  const auto done = parts_.store.Delete(*id);
  if (done) return Response::Empty(204);
  if (done.error().code == Errc::kConflict || recent_.Find(*id)) {
    return http::Problem(request, {Errc::kConflict,
                                   "this question is not answered yet; cancel it "
                                   "first, then delete it"});
  }
  if (done.error().code == Errc::kNotFound) return http::Problem(request, NoSuchPrompt(*id));
  return StoreProblem(request, done.error());
}

Response PromptsApi::Cancel(const Request& request) {
  const auto id = prompt::ParseId(request.Param("id"));
  if (!id) return http::Problem(request, NoSuchPrompt(request.Param("id")));
  const auto cancelled = parts_.control.Cancel(*id);
  if (cancelled) return Json(200, prompt::PromptJson(*cancelled));
  if (cancelled.error().code == Errc::kUnavailable) return NotCancelled(request, cancelled.error());
  if (cancelled.error().code != Errc::kNotFound) return http::Problem(request, cancelled.error());
  if (!recent_.Find(*id)) return http::Problem(request, NoSuchPrompt(*id));
  return RefusalResponse(request, {{Errc::kUnavailable,
                                    "the council has not taken this question "
                                    "yet; cancel it again in a moment"},
                                   kIntakeWait});
}

// The reason is for the log, as in StoreError().
Response PromptsApi::NotCancelled(const Request& request, const base::Error& error) {
  parts_.log.Warn("prompt.not_cancelled", "a question could not be cancelled",
                  {{"error.message", error.message}});
  return RefusalResponse(request, {{Errc::kUnavailable,
                                    "nobody has confirmed yet that this question ended; look at "
                                    "it in a moment, and cancel it again if it still runs"},
                                   kIntakeWait});
}

Response PromptsApi::Transcript(const Request& request) {
  const auto id = prompt::ParseId(request.Param("id"));
  if (!id) return http::Problem(request, NoSuchPrompt(request.Param("id")));
  auto steps = parts_.store.Steps(*id);
  if (!steps && steps.error().code == Errc::kNotFound && recent_.Find(*id)) {
    steps = std::vector<prompt::Step>{};
  }
  if (!steps) {
    return steps.error().code == Errc::kNotFound ? http::Problem(request, NoSuchPrompt(*id))
                                                 : StoreProblem(request, steps.error());
  }
  return Json(200, TranscriptJson(*id, *steps));
}

Response PromptsApi::Models(const Request&) { return Json(200, ModelsJson(parts_.control.Info())); }

Response PromptsApi::Council(const Request&) {
  return Json(200, prompt::CouncilJson(parts_.control.Info()));
}

Response PromptsApi::Me(const Request&) {
  // Until accounts exist everybody on this machine is the same nameless person.
  return Json(200, {{"user", ""}, {"accounts", false}});
}

Response RefusalResponse(const Request& request, const PromptsApi::Refusal& refusal) {
  Response response = http::Problem(request, refusal.error);
  if (!refusal.error.retryable()) return response;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(refusal.wait).count();
  http::SetHeader(response, "Retry-After", std::to_string(std::max<int64_t>(1, seconds)));
  return response;
}

}  // namespace portal
