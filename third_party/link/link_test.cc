#include "third_party/link/link.h"

#include <gtest/gtest.h>

namespace {

// The lock's versions; a change here is a change of debian.lock.json that somebody reviewed.
TEST(Link, EachLibraryAnswersWithTheLockedVersion) {
  EXPECT_EQ(linked::Versions(),
            "curl 7.88.1\n"
            "rdkafka 2.8.0\n"
            "lz4 1.9.4\n"
            "mongoc 1.23.1 otm\n"
            "openssl 3.0.20\n"
            "pistache POST\n"
            "prometheus 3\n"
            "simdjson 42\n"
            "sqlite 3.40.1\n"
            "zlib 1.2.13\n"
            "zstd 1.5.4\n"
            "cli11 link\n"
            "spdlog 1\n");
}

}  // namespace
