// Expected texts that are kept in files beside the code.
#pragma once

#include <string>

namespace testing {

// The whole file; `path` is that of the workspace and one of the test's `data`. When there is no
// such file the text says so, which makes the comparison fail readably.
std::string ReadGolden(const std::string& path);

}  // namespace testing
