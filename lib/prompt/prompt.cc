#include "lib/prompt/prompt.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/ulid.h"

namespace prompt {
namespace {

using base::Errc;

constexpr std::array<std::pair<Status, std::string_view>, 6> kWords{{
    {Status::kPending, "PENDING"},
    {Status::kProcessing, "PROCESSING"},
    {Status::kCompleted, "COMPLETED"},
    {Status::kCached, "CACHED"},
    {Status::kFailed, "FAILED"},
    {Status::kCancelled, "CANCELLED"},
}};

// The range of the second byte after each first byte of RFC 3629, section 4: it is what rules out
// overlong forms, surrogates, and code points over U+10FFFF. `length` 0: no first byte.
struct Lead {
  size_t length = 0;
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xBF;
};

Lead LeadOf(unsigned char first) {
  if (first < 0x80) return {1};
  if (first < 0xC2) return {0};
  if (first < 0xE0) return {2};
  if (first == 0xE0) return {3, 0xA0, 0xBF};
  if (first == 0xED) return {3, 0x80, 0x9F};
  if (first < 0xF0) return {3};
  if (first == 0xF0) return {4, 0x90, 0xBF};
  if (first < 0xF4) return {4};
  if (first == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

bool IsHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

std::string_view StatusWord(Status status) { return kWords[static_cast<size_t>(status)].second; }

std::optional<Status> ParseStatus(std::string_view word) {
  for (const auto& [status, name] : kWords) {
    if (name == word) return status;
  }
  return std::nullopt;
}

bool IsLegal(Status from, Status to) {
  switch (from) {
    case Status::kPending:
      return to == Status::kProcessing || to == Status::kCached || to == Status::kFailed ||
             to == Status::kCancelled;
    case Status::kProcessing:
      return to != Status::kProcessing;
    case Status::kCompleted:
    case Status::kCached:
    case Status::kFailed:
    case Status::kCancelled:
      return false;
  }
  return false;
}

bool IsFinal(Status status) { return status != Status::kPending && status != Status::kProcessing; }

std::optional<std::string> ParseId(std::string_view text) {
  if (text.size() != kObjectIdLength) return base::ParseUlid(text);
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    if (!IsHex(c)) return std::nullopt;
  }
  return lower;
}

bool IsCleanUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto byte = [&](size_t k) { return static_cast<unsigned char>(text[i + k]); };
    const Lead lead = LeadOf(byte(0));
    if (lead.length == 0 || byte(0) == 0 || i + lead.length > text.size()) return false;
    if (lead.length > 1 && (byte(1) < lead.second_min || byte(1) > lead.second_max)) return false;
    for (size_t k = 2; k < lead.length; ++k) {
      if ((byte(k) & 0xC0) != 0x80) return false;
    }
    i += lead.length;
  }
  return true;
}

base::Status CheckText(std::string_view text) {
  if (text.size() > kPromptBytesMax) {
    return base::Fail(Errc::kInvalid, std::string(kTooLongPrefix) + ": it has " +
                                          std::to_string(text.size()) + " bytes and at most " +
                                          std::to_string(kPromptBytesMax) +
                                          " are accepted; shorten it or ask in parts");
  }
  if (text.find('\0') != std::string_view::npos) {
    return base::Fail(Errc::kInvalid, "the question contains a NUL character; remove it");
  }
  if (!IsCleanUtf8(text)) {
    return base::Fail(Errc::kInvalid, "the question is not valid UTF-8; send it as UTF-8 text");
  }
  if (text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos) {
    return base::Fail(Errc::kInvalid, "the question is empty; write at least one word");
  }
  return {};
}

}  // namespace prompt
