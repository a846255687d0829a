// The contract of prompt::Scanner: every implementation passes it.
//
// Include it in a *_contract_test.cc beside the implementation, and instantiate ScannerContract
// with a factory of its harness.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/prompt/scanner.h"
#include "lib/prompt/topics.h"
#include "lib/testing/contract/bus_harness.h"

namespace testing {

// A bus that is also a scanner.
class ScannerHarness : public BusHarness {
 public:
  virtual prompt::Scanner& scanner() = 0;
};
using ScannerHarnessFactory = std::function<std::unique_ptr<ScannerHarness>()>;

class ScannerContract : public TestWithParam<ScannerHarnessFactory> {
 protected:
  static constexpr base::Duration kLong = std::chrono::seconds(60);
  static constexpr auto kTopic = prompt::kIncomingTopic;

  ScannerContract() : harness_(GetParam()()) {}

  void Produce(std::string_view value, std::string_view topic = kTopic) {
    const auto sent =
        harness_->bus().Send({topic, "key", value, headers_}, prompt::Delivery::kDurable, kLong);
    ASSERT_TRUE(sent) << sent.error().message;
  }
  std::vector<prompt::Message> Scan(std::string_view topic = kTopic) {
    std::vector<prompt::Message> found;
    const auto done = harness_->scanner().ForEach(topic, [&](const prompt::Message& message) {
      found.push_back(message);
      return base::Status();
    });
    EXPECT_TRUE(done) << done.error().message;
    return found;
  }
  Texts Values(std::string_view topic = kTopic) {
    Texts values;
    for (const auto& message : Scan(topic)) values.push_back(message.value);
    return values;
  }

  std::vector<prompt::Header> headers_;
  std::unique_ptr<ScannerHarness> harness_;
};

TEST_P(ScannerContract, EverythingThatIsThereComesInItsOrderAndAsOftenAsItIsAsked) {
  headers_ = {{"otm-error", std::string("a\0b\xFF", 4)}, {"empty", ""}};
  const std::string bytes("\0\xFF\n", 3);
  Produce(bytes);
  Produce("other", prompt::kLiveTopic);
  for (int i = 0; i < prompt::kPollBatchMax + 1; ++i) Produce(std::to_string(i));
  for (int again = 0; again < 2; ++again) {
    const auto found = Scan();
    ASSERT_EQ(found.size(), static_cast<size_t>(prompt::kPollBatchMax) + 2);
    EXPECT_EQ(found[0].value, bytes);
    EXPECT_EQ(found[0].key, "key");
    EXPECT_EQ(found[0].headers, headers_);
    EXPECT_GT(found[0].ts_ms, 0);
    for (size_t i = 1; i < found.size(); ++i) {
      EXPECT_EQ(found[i].value, std::to_string(i - 1));
      EXPECT_EQ(found[i].place.partition, found[0].place.partition);
      EXPECT_GT(found[i].place.offset, found[i - 1].place.offset);
    }
  }
}

TEST_P(ScannerContract, ATopicThatIsNotThereHasNothing) {
  EXPECT_EQ(Values("nobody.writes.here"), Texts());
  Produce("1");
  EXPECT_EQ(Values("nobody.writes.here"), Texts());
}

TEST_P(ScannerContract, WhatWasRemovedIsLeftOut) {
  Produce("1");
  Produce("2");
  harness_->Forget();
  EXPECT_EQ(Values(), Texts());
  Produce("3");
  EXPECT_EQ(Values(), Texts{"3"});
}

TEST_P(ScannerContract, AnErrorOfTheTakerEndsIt) {
  for (const auto value : {"1", "2", "3"}) Produce(value);
  int taken = 0;
  const auto done = harness_->scanner().ForEach(kTopic, [&](const prompt::Message&) {
    return ++taken == 2 ? base::Fail(base::Errc::kExhausted, "enough") : base::Status();
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "enough");
  EXPECT_EQ(taken, 2);
}

TEST_P(ScannerContract, AGroupLosesNothingByIt) {
  Produce("1");
  EXPECT_EQ(Values(), Texts{"1"});
  const auto consumer = harness_->bus().OpenConsumer(kTopic, "group");
  ASSERT_TRUE(consumer);
  const auto message = (*consumer)->Poll(kLong, {});
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((*message)->value, "1");
  EXPECT_EQ((*message)->place, Scan().at(0).place);
}

TEST_P(ScannerContract, ALogThatDoesNotAnswerIsUnavailable) {
  Produce("1");
  harness_->Break();
  const auto done =
      harness_->scanner().ForEach(kTopic, [](const prompt::Message&) { return base::Status(); });
  if (!done) EXPECT_EQ(done.error().code, base::Errc::kUnavailable) << done.error().message;
  harness_->Heal();
}

}  // namespace testing
