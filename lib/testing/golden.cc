#include "lib/testing/golden.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace testing {

std::string ReadGolden(const std::string& path) {
  std::string full = path;
  const char* const runfiles = std::getenv("TEST_SRCDIR");
  const char* const workspace = std::getenv("TEST_WORKSPACE");
  if (runfiles != nullptr && workspace != nullptr) {
    full = std::string(runfiles) + "/" + workspace + "/" + path;
  }
  std::ifstream file(full, std::ios::binary);
  if (!file) return "(there is no file " + path + "; is it in the test's data?)";
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace testing
