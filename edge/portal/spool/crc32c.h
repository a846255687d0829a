// CRC-32C (Castagnoli), as iSCSI uses it (RFC 3720, appendix B.4): finds every burst of errors up
// to 32 bits.
#pragma once

#include <cstdint>
#include <string_view>

namespace spool {

// Of `bytes` after other bytes whose checksum is `before`. Pure.
uint32_t Crc32c(std::string_view bytes, uint32_t before = 0);

}  // namespace spool
