// The contract of prompt::Bus, part 2: readers and positions. See bus.h.
#pragma once

#include <gtest/gtest.h>

#include <stop_token>
#include <string>
#include <thread>

#include "lib/testing/contract/bus_harness.h"

namespace testing {

TEST_P(BusContract, AReaderWithoutPositionSeesWhatComesFromNowOn) {
  Produce("before");
  const auto reader = OpenReader();
  EXPECT_EQ(Values(*reader), Texts{});
  Produce("1");
  Produce("2", kTopic, Delivery::kBestEffort);
  EXPECT_EQ(Values(*reader), (Texts{"1", "2"}));
  EXPECT_EQ(Values(*reader), Texts{});
}

TEST_P(BusContract, EveryReaderSeesEveryMessageOfItsTopics) {
  const std::string topic(kTopic), other(kOther);
  const auto one = OpenReader({topic}), two = OpenReader({topic}),
             both = OpenReader({other, topic});
  const auto none = OpenReader({"nobody.writes.here"});
  Produce("1");
  Produce("live", kOther, Delivery::kBestEffort);
  Produce("2");
  EXPECT_EQ(Values(*one), (Texts{"1", "2"}));
  EXPECT_EQ(Values(*two), (Texts{"1", "2"}));
  EXPECT_EQ(Values(*both), (Texts{"1", "live", "2"}));
  EXPECT_EQ(Values(*none), Texts{});
}

TEST_P(BusContract, ATopicThatIsNewAfterOpeningIsReadToo) {
  const auto reader = OpenReader({"a.new.topic"});
  Produce("1", "a.new.topic");
  EXPECT_EQ(Values(*reader), Texts{"1"});
}

TEST_P(BusContract, AReaderGoesOnExactlyAfterItsPosition) {
  const auto reader = OpenReader();
  const prompt::Position start = reader->position();
  for (const auto value : {"1", "2", "3"}) Produce(value);
  auto messages = reader->Poll(base::Duration(0), {});
  ASSERT_TRUE(messages);
  ASSERT_EQ(messages->size(), 3u);
  EXPECT_EQ(reader->position().offsets[messages->at(2).lane], messages->at(2).offset);
  EXPECT_EQ(Values(*OpenReader({std::string(kTopic)}, start)), (Texts{"1", "2", "3"}));
  prompt::Position middle = start;
  middle.offsets[messages->at(1).lane] = messages->at(1).offset;
  EXPECT_EQ(Values(*OpenReader({std::string(kTopic)}, middle)), Texts{"3"});
  EXPECT_EQ(Values(*OpenReader({std::string(kTopic)}, reader->position())), Texts{});
}

TEST_P(BusContract, APositionGoesThroughItsText) {
  const auto reader = OpenReader();
  Produce("1");
  const auto position = prompt::Position::Parse(reader->position().Text());
  ASSERT_TRUE(position);
  EXPECT_EQ(*position, reader->position());
  EXPECT_EQ(Values(*OpenReader({std::string(kTopic)}, position)), Texts{"1"});
}

TEST_P(BusContract, APollGivesAtMostOneBatch) {
  const auto reader = OpenReader();
  for (int i = 0; i < prompt::kPollBatchMax + 1; ++i) {
    Produce(std::to_string(i), kTopic, Delivery::kBestEffort);
  }
  const Texts first = Values(*reader);
  ASSERT_EQ(first.size(), static_cast<size_t>(prompt::kPollBatchMax));
  EXPECT_EQ(first.front(), "0");
  EXPECT_EQ(Values(*reader), Texts{std::to_string(prompt::kPollBatchMax)});
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
  const auto start = OpenReader()->position();
  Produce("1");
  Produce("2");
  auto reader = OpenReader(topics, start);
  ASSERT_EQ(Values(*reader), (Texts{"1", "2"}));
  const auto end = reader->position();
  harness_->Forget();
  ExpectError(bus().OpenReader(topics, start), base::Errc::kNotFound);
  EXPECT_TRUE(bus().OpenReader({"another.topic"}, start)) << "nothing of that topic is gone";
  Produce("3");
  EXPECT_EQ(Values(*OpenReader(topics, end)), Texts{"3"});
}

TEST_P(BusContract, AReaderThatFellTooFarBehindIsTold) {
  const auto slow = OpenReader();
  Produce("1");
  harness_->Forget();
  Produce("2");
  ExpectError(slow->Poll(base::Duration(0), {}), base::Errc::kNotFound);
}

TEST_P(BusContract, AReaderNeedsATopic) {
  ExpectError(bus().OpenReader({}, std::nullopt), base::Errc::kInvalid);
}

TEST_P(BusContract, APositionOutlivesReopening) {
  const auto start = OpenReader()->position();
  Produce("1");
  Produce("live", kOther, Delivery::kBestEffort);
  harness_->Reopen();
  Produce("2");
  EXPECT_EQ(Values(*OpenReader({std::string(kTopic), std::string(kOther)}, start)),
            (Texts{"1", "live", "2"}));
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
  EXPECT_EQ(Values(*reader), Texts{"2"});
  EXPECT_EQ(NextValue(*OpenConsumer()), "1") << "what was durable is still there";
}

}  // namespace testing
