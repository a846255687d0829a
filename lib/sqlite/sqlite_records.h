// Everything in a data file, for `ops migrate`.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/prompt/record.h"
#include "lib/sqlite/database.h"

namespace sqlite {

// Holds nothing but a reference to `database`, which outlives it.
class SqliteRecords final : public prompt::RecordSource {
 public:
  explicit SqliteRecords(Database& database) : database_(database) {}

  base::Result<int64_t> Count() override;
  base::Result<prompt::Record> Next(std::string_view after) override;
  base::Result<std::vector<prompt::ServedUser>> Served() override;
  base::Result<int64_t> Unread() override;

 private:
  Database& database_;
};

}  // namespace sqlite
