#include "backend/notifier/tokens.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

namespace notifier {
namespace {

constexpr std::string_view kBearer = "bearer ";

// "token68" of RFC 9110.
bool IsTokenCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~+/=").contains(c);
}

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

bool IsBearer(std::string_view scheme) {
  return std::ranges::equal(scheme, kBearer, [](char c, char expected) {
    return c == expected || (c >= 'A' && c <= 'Z' && c - 'A' + 'a' == expected);
  });
}

auto Refuse(size_t line, const std::string& what) {
  return base::Fail(base::Errc::kInvalid,
                    "service tokens, line " + std::to_string(line) + ": " + what);
}

}  // namespace

Tokens::Digest Tokens::DigestOf(std::string_view token) {
  Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
  return digest;
}

base::Result<Tokens> Tokens::Parse(std::string_view text) {
  Tokens tokens;
  for (size_t line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view token = Trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (token.empty() || token.starts_with('#')) continue;
    if (token.size() < kTokenBytesMin || token.size() > kTokenBytesMax) {
      return Refuse(line, "a token of " + std::to_string(token.size()) + " characters; use " +
                              std::to_string(kTokenBytesMin) + " to " +
                              std::to_string(kTokenBytesMax) +
                              ", such as from: openssl rand "
                              "-base64 32");
    }
    if (!std::ranges::all_of(token, IsTokenCharacter)) {
      return Refuse(line, "a character that no token may have; use letters, digits and -._~+/=");
    }
    if (tokens.size() == kTokensMax) {
      return Refuse(line, "more than " + std::to_string(kTokensMax) + " tokens; remove old ones");
    }
    tokens.digests_.push_back(DigestOf(token));
  }
  if (tokens.size() > 0) return tokens;
  return base::Fail(base::Errc::kInvalid,
                    "no service token, so no portal could connect; set OTM_NOTIFIER_TOKEN_FILE or "
                    "OTM_NOTIFIER_TOKENS_FILE");
}

bool Tokens::Accepts(std::string_view authorization) const {
  if (authorization.size() <= kBearer.size() ||
      !IsBearer(authorization.substr(0, kBearer.size()))) {
    return false;
  }
  const Digest digest = DigestOf(Trim(authorization.substr(kBearer.size())));
  int found = 0;
  for (const Digest& good : digests_) {
    found |= CRYPTO_memcmp(good.data(), digest.data(), digest.size()) == 0 ? 1 : 0;
  }
  return found != 0;
}

}  // namespace notifier
