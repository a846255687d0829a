// The contract of prompt::Bus, part 3: many messages at once. See bus.h.
#pragma once

#include <gtest/gtest.h>

#include <stop_token>
#include <string>
#include <vector>

#include "lib/testing/contract/bus_harness.h"

namespace testing {

TEST_P(BusContract, ABatchArrivesInItsOrderWithKeysAndHeaders) {
  const std::vector<prompt::Header> headers{{"why", "because"}};
  std::vector<std::string> values;
  for (int i = 0; i < prompt::kSendBatchMax; ++i) values.push_back(std::to_string(i));
  std::vector<prompt::MessageParts> messages;
  for (const std::string& value : values) messages.push_back({kTopic, "key", value, headers});
  const auto sent = bus().SendAll(messages, kLong);
  ASSERT_EQ(sent.size(), messages.size());
  for (const auto& status : sent) ASSERT_TRUE(status) << status.error().message;
  const auto consumer = OpenConsumer();
  for (const std::string& value : values) {
    const auto message = Next(*consumer);
    ASSERT_TRUE(message);
    ASSERT_EQ(message->value, value);
    EXPECT_EQ(message->key, "key");
    EXPECT_EQ(message->headers, headers);
  }
  ExpectNoMore(*consumer);
}

TEST_P(BusContract, ABatchMayGoToSeveralTopicsAndBeEmpty) {
  EXPECT_TRUE(bus().SendAll({}, kLong).empty());
  const std::vector<prompt::MessageParts> messages{
      {kTopic, "k", "1"}, {kOther, "k", "o"}, {kTopic, "k", "2"}};
  for (const auto& status : bus().SendAll(messages, kLong)) ASSERT_TRUE(status);
  const auto consumer = OpenConsumer();
  EXPECT_EQ(NextValue(*consumer), "1");
  EXPECT_EQ(NextValue(*consumer), "2");
  EXPECT_EQ(NextValue(*OpenConsumer(kOther)), "o");
}

TEST_P(BusContract, WhatIsInvalidInABatchHoldsNobodyBack) {
  const std::string huge(prompt::kMessageBytesMax, 'v');
  const std::vector<prompt::MessageParts> messages{
      {kTopic, "k", "1"}, {kTopic, "k", huge}, {"", "k", "v"}, {kTopic, "k", "2"}};
  const auto sent = bus().SendAll(messages, kLong);
  ASSERT_EQ(sent.size(), 4u);
  EXPECT_TRUE(sent[0]);
  ExpectError(sent[1], base::Errc::kInvalid);
  ExpectError(sent[2], base::Errc::kInvalid);
  EXPECT_TRUE(sent[3]);
  const auto consumer = OpenConsumer();
  EXPECT_EQ(NextValue(*consumer), "1");
  EXPECT_EQ(NextValue(*consumer), "2");
  ExpectNoMore(*consumer);
}

TEST_P(BusContract, ABatchThatFailsIsUnavailableAndTheBusRecovers) {
  Produce("1");
  const std::vector<prompt::MessageParts> messages{{kTopic, "k", "maybe"}, {kTopic, "k", "maybe"}};
  harness_->Break();
  for (const auto& status : bus().SendAll(messages, kShort)) {
    ExpectError(status, base::Errc::kUnavailable);
  }
  harness_->Heal();
  for (const auto& status : bus().SendAll(messages, kLong)) EXPECT_TRUE(status);
  Produce("2");
  const auto consumer = OpenConsumer();
  EXPECT_EQ(NextValue(*consumer), "1");
  int maybes = 0;
  std::string value = NextValue(*consumer);
  for (; value == "maybe" && maybes < 5; ++maybes) value = NextValue(*consumer);
  EXPECT_EQ(value, "2");
  EXPECT_GE(maybes, 2);
}

TEST_P(BusContract, ABatchIsThereAfterReopening) {
  const std::vector<prompt::MessageParts> messages{{kTopic, "k", "1"}, {kTopic, "k", "2"}};
  for (const auto& status : bus().SendAll(messages, kLong)) ASSERT_TRUE(status);
  harness_->Reopen();
  const auto consumer = OpenConsumer();
  EXPECT_EQ(NextValue(*consumer), "1");
  EXPECT_EQ(NextValue(*consumer), "2");
}

TEST_P(BusContract, PolledBatchesGiveEverythingOnceAndAreCommittedAsAWhole) {
  constexpr size_t kMost = 4;
  const Texts produced{"1", "2", "3", "4", "5", "6", "7", "8", "9"};
  for (const std::string& value : produced) Produce(value);
  Texts seen;
  {
    const auto consumer = OpenConsumer();
    while (seen.size() < produced.size()) {
      const auto batch = prompt::PollBatch(*consumer, kMost, kLong, {});
      ASSERT_FALSE(batch.failure) << batch.failure->message;
      ASSERT_FALSE(batch.messages.empty());
      EXPECT_LE(batch.messages.size(), kMost);
      for (const auto& message : batch.messages) seen.push_back(message.value);
      // The last of it is left for the next consumer.
      if (seen.size() == produced.size()) break;
      const auto committed = prompt::CommitBatch(*consumer, batch.messages);
      ASSERT_TRUE(committed) << committed.error().message;
    }
    EXPECT_EQ(seen, produced);
  }
  const auto next = OpenConsumer();
  const std::string first = NextValue(*next);
  EXPECT_NE(first, "1");
  EXPECT_NE(first, "end");
}

TEST_P(BusContract, APolledBatchIsEmptyWhenNothingComes) {
  const auto consumer = OpenConsumer();
  const auto batch = prompt::PollBatch(*consumer, 4, kShort, {});
  EXPECT_TRUE(batch.messages.empty());
  EXPECT_FALSE(batch.failure);
  EXPECT_TRUE(prompt::CommitBatch(*consumer, batch.messages));
}

}  // namespace testing
