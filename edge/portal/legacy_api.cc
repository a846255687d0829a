#include "edge/portal/legacy_api.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/prompt/topics.h"

namespace portal {
namespace {

using base::OrderedJson;
using http::Request;
using http::Response;

Response Json(int status, const OrderedJson& json) {
  return Response::Json(status, base::Dump(json));
}

Response Failure(int status, const char* words) { return Json(status, {{"error", words}}); }

// As the original did: what is no number, or out of range, counts as the nearest that fits.
int64_t Number(const Request& request, std::string_view name, int64_t fallback, int64_t max) {
  const auto text = request.Query(name).value_or("");
  int64_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || bad != std::errc{} || end != text.data() + text.size()) return fallback;
  return std::clamp<int64_t>(number, 0, max);
}

OrderedJson DocumentJson(const prompt::Prompt& prompt) {
  OrderedJson json{{"_id", prompt.id},
                   {"prompt", prompt.text},
                   {"answer", prompt.answer},
                   {"status", prompt::StatusWord(prompt.status)},
                   {"createdAt", base::FormatUtc(prompt.created_ms)},
                   {"updatedAt", base::FormatUtc(prompt.updated_ms)}};
  if (prompt.processing_ms) json["processingTimeMs"] = *prompt.processing_ms;
  if (prompt.discussion_ms) json["discussionTimeMs"] = *prompt.discussion_ms;
  return json;
}

}  // namespace

Response LegacyApi::Publish(const Request& request) {
  const auto question = prompts_.ReadQuestion(request.body);
  if (!question) return Json(400, {{"error", question.error().message}});
  const auto accepted = prompts_.Accept(*question, request);
  if (!accepted.refusal) {
    return Json(200, {{"success", true},
                      {"message", "Published to " + std::string(prompt::kIncomingTopic)},
                      {"id", accepted.id}});
  }
  if (accepted.refusal->error.code == base::Errc::kUnavailable) {
    return Failure(500, "Failed to publish message");
  }
  return RefusalResponse(request, *accepted.refusal);
}

base::Result<LegacyApi::Slice> LegacyApi::Read(int64_t offset, int64_t limit) {
  Slice slice;
  prompt::PageQuery query;
  const int64_t end = offset + limit;
  for (int64_t at = 0; at < std::max<int64_t>(end, 1);) {
    query.limit = static_cast<int>(std::clamp<int64_t>(end - at, 1, prompt::kPageMax));
    ASSIGN_OR_RETURN(prompt::Page page, store_.List(query));
    slice.total = page.total;
    for (prompt::Prompt& prompt : page.prompts) {
      if (at >= offset && at < end) slice.prompts.push_back(std::move(prompt));
      ++at;
    }
    if (page.next_cursor.empty()) break;
    query.cursor = std::move(page.next_cursor);
  }
  return slice;
}

Response LegacyApi::Prompts(const Request& request) {
  const int64_t limit = Number(request, "limit", kLegacyLimitDefault, prompt::kPageMax);
  const int64_t offset = Number(request, "offset", 0, kLegacyOffsetMax);
  const auto slice = Read(offset, limit);
  if (!slice) return Failure(500, "Failed to fetch prompts");
  OrderedJson json{{"prompts", OrderedJson::array()}, {"limit", limit}, {"offset", offset}};
  for (const prompt::Prompt& prompt : slice->prompts) {
    json["prompts"].push_back(DocumentJson(prompt));
  }
  return Json(200, json);
}

Response LegacyApi::Responses(const Request& request) {
  const int64_t size =
      std::max<int64_t>(1, Number(request, "pageSize", kLegacyPageSizeDefault, prompt::kPageMax));
  const int64_t page =
      std::max<int64_t>(1, Number(request, "page", 1, kLegacyOffsetMax / size + 1));
  const auto slice = Read((page - 1) * size, size);
  if (!slice) return Failure(500, "Failed to fetch responses");
  OrderedJson json{{"responses", OrderedJson::array()},
                   {"total", slice->total},
                   {"page", page},
                   {"pageSize", size},
                   {"totalPages", (slice->total + size - 1) / size}};
  for (const prompt::Prompt& prompt : slice->prompts) {
    json["responses"].push_back(DocumentJson(prompt));
  }
  return Json(200, json);
}

Response LegacyApi::MethodNotAllowed(const Request&) { return Failure(405, "Method not allowed"); }

}  // namespace portal
