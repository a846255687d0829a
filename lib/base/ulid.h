// ULIDs: 26 characters of Crockford base 32 that sort by the millisecond they were made in.
// Source: the ULID specification (github.com/ulid/spec): 48 bits of time, 80 bits of chance.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace base {

inline constexpr size_t kUlidLength = 26;

// The ULID of this millisecond and these 80 bits (`high16` are the upper 16 of them).
std::string MakeUlid(int64_t unix_ms, uint16_t high16, uint64_t low64);

// A new ULID with bits from the kernel's random source. Thread-safe.
std::string NewUlid(int64_t unix_ms);

// The upper-case form, or nothing when `text` is no ULID. Lower case is accepted; I, L, O and U
// are not (the specification's decoding aliases would give one id several spellings).
std::optional<std::string> ParseUlid(std::string_view text);

// The millisecond inside a valid ULID.
int64_t UlidUnixMs(std::string_view ulid);

}  // namespace base
