#include "backend/council/cache_key.h"

#include <openssl/sha.h>

#include <array>
#include <string_view>
#include <vector>

#include "lib/base/json.h"

namespace backend_council {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

base::OrderedJson SeatsJson(const std::vector<council::Seat>& seats) {
  auto json = base::OrderedJson::array();
  for (const council::Seat& seat : seats) {
    json.push_back({seat.name, seat.model, seat.persona, seat.size_bytes});
  }
  return json;
}

}  // namespace

std::string CacheKey(const council::RunSpec& spec) {
  const std::string source =
      base::Dump({1, Trimmed(spec.question), spec.preset->name, spec.discussion_ms, spec.budget_ms,
                  SeatsJson(spec.roster.seats), SeatsJson(spec.roster.members),
                  SeatsJson(spec.roster.elites)});
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(source.data()), source.size(), digest.data());
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 15U];
  }
  return hex;
}

}  // namespace backend_council
