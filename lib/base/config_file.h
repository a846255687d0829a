// The text of a configuration file: `key = value` lines, also in the manner of a .env file.
//
//   # comment                     a comment may also follow a value, after a blank
//   port = 9000
//   export OTM_DATA="/srv/otm"    "…" knows \" and \\; '…' is taken as it is
//
// A byte order mark, CRLF and trailing blanks are tolerated. Reads foreign bytes; no I/O.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace base {

inline constexpr size_t kConfigFileBytesMax = 256 * 1024;  // A hundred times a full file.

struct ConfigLine {
  std::string key;    // As written; letters, digits, "_", "-" and ".".
  std::string value;  // Without quotes, comment and blanks around it; no control characters.
  int number = 0;     // Of the line, from 1.
};

// kInvalid names the line and what is wrong, never its value: it may be a secret. A key that is
// set twice is an error.
Result<std::vector<ConfigLine>> ParseConfigFile(std::string_view text);

// `value` as it must be written to be read back the same: quoted where it needs to be.
std::string QuoteConfigValue(std::string_view value);

}  // namespace base
