#include "backend/notifier/options.h"

#include <gtest/gtest.h>

#include <vector>

namespace notifier {
namespace {

using Words = std::vector<std::string>;

const std::string kToken = "a-service-token-of-ours";
const std::string kOther = "another-service-token";

base::Status Load(Options& options, const Words& environment) {
  base::Config config("otm-notifier");
  Declare(config, options);
  const auto loaded = config.Load(Words{}, environment);
  if (!loaded) return std::unexpected(loaded.error());
  return {};
}

TEST(Options, TokensComeFromBothSettings) {
  Options options;
  const auto loaded =
      Load(options, {"OTM_NOTIFIER_TOKEN=" + kToken, "OTM_NOTIFIER_TOKENS=" + kOther,
                     "BACKEND_KAFKA_BROKERS=192.168.1.100:9092"});
  ASSERT_TRUE(loaded) << loaded.error().message;
  const auto tokens = TokensOf(options);
  ASSERT_TRUE(tokens) << tokens.error().message;
  EXPECT_TRUE(tokens->Accepts("Bearer " + kToken));
  EXPECT_TRUE(tokens->Accepts("Bearer " + kOther));
  EXPECT_EQ(options.port, kPortDefault);
  EXPECT_EQ(options.kafka.brokers, "192.168.1.100:9092");
}

TEST(Options, WithoutATokenTheErrorSaysWhatToSet) {
  Options options;
  ASSERT_TRUE(Load(options, {}));
  const auto tokens = TokensOf(options);
  ASSERT_FALSE(tokens);
  EXPECT_TRUE(tokens.error().message.contains("OTM_NOTIFIER_TOKENS_FILE"));
}

}  // namespace
}  // namespace notifier
