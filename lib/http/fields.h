// The small grammar that header fields share (RFC 9110 section 5.6). No I/O.
#pragma once

#include <string>
#include <string_view>

namespace http {

// 1*tchar, RFC 9110 5.6.2.
bool IsToken(std::string_view text);

// Without blanks and tabs at both ends.
std::string_view TrimBlanks(std::string_view text);

// Takes the next element off a comma-separated list, trimmed; may be empty.
std::string_view TakeListElement(std::string_view& list);

// ASCII only, whatever the locale.
std::string LowerCase(std::string_view text);
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

}  // namespace http
