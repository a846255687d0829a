// The contract of prompt::Bus, part 2: readers and positions. See bus.h.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>
#include <string>
#include <thread>

#include "lib/testing/contract/bus_harness.h"

namespace testing {

TEST_P(BusContract, AReaderWithoutPositionSeesWhatComesFromNowOn) {
  Produce("before");
  const auto reader = OpenReader();
  Produce("1");
  Produce("2", kTopic, Delivery::kBestEffort);
  EXPECT_EQ(Values(*reader, 2), (Texts{"1", "2"}));
  ExpectNoMore(*reader);
}

TEST_P(BusContract, EveryReaderSeesEveryMessageOfItsTopics) {
  const std::string topic(kTopic), other(kOther);
  const auto one = OpenReader({topic}), two = OpenReader({topic}),
             both = OpenReader({other, topic});
  const auto none = OpenReader({"nobody.writes.here"});
  Produce("1");
  Produce("live", kOther, Delivery::kBestEffort);
  Produce("2");
  EXPECT_EQ(Values(*one, 2), (Texts{"1", "2"}));
  EXPECT_EQ(Values(*two, 2), (Texts{"1", "2"}));
  // Only what is in one lane has an order.
  EXPECT_THAT(Values(*both, 3), UnorderedElementsAre("1", "live", "2"));
  EXPECT_TRUE(none->Poll(kShort, {})->empty());
}

TEST_P(BusContract, ATopicThatIsNewAfterOpeningIsReadToo) {
  const auto reader = OpenReader({"a.new.topic"});
  Produce("1", "a.new.topic");
  EXPECT_EQ(Values(*reader, 1), Texts{"1"});
}

TEST_P(BusContract, AReaderGoesOnExactlyAfterItsPosition) {
  const auto reader = OpenReader();
  const prompt::Position start = reader->position();
  for (const auto value : {"1", "2", "3"}) Produce(value);
  const auto messages = Messages(*reader, 3);
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(reader->position().offsets[messages[2].lane], messages[2].offset);
  EXPECT_EQ(Values(*OpenReader({std::string(kTopic)}, start), 3), (Texts{"1", "2", "3"}));
  prompt::Position middle = start;
  middle.offsets[messages[1].lane] = messages[1].offset;
  EXPECT_EQ(Values(*OpenReader({std::string(kTopic)}, middle), 1), Texts{"3"});
  ExpectNoMore(*OpenReader({std::string(kTopic)}, reader->position()));
}

TEST_P(BusContract, APositionGoesThroughItsText) {
  const auto reader = OpenReader();
  Produce("1");
  const auto position = prompt::Position::Parse(reader->position().Text());
  ASSERT_TRUE(position);
  EXPECT_EQ(*position, reader->position());
  EXPECT_EQ(Values(*OpenReader({std::string(kTopic)}, position), 1), Texts{"1"});
}

TEST_P(BusContract, APollGivesAtMostOneBatch) {
  const auto reader = OpenReader();
  for (int i = 0; i < prompt::kPollBatchMax + 1; ++i) {
    Produce(std::to_string(i), kTopic, Delivery::kBestEffort);
  }
  const Texts values = Values(*reader, prompt::kPollBatchMax + 1);  // Checks each poll.
  ASSERT_EQ(values.size(), static_cast<size_t>(prompt::kPollBatchMax) + 1);
  for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(values[i], std::to_string(i));
}

TEST_P(BusContract, AWaitingReaderWakesAtOnceOnAMessage) {
  const auto reader = OpenReader();
  for (const Delivery delivery : {Delivery::kDurable, Delivery::kBestEffort}) {
    std::jthread producing([&] { Produce("now", kTopic, delivery); });
    const auto messages = reader->Poll(kLong, {});
    ASSERT_TRUE(messages);
    ASSERT_EQ(messages->size(), 1u);
    EXPECT_EQ(messages->at(0).value, "now");
  }
}

TEST_P(BusContract, AWaitingReaderEndsAfterItsTimeOrOnAStop) {
  const auto reader = OpenReader();
  Produce("other", kOther);
  EXPECT_TRUE(reader->Poll(kShort, {})->empty());
  std::stop_source stop;
  std::jthread stopping([&] { stop.request_stop(); });
  EXPECT_TRUE(reader->Poll(kLong, stop.get_token())->empty());
}

TEST_P(BusContract, AForeignOrFuturePositionIsNotFound) {
  const std::vector<std::string> topics{std::string(kTopic)};
  Produce("1");
  const auto here = OpenReader()->position();
  ASSERT_TRUE(bus().OpenReader(topics, here));
  auto position = here;
  position.epoch += "x";
  ExpectError(bus().OpenReader(topics, position), base::Errc::kNotFound);
  position = here;
  position.offsets.begin()->second += 1;
  ExpectError(bus().OpenReader(topics, position), base::Errc::kNotFound);
  position = here;
  position.offsets[999] = 1;
  ExpectError(bus().OpenReader(topics, position), base::Errc::kNotFound);
  ExpectError(bus().OpenReader(topics, prompt::Position{here.epoch, {}}), base::Errc::kNotFound);
}

TEST_P(BusContract, APositionAfterWhichMessagesAreGoneIsNotFound) {
  const std::vector<std::string> topics{std::string(kTopic)};
  const std::vector<std::string> others{"nobody.writes.here"};
  const auto start = OpenReader()->position();
  const auto other_start = OpenReader(others)->position();
  Produce("1");
  Produce("2");
  auto reader = OpenReader(topics, start);
  ASSERT_EQ(Values(*reader, 2), (Texts{"1", "2"}));
  const auto end = reader->position();
  harness_->Forget();
  ExpectError(bus().OpenReader(topics, start), base::Errc::kNotFound);
  EXPECT_TRUE(bus().OpenReader(others, other_start)) << "nothing of that topic is gone";
  Produce("3");
  EXPECT_EQ(Values(*OpenReader(topics, end), 1), Texts{"3"});
}

TEST_P(BusContract, AReaderThatFellTooFarBehindIsTold) {
  const auto slow = OpenReader();
  Produce("1");
  harness_->Forget();
  Produce("2");
  const auto polled = slow->Poll(kLong, {});
  if (polled && harness_->Prefetches()) {
    EXPECT_EQ(polled->front().value, "1") << "it never skips one";
  } else {
    ExpectError(polled, base::Errc::kNotFound);
  }
}

TEST_P(BusContract, AReaderNeedsATopic) {
  ExpectError(bus().OpenReader({}, std::nullopt), base::Errc::kInvalid);
}

TEST_P(BusContract, APositionOutlivesReopening) {
  const std::vector<std::string> topics{std::string(kTopic), std::string(kOther)};
  const auto start = OpenReader(topics)->position();
  Produce("1");
  Produce("live", kOther, Delivery::kBestEffort);
  harness_->Reopen();
  Produce("2");
  EXPECT_THAT(Values(*OpenReader(topics, start), 3), UnorderedElementsAre("1", "live", "2"));
}

TEST_P(BusContract, APositionSaysNothingWhenTheLogMayHaveLostItsEnd) {
  const std::vector<std::string> topics{std::string(kTopic)};
  Produce("1");
  const auto before = OpenReader()->position();
  harness_->LoseEnd();
  ExpectError(bus().OpenReader(topics, before), base::Errc::kNotFound);
  const auto reader = OpenReader();
  EXPECT_NE(reader->position().epoch, before.epoch);
  Produce("2");
  EXPECT_EQ(Values(*reader, 1), Texts{"2"});
  EXPECT_EQ(NextValue(*OpenConsumer()), "1") << "what was durable is still there";
}

}  // namespace testing
