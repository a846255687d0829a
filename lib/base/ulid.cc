#include "lib/base/ulid.h"

#include <sys/random.h>

#include <array>
#include <cstring>

#include "lib/base/check.h"

namespace base {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr int kBitsPerCharacter = 5;
constexpr size_t kTimeCharacters = 10;

}  // namespace

std::string MakeUlid(int64_t unix_ms, uint16_t high16, uint64_t low64) {
  std::string text(kUlidLength, '0');
  auto time = static_cast<uint64_t>(unix_ms);
  for (size_t i = kTimeCharacters; i-- > 0; time >>= kBitsPerCharacter) {
    text[i] = kAlphabet[time & 31];
  }
  unsigned __int128 chance = (static_cast<unsigned __int128>(high16) << 64) | low64;
  for (size_t i = kUlidLength; i-- > kTimeCharacters; chance >>= kBitsPerCharacter) {
    text[i] = kAlphabet[static_cast<size_t>(chance & 31)];
  }
  return text;
}

std::string NewUlid(int64_t unix_ms) {
  std::array<unsigned char, 10> bytes{};
  CHECK(getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  uint16_t high = 0;
  uint64_t low = 0;
  std::memcpy(&high, bytes.data(), sizeof high);
  std::memcpy(&low, bytes.data() + sizeof high, sizeof low);
  return MakeUlid(unix_ms, high, low);
}

std::optional<std::string> ParseUlid(std::string_view text) {
  if (text.size() != kUlidLength || text[0] > '7') return std::nullopt;
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (kAlphabet.find(c) == std::string_view::npos) return std::nullopt;
  }
  return upper;
}

int64_t UlidUnixMs(std::string_view ulid) {
  int64_t time = 0;
  for (size_t i = 0; i < kTimeCharacters; ++i) {
    time = (time << kBitsPerCharacter) | static_cast<int64_t>(kAlphabet.find(ulid[i]));
  }
  return time;
}

}  // namespace base
