// What every prompt::Store promises (lib/prompt/store.h), as tests.
//
// Include it in one test file and instantiate:
//   INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, Values(&MakeHarness));
#pragma once

#include "lib/testing/contract/store_answers.h"
#include "lib/testing/contract/store_batches.h"
#include "lib/testing/contract/store_harness.h"
#include "lib/testing/contract/store_leases.h"
#include "lib/testing/contract/store_pages.h"
