// Who may listen: portals that know one of our service tokens (RFC 6750).
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace notifier {

inline constexpr size_t kTokenBytesMin = 16;  // 96 bits in base64; shorter ones can be guessed.
inline constexpr size_t kTokenBytesMax = 256;
inline constexpr size_t kTokensMax = 32;  // A token for each portal, twice while they change.

// Immutable, so thread-safe.
class Tokens {
 public:
  // One token a line; empty lines and those that begin with "#" say nothing. All of them are good
  // at the same time: to change one, add the new, give it to the portals, remove the old. kInvalid,
  // with the number of the line but never a token, for none at all, too many, too short or long
  // ones, and such with other characters than RFC 6750 allows.
  static base::Result<Tokens> Parse(std::string_view text);

  // The value of an Authorization header: "Bearer TOKEN". Takes the same time for every wrong one.
  bool Accepts(std::string_view authorization) const;

  size_t size() const { return digests_.size(); }

 private:
  static constexpr size_t kDigestBytes = 32;
  using Digest = std::array<unsigned char, kDigestBytes>;  // SHA-256: equal lengths to compare.

  static Digest DigestOf(std::string_view token);

  std::vector<Digest> digests_;
};

}  // namespace notifier
