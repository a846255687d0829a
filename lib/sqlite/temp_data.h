// A directory for one test's data file; removed at the end.
#pragma once

#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "lib/base/check.h"

namespace sqlite {

class TempData {
 public:
  TempData() {
    const char* const root = std::getenv("TEST_TMPDIR");
    directory_ = std::string(root == nullptr ? "/tmp" : root) + "/data.XXXXXX";
    CHECK(mkdtemp(directory_.data()) != nullptr);
  }
  ~TempData() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  TempData(const TempData&) = delete;
  TempData& operator=(const TempData&) = delete;

  const std::string& directory() const { return directory_; }
  std::string file() const { return directory_ + "/otm-home.db"; }

 private:
  std::string directory_;
};

}  // namespace sqlite
