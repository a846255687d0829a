// Steps as rows of the table `steps`. Runs inside the caller's transaction.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/base/result.h"
#include "lib/prompt/store.h"
#include "lib/sqlite/sqlite.h"

namespace sqlite {

// Of the prompt in row `n`, in the order they were stored.
base::Result<std::vector<prompt::Step>> ReadSteps(Connection& connection, int64_t n);

}  // namespace sqlite
