// One call into each foreign library: proof that it builds, links and runs for both architectures.
// The programs use these libraries through their one package of lib/.
#pragma once

#include <string>

namespace linked {

// "NAME VERSION" of each library, one a line, as the library reports it, or what a call answered.
std::string Versions();

}  // namespace linked
