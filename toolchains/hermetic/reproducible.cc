// What tests/reproducible_test.sh builds twice: our own code, third-party sources, and archives.
#include <sqlite3.h>

#include <cstdio>
#include <string>

#include "lib/base/json.h"

// Its path is in the program, as in CHECK(): it must be the same from any folder.
int main() {
  const auto document = base::JsonDocument::Parse(R"({"file":"x"})", sqlite3_libversion_number());
  // tidy(console): a program of its own.
  return std::printf("%s %s %s\n", __FILE__, sqlite3_libversion(), document ? "ok" : "failed") < 0;
}
