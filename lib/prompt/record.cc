#include "lib/prompt/record.h"

#include <openssl/sha.h>

#include <array>

#include "lib/base/json.h"
#include "lib/prompt/wire.h"

namespace prompt {
namespace {

base::OrderedJson JsonOf(const Step& step) {
  return base::OrderedJson::array({step.stage, step.seat, step.i, step.seed, step.model, step.text,
                                   step.key, step.metrics_json});
}

base::OrderedJson JsonOf(const OutboxEntry& entry) {
  return base::OrderedJson::array({entry.prompt_id, entry.seq, entry.topic, entry.value});
}

}  // namespace

std::string HashText(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 0xF];
  }
  return hex;
}

std::string HashOf(const Record& record) {
  const Prompt& prompt = record.prompt;
  base::OrderedJson json = base::OrderedJson::array();
  for (const std::string* text :
       {&prompt.id, &prompt.user, &prompt.text, &prompt.preset, &prompt.answer, &prompt.error,
        &prompt.cache_key, &record.lease_owner}) {
    json.push_back(*text);
  }
  json.push_back(StatusWord(prompt.status));
  for (const int64_t number : {prompt.created_ms, prompt.updated_ms, prompt.epoch, prompt.seq,
                               record.tries, record.lease_until_ms}) {
    json.push_back(number);
  }
  for (const auto& time : {prompt.discussion_ms, prompt.processing_ms}) {
    json.push_back(time ? base::OrderedJson(*time) : base::OrderedJson());
  }
  json.push_back(prompt.verdict ? VerdictJson(*prompt.verdict) : base::OrderedJson());
  for (const Step& step : record.steps) json.push_back(JsonOf(step));
  for (const OutboxEntry& entry : record.outbox) json.push_back(JsonOf(entry));
  return HashText(base::Dump(json));
}

}  // namespace prompt
