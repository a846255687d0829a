#include "lib/push/base64url.h"

#include <cstdint>

namespace push {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr int kBits = 6;
constexpr uint32_t kMask = 0x3F;
constexpr int kByteBits = 8;
constexpr uint32_t kByteMask = 0xFF;

}  // namespace

std::string EncodeBase64Url(std::string_view bytes) {
  std::string text;
  uint32_t buffer = 0;
  int bits = 0;
  for (const char byte : bytes) {
    buffer = (buffer << kByteBits) | static_cast<unsigned char>(byte);
    bits += kByteBits;
    while (bits >= kBits) {
      bits -= kBits;
      text += kAlphabet[(buffer >> bits) & kMask];
    }
  }
  if (bits > 0) text += kAlphabet[(buffer << (kBits - bits)) & kMask];
  return text;
}

std::optional<std::string> DecodeBase64Url(std::string_view text) {
  std::string bytes;
  uint32_t buffer = 0;
  int bits = 0;
  for (const char c : text) {
    const size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    buffer = (buffer << kBits) | static_cast<uint32_t>(value);
    bits += kBits;
    if (bits < kByteBits) continue;
    bits -= kByteBits;
    bytes += static_cast<char>((buffer >> bits) & kByteMask);
  }
  const uint32_t rest = buffer & ((1U << bits) - 1);
  if (bits >= kBits || rest != 0) return std::nullopt;
  return bytes;
}

}  // namespace push
