// When an answer that is stored serves another question too.
#pragma once

#include <string>

#include "lib/council/run.h"

namespace backend_council {

// Equal where the same models would be asked the same thing in the same way: question (blanks at
// its ends apart), preset, time, and every seat with its persona. Not what feedback has taught. A
// SHA-256 in hex digits, as prompt::Outcome::cache_key wants it.
std::string CacheKey(const council::RunSpec& spec);

}  // namespace backend_council
