// The contract of prompt::Bus, part 1: producing, and consumers in groups. See bus.h.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "lib/testing/contract/bus_harness.h"

namespace testing {

TEST_P(BusContract, AMessageArrivesAsItWasProduced) {
  const std::string value("a\0b\xFF\n'; DROP TABLE log; --", 26);
  ASSERT_TRUE(bus().Produce(kTopic, "01HZ'x", value, Delivery::kDurable, kLong));
  const auto message = Next(*OpenConsumer());
  ASSERT_TRUE(message);
  EXPECT_EQ(message->topic, kTopic);
  EXPECT_EQ(message->key, "01HZ'x");
  EXPECT_EQ(message->value, value);
  EXPECT_GE(message->lane, 0);
  EXPECT_GE(message->offset, 1);
  EXPECT_GT(message->ts_ms, 0);
  EXPECT_TRUE(message->headers.empty());
}

TEST_P(BusContract, HeadersArriveInTheirOrder) {
  const std::vector<prompt::Header> headers{{"otm-error", std::string("not \0 JSON\xFF", 11)},
                                            {"empty", ""},
                                            {"otm-error", "again: 3:x"}};
  const auto consumer = OpenConsumer();
  const auto reader = OpenReader();
  ASSERT_TRUE(bus().Send({kTopic, "key", "v", headers}, Delivery::kDurable, kLong));
  const auto message = Next(*consumer);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->headers, headers);
  EXPECT_EQ(Messages(*reader, 1).at(0).headers, headers);
  const std::vector<prompt::Header> nameless{{"", "v"}};
  ExpectError(bus().Send({kTopic, "key", "v", nameless}, Delivery::kDurable, kLong),
              base::Errc::kInvalid);
  const std::vector<prompt::Header> largest{
      {"name", std::string(prompt::kHeadersBytesMax - 4, 'h')}};
  ASSERT_TRUE(bus().Send({kTopic, "key", "v", largest}, Delivery::kDurable, kLong));
  EXPECT_EQ(Next(*consumer)->headers, largest);
  const std::vector<prompt::Header> larger{
      {"name", std::string(prompt::kHeadersBytesMax - 3, 'h')}};
  ExpectError(bus().Send({kTopic, "key", "v", larger}, Delivery::kDurable, kLong),
              base::Errc::kInvalid);
}

TEST_P(BusContract, KeyAndValueMayBeEmpty) {
  ASSERT_TRUE(bus().Produce(kTopic, "", "", Delivery::kDurable, kLong));
  const auto message = Next(*OpenConsumer());
  ASSERT_TRUE(message);
  EXPECT_EQ(message->key, "");
  EXPECT_EQ(message->value, "");
}

TEST_P(BusContract, MessagesUpToTheLimitAreTakenAndLargerOnesInvalid) {
  const std::string largest(prompt::kMessageBytesMax - 3, 'v');
  ASSERT_TRUE(bus().Produce(kTopic, "key", largest, Delivery::kDurable, kLong));
  ExpectError(bus().Produce(kTopic, "key", largest + "v", Delivery::kDurable, kLong),
              base::Errc::kInvalid);
  ExpectError(bus().Produce(kTopic, "key", largest + "v", Delivery::kBestEffort, kLong),
              base::Errc::kInvalid);
  ExpectError(bus().Produce("", "key", "v", Delivery::kDurable, kLong), base::Errc::kInvalid);
  const auto consumer = OpenConsumer();
  EXPECT_EQ(NextValue(*consumer), largest);
  ExpectNoMore(*consumer);
}

TEST_P(BusContract, ALetterMayBeAsLargeAsWhatForeignProducersSend) {
  const std::string topic = prompt::DeadLetterTopic(kTopic);
  const std::string largest(prompt::kLetterBytesMax - 3, '\0');
  const std::vector<prompt::Header> headers{{"h", std::string(prompt::kHeadersBytesMax - 1, 'h')}};
  ASSERT_TRUE(bus().Send({topic, "key", largest, headers}, Delivery::kDurable, kLong));
  ExpectError(bus().Produce(topic, "key", largest + "v", Delivery::kDurable, kLong),
              base::Errc::kInvalid);
  EXPECT_EQ(NextValue(*OpenConsumer(topic)), largest);
}

TEST_P(BusContract, ANewGroupStartsAtTheOldestMessageOfItsTopic) {
  Produce("1");
  Produce("other", kOther);
  Produce("2", kTopic, Delivery::kBestEffort);
  const auto consumer = OpenConsumer();
  EXPECT_EQ(NextValue(*consumer), "1");
  EXPECT_EQ(NextValue(*consumer), "2");
  Produce("3");
  EXPECT_EQ(NextValue(*consumer), "3");
}

TEST_P(BusContract, AnUncommittedMessageComesAgainInTheNextConsumer) {
  for (const auto value : {"1", "2", "3"}) Produce(value);
  {
    const auto consumer = OpenConsumer();
    const auto first = Next(*consumer);
    ASSERT_TRUE(first);
    ASSERT_TRUE(consumer->Commit(*first));
    EXPECT_EQ(NextValue(*consumer), "2");
    EXPECT_EQ(NextValue(*consumer), "3");
  }
  const auto next = OpenConsumer();
  EXPECT_EQ(NextValue(*next), "2");
  EXPECT_EQ(NextValue(*next), "3");
  ExpectNoMore(*next);
}

TEST_P(BusContract, ACommitCoversEverythingBeforeItAndNeverGoesBack) {
  for (const auto value : {"1", "2", "3"}) Produce(value);
  {
    const auto consumer = OpenConsumer();
    const auto first = Next(*consumer);
    const auto second = Next(*consumer);
    ASSERT_TRUE(first && second);
    ASSERT_TRUE(consumer->Commit(*second));
    EXPECT_TRUE(consumer->Commit(*first));
    EXPECT_TRUE(consumer->Commit(*second));
  }
  EXPECT_EQ(NextValue(*OpenConsumer()), "3");
}

TEST_P(BusContract, GroupsAndTopicsAreIndependent) {
  Produce("1");
  Produce("o", kOther);
  const auto consumer = OpenConsumer(kTopic, "one");
  ASSERT_TRUE(consumer->Commit(*Next(*consumer)));
  EXPECT_EQ(NextValue(*OpenConsumer(kTopic, "two")), "1");
  EXPECT_EQ(NextValue(*OpenConsumer(kOther, "one")), "o");
}

TEST_P(BusContract, AMessageGoesToOneMemberOfAGroupAtATime) {
  for (const auto value : {"1", "2", "3"}) Produce(value);
  auto first = OpenConsumer();
  EXPECT_EQ(NextValue(*first), "1");
  const auto second = OpenConsumer();
  Texts seen;
  while (seen.size() < 2) {
    for (auto* member : {first.get(), second.get()}) {
      const auto message = member->Poll(kShort, {});
      ASSERT_TRUE(message) << message.error().message;
      if (!*message) continue;
      EXPECT_EQ(member, first.get()) << "a newcomer takes nothing from a member that works";
      seen.push_back((*message)->value);
    }
  }
  EXPECT_EQ(seen, (Texts{"2", "3"}));
  first.reset();  // Committed nothing: the other takes over.
  EXPECT_EQ(NextValue(*second), "1");
}

TEST_P(BusContract, AWaitingConsumerWakesAtOnceOnAMessage) {
  const auto consumer = OpenConsumer();
  for (const Delivery delivery : {Delivery::kDurable, Delivery::kBestEffort}) {
    std::jthread producing([&] { Produce("now", kTopic, delivery); });
    const auto message = consumer->Poll(kLong, {});
    ASSERT_TRUE(message && *message);
    EXPECT_EQ((*message)->value, "now");
  }
}

TEST_P(BusContract, AWaitingConsumerEndsAfterItsTimeOrOnAStop) {
  const auto consumer = OpenConsumer();
  const auto none = consumer->Poll(kShort, {});
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  std::stop_source stop;
  std::jthread stopping([&] { stop.request_stop(); });
  const auto stopped = consumer->Poll(kLong, stop.get_token());
  ASSERT_TRUE(stopped);
  EXPECT_FALSE(*stopped);
}

TEST_P(BusContract, AWaitingMemberTakesOverWhenTheOtherEnds) {
  Produce("1");
  auto first = OpenConsumer();
  EXPECT_EQ(NextValue(*first), "1");
  const auto second = OpenConsumer();
  std::jthread ending([&] { first.reset(); });
  const auto message = second->Poll(kLong, {});
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((*message)->value, "1");
}

TEST_P(BusContract, AFailedProduceIsUnavailableAndTheBusRecovers) {
  Produce("1");
  harness_->Break();
  ExpectError(bus().Produce(kTopic, "key", "maybe", Delivery::kDurable, kShort),
              base::Errc::kUnavailable);
  // This one may be on its way only.
  const auto best_effort = bus().Produce(kTopic, "key", "maybe", Delivery::kBestEffort, kShort);
  if (!best_effort) ExpectError(best_effort, base::Errc::kUnavailable);
  harness_->Heal();
  Produce("2");
  ASSERT_TRUE(bus().Ping());
  const auto consumer = OpenConsumer();
  EXPECT_EQ(NextValue(*consumer), "1");
  std::string value = NextValue(*consumer);
  for (int maybes = 0; value == "maybe" && maybes < 2; ++maybes) value = NextValue(*consumer);
  EXPECT_EQ(value, "2");
}

TEST_P(BusContract, MessagesAndGroupsAreThereAfterReopening) {
  Produce("1");
  Produce("2", kTopic, Delivery::kBestEffort);
  {
    const auto consumer = OpenConsumer();
    ASSERT_TRUE(consumer->Commit(*Next(*consumer)));
  }
  harness_->Reopen();
  Produce("3");
  const auto consumer = OpenConsumer();
  EXPECT_EQ(NextValue(*consumer), "2");
  EXPECT_EQ(NextValue(*consumer), "3");
}

TEST_P(BusContract, ManyProducersLoseNothingAndKeepEachOnesOrder) {
  constexpr int kProducers = 4, kEach = 50;
  {
    std::vector<std::jthread> producers;
    for (int p = 0; p < kProducers; ++p) {
      producers.emplace_back([&, p] {
        for (int i = 0; i < kEach; ++i) {
          const auto delivery = i % 5 == 0 ? Delivery::kDurable : Delivery::kBestEffort;
          EXPECT_TRUE(bus().Produce(kTopic, std::to_string(p), std::to_string(i), delivery, kLong));
        }
      });
    }
  }
  const auto consumer = OpenConsumer();
  std::map<std::string, int> next;
  std::map<int, int64_t> offsets;
  for (int i = 0; i < kProducers * kEach; ++i) {
    const auto message = Next(*consumer);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->value, std::to_string(next[message->key]++));
    EXPECT_GT(message->offset, offsets[message->lane]);
    offsets[message->lane] = message->offset;
  }
  ExpectNoMore(*consumer);
}

}  // namespace testing
