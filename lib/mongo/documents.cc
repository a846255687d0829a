#include "lib/mongo/documents.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "lib/base/json.h"
#include "lib/prompt/store_rules.h"

namespace mongo {

using base::Errc;
using prompt::Prompt;
using prompt::Status;

namespace {

constexpr size_t kNameBytesMax = 512;    // Of users, presets, models: far over what is accepted.
constexpr size_t kErrorBytesMax = 4096;  // A sentence.
constexpr size_t kMissingSeatsMax = 64;  // Far more than a council has.

// At most `bytes_max` bytes of valid UTF-8 without NUL.
std::string Clean(std::string text, size_t bytes_max) {
  if (text.size() > bytes_max) {
    size_t cut = bytes_max;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    text.resize(cut);
  }
  if (prompt::IsCleanUtf8(text)) return text;
  std::ranges::replace_if(
      text, [](char c) { return c == '\0' || (static_cast<unsigned char>(c) & 0x80) != 0; }, '?');
  return text;
}

std::string CleanText(const View& document, std::string_view key, size_t bytes_max) {
  auto text = document.Text(key);
  return text ? Clean(*std::move(text), bytes_max) : std::string();
}

prompt::Verdict ReadVerdict(const View& result) {
  prompt::Verdict verdict;
  verdict.key = CleanText(result, "key", prompt::kAnswerBytesMax);
  verdict.share = result.Number("share").value_or(0);
  verdict.quality = CleanText(result, "quality", kNameBytesMax);
  for (const View& seat : result.Children("missing")) {
    if (verdict.missing.size() == kMissingSeatsMax) break;
    verdict.missing.push_back(
        {CleanText(seat, "seat", kNameBytesMax), CleanText(seat, "why", kErrorBytesMax)});
  }
  verdict.dissent = CleanText(result, "dissent", prompt::kAnswerBytesMax);
  verdict.decided_by = CleanText(result, "decidedBy", kNameBytesMax);
  verdict.notice = CleanText(result, "notice", kErrorBytesMax);
  verdict.model_calls = result.Int("modelCalls").value_or(0);
  verdict.tokens = result.Int("tokens").value_or(0);
  verdict.agreement = CleanText(result, "agreement", kNameBytesMax);
  verdict.families_for = result.Int("familiesFor").value_or(0);
  verdict.families_against = result.Int("familiesAgainst").value_or(0);
  verdict.formula = CleanText(result, "formula", kErrorBytesMax);
  verdict.check = CleanText(result, "check", kErrorBytesMax);
  verdict.votes_json = CleanText(result, "votesJson", prompt::kVotesBytesMax);
  return verdict;
}

Document VerdictDocument(const prompt::Verdict& verdict) {
  std::vector<Document> missing;
  for (const prompt::MissingSeat& seat : verdict.missing) {
    missing.push_back(Document().Text("seat", seat.seat).Text("why", seat.why));
  }
  return Document()
      .Text("key", verdict.key)
      .Number("share", verdict.share)
      .Text("quality", verdict.quality)
      .Array("missing", missing)
      .Text("dissent", verdict.dissent)
      .Text("decidedBy", verdict.decided_by)
      .Text("notice", verdict.notice)
      .Int("modelCalls", verdict.model_calls)
      .Int("tokens", verdict.tokens)
      .Text("agreement", verdict.agreement)
      .Int("familiesFor", verdict.families_for)
      .Int("familiesAgainst", verdict.families_against)
      .Text("formula", verdict.formula)
      .Text("check", verdict.check)
      .Text("votesJson", verdict.votes_json);
}

void ReadStatus(const View& document, Prompt& prompt) {
  const std::string word = document.Text("status").value_or("");
  const auto status = prompt::ParseStatus(word);
  prompt.status = status.value_or(Status::kFailed);
  if (!status) {
    prompt.error = "its stored state \"" + Clean(word, kNameBytesMax) +
                   "\" is none of ours; was it written by another program?";
  }
}

base::Status ReadId(const View& document, Stored& stored) {
  if (auto text = document.Text("_id")) {
    if (prompt::IsCleanUtf8(*text) && !text->empty() && text->size() <= kNameBytesMax) {
      stored.prompt.id = *std::move(text);
      return {};
    }
  }
  stored.object_id = document.Id("_id");
  if (!stored.object_id) {
    return base::Fail(Errc::kInternal,
                      "a document of council-responses has an _id that is no text and no ObjectId; "
                      "was it written by another program?");
  }
  stored.prompt.id = Hex(*stored.object_id);
  return {};
}

void ReadOutbox(const View& document, Stored& stored) {
  for (const View& entry : document.Children("outbox")) {
    stored.outbox.push_back({.prompt_id = stored.prompt.id,
                             .seq = entry.Int("seq").value_or(0),
                             .topic = CleanText(entry, "topic", kNameBytesMax),
                             .value = CleanText(entry, "value", prompt::kMessageBytesMax)});
  }
}

}  // namespace

base::Result<Stored> ReadStored(const View& document) {
  Stored stored;
  RETURN_IF_ERROR(ReadId(document, stored));
  Prompt& prompt = stored.prompt;
  prompt.error = CleanText(document, "error", kErrorBytesMax);
  ReadStatus(document, prompt);
  prompt.text = CleanText(document, "prompt", prompt::kPromptBytesMax);
  prompt.answer = CleanText(document, "answer", prompt::kAnswerBytesMax);
  prompt.user = CleanText(document, "user", kNameBytesMax);
  prompt.preset = CleanText(document, "preset", kNameBytesMax);
  prompt.discussion_ms = document.Int("discussionTimeMs");
  prompt.processing_ms = document.Int("processingTimeMs");
  prompt.created_ms = document.Date("createdAt").value_or(0);
  prompt.updated_ms = document.Date("updatedAt").value_or(prompt.created_ms);
  prompt.epoch = document.Int("epoch").value_or(0);
  prompt.seq = document.Int("seq").value_or(0);
  prompt.cache_key = CleanText(document, "cacheKey", prompt::kCacheKeyBytesMax);
  if (const auto result = document.Child("result")) prompt.verdict = ReadVerdict(*result);
  stored.is_ours = document.Int("version").has_value();
  stored.tries = document.Int("tries").value_or(0);
  if (const auto lease = document.Child("lease")) {
    stored.lease_owner = CleanText(*lease, "owner", kNameBytesMax);
    stored.lease_until = lease->Int("until").value_or(0);
  }
  stored.mark = document.Id("mark").value_or(ObjectId());
  stored.steps = document.Texts("steps");
  ReadOutbox(document, stored);
  return stored;
}

Document NewStored(const Prompt& prompt, const ObjectId& mark) {
  Document document = Document()
                          .Text("_id", prompt.id)
                          .Text("prompt", prompt.text)
                          .Text("status", prompt::StatusWord(Status::kPending))
                          .Date("createdAt", prompt.created_ms)
                          .Date("updatedAt", prompt.created_ms)
                          .Int("version", kDocumentVersion)
                          .Text("user", prompt.user)
                          .Text("preset", prompt.preset)
                          .Int("epoch", 0)
                          .Int("seq", 1)
                          .Int("tries", 0)
                          .Child("lease", Document().Text("owner", "").Int("until", 0))
                          .Id("mark", mark)
                          .Texts("steps", {});
  if (prompt.discussion_ms) document.Int("discussionTimeMs", *prompt.discussion_ms);
  Prompt stored = prompt;
  stored.status = Status::kPending;
  stored.seq = 1;
  stored.updated_ms = prompt.created_ms;
  return std::move(document)
      .Array("outbox", OutboxDocuments(prompt::EventsOf(stored)))
      .Int("unsent", prompt.created_ms);
}

Document StoredOf(const prompt::Record& record) {
  const Prompt& prompt = record.prompt;
  Change change{.after = {}, .owner = record.lease_owner, .mark = NewObjectId()};
  change.after.prompt = prompt;
  change.after.tries = record.tries;
  change.after.lease_until = record.lease_until_ms;
  const Document update = UpdateTo(change, Events::kNone);
  std::vector<std::string> steps;
  for (const prompt::Step& step : record.steps) steps.push_back(StepKey(step));
  Document document = Document()
                          .Text("_id", prompt.id)
                          .Text("prompt", prompt.text)
                          .Date("createdAt", prompt.created_ms)
                          .Text("user", prompt.user)
                          .Text("preset", prompt.preset)
                          .All(Document(*update.view().Child("$set")))
                          .Texts("steps", steps)
                          .Array("outbox", OutboxDocuments(record.outbox));
  if (prompt.discussion_ms) document.Int("discussionTimeMs", *prompt.discussion_ms);
  if (!record.outbox.empty()) document.Int("unsent", prompt.updated_ms);
  return document;
}

Document Unchanged(const Stored& seen) {
  Document filter;
  if (seen.object_id) {
    filter.Id("_id", *seen.object_id);
  } else {
    filter.Text("_id", seen.prompt.id);
  }
  // The original's documents have none of ours: null also stands for missing.
  if (!seen.is_ours) return std::move(filter).Null("version");
  return std::move(filter)
      .Int("epoch", seen.prompt.epoch)
      .Text("status", prompt::StatusWord(seen.prompt.status))
      .Int("seq", seen.prompt.seq)
      .Int("tries", seen.tries)
      .Int("lease.until", seen.lease_until);
}

Document IdFilter(std::string_view id) {
  const auto object_id = ParseObjectId(id);
  if (!object_id) return Document().Text("_id", id);
  return Document().Array("$or",
                          ListOf(Document().Text("_id", id), Document().Id("_id", *object_id)));
}

Document UpdateTo(const Change& change, Events events) {
  const Prompt& prompt = change.after.prompt;
  Document set =
      Document()
          .Text("status", prompt::StatusWord(prompt.status))
          .Date("updatedAt", prompt.updated_ms)
          .Int("version", kDocumentVersion)
          .Int("epoch", prompt.epoch)
          .Int("seq", prompt.seq)
          .Int("tries", change.after.tries)
          .Child("lease",
                 Document().Text("owner", change.owner).Int("until", change.after.lease_until))
          .Id("mark", change.mark);
  if (!prompt.error.empty()) set.Text("error", prompt.error);
  if (prompt::IsFinal(prompt.status)) {
    set.Text("answer", prompt.answer);
    if (prompt.processing_ms) set.Int("processingTimeMs", *prompt.processing_ms);
    if (prompt.verdict) set.Child("result", VerdictDocument(*prompt.verdict));
    if (!prompt.cache_key.empty()) set.Text("cacheKey", prompt.cache_key);
  }
  Document update = Document().Child("$set", set);
  if (events == Events::kNone) return update;
  const auto entries = OutboxDocuments(prompt::EventsOf(prompt));
  return std::move(update)
      .Child("$push", Document().Child("outbox", Document().Array("$each", entries)))
      .Child("$min", Document().Int("unsent", prompt.updated_ms));
}

std::vector<prompt::OutboxEntry> Remaining(const std::vector<prompt::OutboxEntry>& outbox,
                                           const std::vector<prompt::OutboxEntry>& gone) {
  std::vector<prompt::OutboxEntry> remaining;
  std::ranges::copy_if(outbox, std::back_inserter(remaining), [&](const auto& entry) {
    return std::ranges::none_of(gone, [&](const prompt::OutboxEntry& other) {
      return other.prompt_id == entry.prompt_id && other.seq == entry.seq &&
             other.topic == entry.topic;
    });
  });
  return remaining;
}

std::vector<Document> OutboxDocuments(const std::vector<prompt::OutboxEntry>& entries) {
  std::vector<Document> documents;
  for (const prompt::OutboxEntry& entry : entries) {
    documents.push_back(
        Document().Int("seq", entry.seq).Text("topic", entry.topic).Text("value", entry.value));
  }
  return documents;
}

std::string StepKey(const prompt::Step& step) {
  return base::Dump(base::OrderedJson::array({step.stage, step.seat, step.i}));
}

Document NewStep(std::string_view prompt_id, int64_t epoch, const prompt::Step& step) {
  return Document()
      .Text("_id", std::string(prompt_id) + " " + StepKey(step))
      .Text("runId", prompt_id)
      .Int("epoch", epoch)
      .Text("stage", step.stage)
      .Text("seat", step.seat)
      .Int("i", step.i)
      .Int("seed", std::bit_cast<int64_t>(step.seed))
      .Text("model", step.model)
      .Text("text", step.text)
      .Text("key", step.key)
      .Text("metrics", step.metrics_json)
      .Int("version", kDocumentVersion);
}

base::Result<prompt::Step> ReadStep(const View& document) {
  prompt::Step step;
  // Model output is stored as it came, NUL bytes too: only its length is checked.
  auto text = document.Text("text");
  if (!text || text->size() > prompt::kMessageBytesMax) {
    return base::Fail(Errc::kInternal,
                      "a document of council-steps has no text, or one over the limit; was it "
                      "changed by hand?");
  }
  step.text = *std::move(text);
  step.stage = document.Text("stage").value_or("");
  step.seat = document.Text("seat").value_or("");
  step.i = static_cast<int>(document.Int("i").value_or(0));
  step.seed = std::bit_cast<uint64_t>(document.Int("seed").value_or(0));
  step.model = document.Text("model").value_or("");
  step.key = document.Text("key").value_or("");
  step.metrics_json = document.Text("metrics").value_or("{}");
  return step;
}

}  // namespace mongo
