// What every prompt::Bus promises (lib/prompt/bus.h), as tests.
//
// Include it in one test file and instantiate:
//   INSTANTIATE_TEST_SUITE_P(Memory, BusContract, Values(&MakeHarness));
#pragma once

#include "lib/testing/contract/bus_batches.h"
#include "lib/testing/contract/bus_consumers.h"
#include "lib/testing/contract/bus_harness.h"
#include "lib/testing/contract/bus_readers.h"
