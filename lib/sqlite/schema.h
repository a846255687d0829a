// The tables of the home edition's one data file, and their versions.
#pragma once

#include <cstdint>

#include "lib/base/result.h"
#include "lib/sqlite/sqlite.h"

namespace sqlite {

inline constexpr int64_t kApplicationId = 0x4F544D48;  // "OTMH": whose file this is.
inline constexpr int64_t kSchemaVersion = 4;

// kInvalid for a file of another application or of a newer version.
base::Status CheckOwner(Connection& connection);

// Brings an empty or older file to kSchemaVersion, all in one transaction. kInvalid for a file of
// another application or of a newer version; such a file is not touched.
base::Status Migrate(Connection& connection);

// The same to `version` of 1 to kSchemaVersion, for tests of what older programs wrote.
base::Status MigrateTo(Connection& connection, int64_t version);

}  // namespace sqlite
