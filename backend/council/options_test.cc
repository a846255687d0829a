#include "backend/council/options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/base/config.h"

namespace backend_council {
namespace {

base::Result<base::ConfigRequest> Load(Options& options, const std::vector<std::string>& args,
                                       const std::vector<std::string>& environment = {}) {
  base::Config config("otm-council");
  Declare(config, options);
  return config.Load(args, environment);
}

TEST(CouncilOptions, TheNamesOfTheOriginalWorkUnchanged) {
  Options options;
  const auto loaded =
      Load(options, {},
           {"BACKEND_KAFKA_BROKERS=192.168.1.100:9092",
            "BACKEND_MONGO_URL=mongodb://otm-home-user:otm-home-password@192.168.1.100:27017"});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(options.kafka.brokers, "192.168.1.100:9092");
  EXPECT_EQ(options.mongo.url, "mongodb://otm-home-user:otm-home-password@192.168.1.100:27017");
}

TEST(CouncilOptions, WhatCannotBeIsRefused) {
  for (const char* flag : {"--workers=0", "--workers=65", "--lease=1s", "--lease=11m",
                           "--model=gpt", "--port=65536", "--ollama-url=localhost"}) {
    Options options;
    EXPECT_FALSE(Load(options, {flag})) << flag;
  }
}

TEST(CouncilOptions, TheOwnerIsThatOfThisProcessUnlessItIsNamed) {
  Options options;
  EXPECT_TRUE(OwnerName(options).starts_with("council-"));
  options.owner = "attic";
  EXPECT_EQ(OwnerName(options), "attic");
}

}  // namespace
}  // namespace backend_council
