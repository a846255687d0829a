// What a client reads when its request could not be read.
#pragma once

#include <string_view>

namespace http {

// One sentence that says what to change. Also for statuses that are no refusals.
std::string_view RefusalAdvice(int status);

}  // namespace http
