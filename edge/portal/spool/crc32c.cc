#include "edge/portal/spool/crc32c.h"

#include <array>

namespace spool {
namespace {

constexpr uint32_t kPolynomial = 0x82F63B78;  // Of Castagnoli, its bits reversed.
constexpr int kByteBits = 8;
constexpr uint32_t kByteMask = 0xFF;
constexpr size_t kByteValues = 256;

constexpr std::array<uint32_t, kByteValues> MakeTable() {
  std::array<uint32_t, kByteValues> table{};
  for (uint32_t byte = 0; byte < kByteValues; ++byte) {
    uint32_t rest = byte;
    for (int bit = 0; bit < kByteBits; ++bit) {
      rest = (rest & 1) != 0 ? (rest >> 1) ^ kPolynomial : rest >> 1;
    }
    table[byte] = rest;
  }
  return table;
}

constexpr auto kTable = MakeTable();

}  // namespace

uint32_t Crc32c(std::string_view bytes, uint32_t before) {
  uint32_t crc = ~before;
  for (const char c : bytes) {
    crc = kTable[(crc ^ static_cast<unsigned char>(c)) & kByteMask] ^ (crc >> kByteBits);
  }
  return ~crc;
}

}  // namespace spool
