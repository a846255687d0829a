#include "lib/prompt/bus.h"

#include <gtest/gtest.h>

#include <limits>

#include "lib/prompt/prompt.h"

namespace prompt {
namespace {

TEST(Position, TextIsTheSseIdOfTheContract) {
  EXPECT_EQ((Position{"k7", {{0, 12}}}).Text(), "k7-0.12");
  EXPECT_EQ((Position{"A", {{2, 0}, {0, 12}, {11, 345}}}).Text(), "A-0.12,2.0,11.345");
}

TEST(Position, ReadsBackWhatItWrote) {
  const Position cases[] = {
      {"k7", {{0, 0}}},
      {"0123456789abcdeF", {{0, 1}, {1, 2}, {1000, 3}}},
      {"e", {{std::numeric_limits<int>::max(), std::numeric_limits<int64_t>::max()}}},
  };
  for (const Position& position : cases) {
    EXPECT_EQ(Position::Parse(position.Text()), position) << position.Text();
  }
}

constexpr auto kLongEpoch = "0123456789abcdef0-0.1";
static_assert(std::string_view(kLongEpoch).find('-') == kEpochLengthMax + 1);

TEST(Position, RefusesEveryOtherSpelling) {
  for (const std::string_view text : {
           "",
           "k7",
           "k7-",
           "-0.1",
           "k7-0",
           "k7-0.",
           "k7-.1",
           "k7-0.1,",
           "k7-,0.1",
           "k7-0.1,,1.1",
           "k7-0.1 ",
           " k7-0.1",
           "k7-0.-1",
           "k7--1.1",
           "k7-+0.1",
           "k7-0.+1",
           "k7-00.1",
           "k7-0.01",
           "k7-0x1.1",
           "k7-1.1,0.1",  // Lanes ascend.
           "k7-0.1,0.2",  // Each lane once.
           "k_7-0.1",
           "k7\n-0.1",
           "k7-0.1\n",
           kLongEpoch,                  // 17 letters.
           "k7-2147483648.1",           // One over the largest lane.
           "k7-0.9223372036854775808",  // One over the largest offset.
           "k7-0.1-1.1",
       }) {
    EXPECT_EQ(Position::Parse(text), std::nullopt) << text;
  }
}

TEST(Position, TextsUpToTheLimitAreRead) {
  // "e-" and twenty pairs of 24 bytes, then one pair that fills up to 511, 512 and 513 bytes.
  std::string text = "e-";
  for (int lane = 1000; lane < 1020; ++lane) text += std::to_string(lane) + ".123456789012345678,";
  text += "1020.";
  ASSERT_LT(text.size(), 500u);
  for (const auto& [size, good] : {std::pair{kPositionBytesMax - 1, true},
                                   {kPositionBytesMax, true},
                                   {kPositionBytesMax + 1, false}}) {
    std::string filled = text;
    // Short pairs of seven bytes, then digits for the rest.
    filled += "1";
    for (int lane = 1021; filled.size() + 8 <= size; ++lane)
      filled += "," + std::to_string(lane) + ".1";
    while (filled.size() < size) filled += "1";
    ASSERT_EQ(filled.size(), size);
    EXPECT_EQ(Position::Parse(filled).has_value(), good) << size;
  }
}

TEST(CheckMessage, BoundsKeyAndValueTogether) {
  const std::string key = "key";
  for (const auto& [size, good] : {std::pair<size_t, bool>{kMessageBytesMax - 1, true},
                                   {kMessageBytesMax, true},
                                   {kMessageBytesMax + 1, false}}) {
    const std::string value(size - key.size(), 'v');
    EXPECT_EQ(CheckMessage({"topic", key, value}).has_value(), good) << size;
  }
  EXPECT_EQ(CheckMessage({"", "", ""}).error().message, "a message needs a topic");
}

TEST(CheckMessage, ALetterMayBeAsLargeAsWhatForeignProducersSend) {
  for (const auto topic : {"topic.dlq", "topic.retry"}) {
    for (const auto& [size, good] : {std::pair<size_t, bool>{kLetterBytesMax - 1, true},
                                     {kLetterBytesMax, true},
                                     {kLetterBytesMax + 1, false}}) {
      EXPECT_EQ(CheckMessage({topic, "", std::string(size, 'v')}).has_value(), good) << size;
    }
  }
}

TEST(CheckMessage, BoundsTheHeadersTogether) {
  for (const auto& [size, good] : {std::pair<size_t, bool>{kHeadersBytesMax - 1, true},
                                   {kHeadersBytesMax, true},
                                   {kHeadersBytesMax + 1, false}}) {
    const std::vector<Header> headers{{"a", "b"}, {"cc", std::string(size - 4, 'v')}};
    EXPECT_EQ(CheckMessage({"topic", "", "", headers}).has_value(), good) << size;
  }
  const std::vector<Header> nameless{{"", "v"}};
  EXPECT_EQ(CheckMessage({"topic", "", "", nameless}).error().message, "a header needs a name");
}

}  // namespace
}  // namespace prompt
