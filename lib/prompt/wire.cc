#include "lib/prompt/wire.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/ulid.h"

namespace prompt {
namespace {

using base::Errc;
using base::JsonView;
using base::OrderedJson;

// Digits [at, at + count) of `text` as a number; -1 where one is no digit.
int Digits(std::string_view text, size_t at, size_t count) {
  int number = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

// The member `key`: empty when absent, kInvalid when too long or unclean.
base::Result<std::string> Name(const JsonView& root, std::string_view key) {
  ASSIGN_OR_RETURN(auto found, root.OptionalString(key));
  std::string name = found.value_or("");
  if (name.size() > kNameBytesMax || !IsCleanUtf8(name)) {
    return base::Fail(Errc::kInvalid, std::string(key) + " must be clean text of at most " +
                                          std::to_string(kNameBytesMax) + " bytes");
  }
  return name;
}

base::Status ReadOptions(const JsonView& root, Incoming& incoming) {
  ASSIGN_OR_RETURN(const auto id, root.OptionalString("id"));
  if (id && !id->empty()) {
    const auto parsed = ParseId(*id);
    if (!parsed) {
      return base::Fail(Errc::kInvalid, "id must be a ULID; leave it out to get one");
    }
    incoming.id = *parsed;
  }
  ASSIGN_OR_RETURN(incoming.user, Name(root, "user"));
  ASSIGN_OR_RETURN(incoming.preset, Name(root, "preset"));
  ASSIGN_OR_RETURN(incoming.discussion_ms, root.OptionalInt("discussionTimeMs"));
  if (incoming.discussion_ms) {
    incoming.discussion_ms =
        std::clamp(*incoming.discussion_ms, kDiscussionMsMin, kDiscussionMsMax);
  }
  ASSIGN_OR_RETURN(const auto created, root.OptionalString("createdAt"));
  if (created) {
    const auto ms = ParseUtc(*created);
    if (!ms) {
      return base::Fail(Errc::kInvalid, "createdAt must look like 2026-01-02T03:04:05.678Z");
    }
    incoming.created_ms = *ms;
  }
  return {};
}

// What both events and documents begin with.
OrderedJson Head(const Prompt& prompt) {
  OrderedJson json;
  json["id"] = prompt.id;
  json["prompt"] = prompt.text;
  return json;
}

void AddTail(const Prompt& prompt, OrderedJson& json) {
  json["seq"] = prompt.seq;
  if (!prompt.user.empty()) json["user"] = prompt.user;
  if (prompt.verdict && !prompt.verdict->quality.empty()) {
    json["quality"] = prompt.verdict->quality;
  }
  if (!prompt.error.empty()) json["error"] = prompt.error;
}

// Control characters take six bytes in JSON: only an answer full of them can be over the limit.
std::string Bounded(OrderedJson json) {
  std::string text = base::Dump(json);
  if (text.size() <= kMessageBytesMax) return text;
  json["answer"] = "";
  json["answerLeftOut"] = true;
  return base::Dump(json);
}

}  // namespace

std::optional<int64_t> ParseUtc(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00.000Z";
  constexpr size_t kShortLength = 20;
  constexpr int kYearMin = 1970;  // No question is older than the clock it is measured by.
  if (text.size() != kShape.size() && text.size() != kShortLength) return std::nullopt;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if (kShape[i] != '0' && text[i] != kShape[i]) return std::nullopt;
  }
  const int ms = text.size() == kShape.size() ? Digits(text, 20, 3) : 0;
  const int year = Digits(text, 0, 4), month = Digits(text, 5, 2), day = Digits(text, 8, 2);
  const int hour = Digits(text, 11, 2), minute = Digits(text, 14, 2), second = Digits(text, 17, 2);
  if (text.back() != 'Z' || year < kYearMin || month < 0 || day < 0 || ms < 0) return std::nullopt;
  using std::chrono::milliseconds;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 60) {
    return std::nullopt;
  }
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                    std::chrono::minutes(minute) + std::chrono::seconds(second);
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count() + ms;
}

std::string WriteIncoming(const Incoming& incoming) {
  OrderedJson json;
  json["id"] = incoming.id;
  json["prompt"] = incoming.text;
  if (incoming.discussion_ms) json["discussionTimeMs"] = *incoming.discussion_ms;
  if (!incoming.user.empty()) json["user"] = incoming.user;
  if (!incoming.preset.empty()) json["preset"] = incoming.preset;
  json["createdAt"] = base::FormatUtc(incoming.created_ms);
  json["v"] = kWireVersion;
  return base::Dump(json);
}

base::Result<Incoming> ReadIncoming(std::string_view json) {
  ASSIGN_OR_RETURN(const auto document, base::JsonDocument::Parse(json, kMessageBytesMax));
  const JsonView root = document.root();
  if (!root.is_object()) return base::Fail(Errc::kInvalid, "the message must be a JSON object");
  Incoming incoming;
  ASSIGN_OR_RETURN(incoming.text, root.String("prompt"));
  RETURN_IF_ERROR(CheckText(incoming.text));
  RETURN_IF_ERROR(ReadOptions(root, incoming));
  return incoming;
}

std::string DerivedId(std::string_view topic, int partition, int64_t offset) {
  const std::string source =
      std::string(topic) + '\n' + std::to_string(partition) + '\n' + std::to_string(offset);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(source.data()), source.size(), digest.data());
  uint64_t low = 0;
  for (size_t i = 2; i < 10; ++i) low = (low << 8) | digest[i];
  return base::MakeUlid(0, static_cast<uint16_t>((digest[0] << 8) | digest[1]), low);
}

std::string WriteStatusEvent(const Prompt& prompt) {
  OrderedJson json = Head(prompt);
  json["status"] = StatusWord(prompt.status);
  if (!prompt.answer.empty()) json["answer"] = prompt.answer;
  if (prompt.processing_ms) json["processingTimeMs"] = *prompt.processing_ms;
  json["createdAt"] = base::FormatUtc(prompt.created_ms);
  json["updatedAt"] = base::FormatUtc(prompt.updated_ms);
  AddTail(prompt, json);
  return Bounded(std::move(json));
}

std::string WriteSavedEvent(const Prompt& prompt) {
  OrderedJson json = Head(prompt);
  json["answer"] = prompt.answer;
  json["createdAt"] = base::FormatUtc(prompt.created_ms);
  json["seq"] = prompt.seq;
  if (!prompt.user.empty()) json["user"] = prompt.user;
  return Bounded(std::move(json));
}

std::string WriteLiveEvent(const LiveEvent& event) {
  OrderedJson json;
  json["v"] = kWireVersion;
  json["runId"] = event.run_id;
  json["seq"] = event.seq;
  json["ts"] = base::FormatUtc(event.ts_ms);
  json["type"] = event.type;
  json["data"] = event.data.is_null() ? OrderedJson::object() : event.data;
  return base::Dump(json);
}

OrderedJson PromptJson(const Prompt& prompt) {
  OrderedJson json = Head(prompt);
  json["answer"] = prompt.answer;
  json["status"] = StatusWord(prompt.status);
  json["createdAt"] = base::FormatUtc(prompt.created_ms);
  json["updatedAt"] = base::FormatUtc(prompt.updated_ms);
  if (prompt.discussion_ms) json["discussionTimeMs"] = *prompt.discussion_ms;
  if (prompt.processing_ms) json["processingTimeMs"] = *prompt.processing_ms;
  if (!prompt.preset.empty()) json["preset"] = prompt.preset;
  AddTail(prompt, json);
  if (prompt.verdict) json["result"] = VerdictJson(*prompt.verdict);
  return json;
}

OrderedJson VerdictJson(const Verdict& verdict) {
  OrderedJson json;
  json["key"] = verdict.key;
  json["share"] = verdict.share;
  json["quality"] = verdict.quality;
  json["missing"] = OrderedJson::array();
  for (const MissingSeat& seat : verdict.missing) {
    json["missing"].push_back(OrderedJson{{"seat", seat.seat}, {"why", seat.why}});
  }
  if (!verdict.dissent.empty()) json["dissent"] = verdict.dissent;
  json["decidedBy"] = verdict.decided_by;
  if (!verdict.notice.empty()) json["notice"] = verdict.notice;
  json["modelCalls"] = verdict.model_calls;
  json["tokens"] = verdict.tokens;
  if (!verdict.agreement.empty()) {
    json["agreement"] = verdict.agreement;
    json["familiesFor"] = verdict.families_for;
    json["familiesAgainst"] = verdict.families_against;
  }
  if (!verdict.formula.empty()) json["formula"] = verdict.formula;
  if (!verdict.check.empty()) json["check"] = verdict.check;
  if (!verdict.votes_json.empty() && verdict.votes_json.size() <= kVotesBytesMax) {
    auto votes = OrderedJson::parse(verdict.votes_json, nullptr, /*allow_exceptions=*/false);
    if (votes.is_object()) json["votes"] = std::move(votes);
  }
  return json;
}

namespace {

// What verdicts of earlier versions have not.
base::Status ReadCard(const JsonView& root, Verdict& verdict) {
  ASSIGN_OR_RETURN(const auto agreement, root.OptionalString("agreement"));
  verdict.agreement = agreement.value_or("");
  ASSIGN_OR_RETURN(const auto families_for, root.OptionalInt("familiesFor"));
  verdict.families_for = families_for.value_or(0);
  ASSIGN_OR_RETURN(const auto families_against, root.OptionalInt("familiesAgainst"));
  verdict.families_against = families_against.value_or(0);
  ASSIGN_OR_RETURN(const auto formula, root.OptionalString("formula"));
  verdict.formula = formula.value_or("");
  ASSIGN_OR_RETURN(const auto check, root.OptionalString("check"));
  verdict.check = check.value_or("");
  if (const auto votes = root.Find("votes"); votes && votes->is_object()) {
    verdict.votes_json = votes->Text();
    if (verdict.votes_json.size() > kVotesBytesMax) verdict.votes_json.clear();
  }
  return {};
}

}  // namespace

base::Result<Verdict> ReadVerdict(std::string_view json) {
  ASSIGN_OR_RETURN(const auto document, base::JsonDocument::Parse(json, kMessageBytesMax));
  const JsonView root = document.root();
  if (!root.is_object()) return base::Fail(Errc::kInvalid, "the verdict must be a JSON object");
  Verdict verdict;
  ASSIGN_OR_RETURN(verdict.key, root.String("key"));
  ASSIGN_OR_RETURN(const auto share, root.OptionalDouble("share"));
  verdict.share = share.value_or(0);
  ASSIGN_OR_RETURN(verdict.quality, root.String("quality"));
  const auto missing = root.Find("missing");
  const auto seats = missing ? missing->Elements() : std::vector<JsonView>{};
  if ((missing && !missing->is_array()) || seats.size() > kMissingSeatsMax) {
    return base::Fail(Errc::kInvalid, "missing must be an array of at most " +
                                          std::to_string(kMissingSeatsMax) + " seats");
  }
  for (const JsonView& seat : seats) {
    MissingSeat& added = verdict.missing.emplace_back();
    ASSIGN_OR_RETURN(added.seat, seat.String("seat"));
    ASSIGN_OR_RETURN(added.why, seat.String("why"));
  }
  ASSIGN_OR_RETURN(const auto dissent, root.OptionalString("dissent"));
  verdict.dissent = dissent.value_or("");
  ASSIGN_OR_RETURN(verdict.decided_by, root.String("decidedBy"));
  ASSIGN_OR_RETURN(const auto notice, root.OptionalString("notice"));
  verdict.notice = notice.value_or("");
  ASSIGN_OR_RETURN(const auto calls, root.OptionalInt("modelCalls"));
  verdict.model_calls = calls.value_or(0);
  ASSIGN_OR_RETURN(const auto tokens, root.OptionalInt("tokens"));
  verdict.tokens = tokens.value_or(0);
  RETURN_IF_ERROR(ReadCard(root, verdict));
  return verdict;
}

}  // namespace prompt
