#include "lib/feed/uplink.h"

#include <gtest/gtest.h>

#include <limits>

#include "lib/prompt/topics.h"

namespace feed {
namespace {

using prompt::Message;
using prompt::Position;

Message Live(std::string value) {
  Message message;
  message.topic = prompt::kLiveTopic;
  message.lane = 3;
  message.offset = 7;
  message.key = "01J9ZQ5D0X3T5F6G7H8J9KMNPQ";
  message.value = std::move(value);
  message.ts_ms = 1'767'323'045'678;
  return message;
}

void ExpectSame(const Message& message) {
  const auto data = EncodeUplinkData(message);
  ASSERT_TRUE(data);
  const auto read = DecodeUplinkData(*data);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->topic, message.topic);
  EXPECT_EQ(read->lane, message.lane);
  EXPECT_EQ(read->offset, message.offset);
  EXPECT_EQ(read->key, message.key);
  EXPECT_EQ(read->ts_ms, message.ts_ms);
  EXPECT_EQ(read->value, message.value);
}

TEST(Uplink, AFrameLooksAsTheHeaderSays) {
  const auto format = UplinkFormat([] { return std::vector<Message>(); });
  EXPECT_EQ(
      format.encode(Live(R"({"v":1, "n":1.0})"), Position{"e", {{3, 7}}}),
      "id: e-3.7\ndata: {\"t\":\"otm-home.council.live\",\"l\":3,\"o\":7,"
      "\"k\":\"01J9ZQ5D0X3T5F6G7H8J9KMNPQ\",\"ts\":1767323045678,\"v\":{\"v\":1, \"n\":1.0}}\n\n");
}

TEST(Uplink, WhatIsReadIsWhatWasWritten) {
  ExpectSame(Live("{}"));
  ExpectSame(Live(R"({"v":1,"x":",\"v\":","y":[1.50,1e40,18446744073709551615]})"));
  ExpectSame(Live("{ \"a\" :\n\t1 }"));
  auto message = Live("{}");
  message.key = R"(,"v":{}}\)";
  message.topic = R"(odd","v":{)";
  ExpectSame(message);
  message.key = "";
  message.lane = std::numeric_limits<int>::max();
  message.offset = std::numeric_limits<int64_t>::max();
  message.ts_ms = -1;
  ExpectSame(message);
}

TEST(Uplink, AValueUpToTheLimitIsSentAndOneOverItIsNot) {
  const auto of = [](size_t size) {
    return Live("{\"a\":\"" + std::string(size - 8, 'x') + "\"}");
  };
  ExpectSame(of(prompt::kMessageBytesMax));
  EXPECT_FALSE(EncodeUplinkData(of(prompt::kMessageBytesMax + 1)));
}

TEST(Uplink, AKeyOverTheLimitIsLeftOut) {
  auto message = Live("{}");
  message.key = std::string(kUplinkKeyBytesMax, '\x01');  // Six bytes each when escaped.
  ExpectSame(message);
  EXPECT_LT(EncodeUplinkData(message)->size(), kUplinkHeadBytesMax);
  message.key += 'x';
  EXPECT_EQ(DecodeUplinkData(*EncodeUplinkData(message))->key, "");
}

TEST(Uplink, WhatIsNoJsonObjectIsNotSent) {
  for (const char* value :
       {"", "nonsense", "[]", "1", "{\"a\":\"\xff\"}", "{}\n\ndata: {}", "{}}"}) {
    EXPECT_FALSE(EncodeUplinkData(Live(value))) << value;
  }
}

TEST(Uplink, WhatNobodyWritesIsRefused) {
  const std::string good = R"({"t":"a","l":0,"o":1,"k":"b","ts":2,"v":{}})";
  ASSERT_TRUE(DecodeUplinkData(good));
  const std::string cases[] = {
      "",
      "{}",
      R"({"v":{}})",
      good + "}",
      good.substr(0, good.size() - 1),
      R"({"t":"a","l":-1,"o":1,"k":"b","ts":2,"v":{}})",
      R"({"t":"a","l":4294967296,"o":1,"k":"b","ts":2,"v":{}})",
      R"({"t":"a","l":0,"o":-1,"k":"b","ts":2,"v":{}})",
      R"({"t":"a","l":0,"o":1.5,"k":"b","ts":2,"v":{}})",
      R"({"t":1,"l":0,"o":1,"k":"b","ts":2,"v":{}})",
      R"({"t":"a","l":0,"o":1,"ts":2,"v":{}})",
      R"({"t":"a","l":0,"o":1,"k":"b","ts":2,"v":[]})",
      R"({"t":"a","l":0,"o":1,"k":"b","ts":2,"v":{},"w":1})",
      R"({"t":")" + std::string(kUplinkHeadBytesMax, 'x') +
          R"(","l":0,"o":1,"k":"b","ts":2,"v":{}})",
      good.substr(0, good.size() - 1) + std::string(kUplinkDataBytesMax, ' ') + "}",
  };
  for (const std::string& data : cases) {
    const auto read = DecodeUplinkData(data);
    ASSERT_FALSE(read) << data.substr(0, 100);
    EXPECT_EQ(read.error().code, base::Errc::kInvalid);
  }
}

TEST(Uplink, OnlyNewReadersGetTheStatesAndTheyHaveNoId) {
  const auto format = UplinkFormat([] {
    auto state = Live(R"({"state":"READY"})");
    state.topic = prompt::kStateTopic;
    return std::vector<Message>{state, Live("nonsense")};
  });
  const Position head{"e", {{0, 9}}};
  const std::string hello = "id: e-0.9\nevent: hello\ndata: {}\n\n";
  EXPECT_EQ(format.greet(Arrival::kReturning, head), std::vector<std::string>{hello});
  const auto greeting = format.greet(Arrival::kNew, head);
  ASSERT_EQ(greeting.size(), 2u);
  EXPECT_EQ(greeting[0], hello);
  EXPECT_TRUE(greeting[1].starts_with("event: state\ndata: {\"t\":\"otm-home.council.state\""))
      << greeting[1];
}

}  // namespace
}  // namespace feed
