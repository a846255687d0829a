// The version of this tree; one for all programs. The changelog says what is in it.
#pragma once

#include <string_view>

namespace service {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace service
