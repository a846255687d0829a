// Base64 for URLs, without padding (RFC 4648, section 5), as push services and browsers write it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace push {

std::string EncodeBase64Url(std::string_view bytes);

// Nothing for other characters, padding, an impossible length, or bits that say nothing.
std::optional<std::string> DecodeBase64Url(std::string_view text);

}  // namespace push
