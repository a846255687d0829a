#include "lib/feed/latest.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/prompt/topics.h"

namespace feed {
namespace {

prompt::Message Event(std::string key, std::string value,
                      std::string_view topic = prompt::kStatusTopic) {
  prompt::Message message;
  message.topic = topic;
  message.key = std::move(key);
  message.value = std::move(value);
  return message;
}

TEST(Latest, WhatComesTwiceOrTooLateIsNoNews) {
  Latest latest;
  EXPECT_TRUE(latest.IsNews(Event("a", R"({"seq":1})")));
  EXPECT_FALSE(latest.IsNews(Event("a", R"({"seq":1})")));
  EXPECT_TRUE(latest.IsNews(Event("a", R"({"seq":3})")));
  EXPECT_FALSE(latest.IsNews(Event("a", R"({"seq":2})")));
}

TEST(Latest, PromptsAndTopicsHaveTheirOwnNumbers) {
  Latest latest;
  EXPECT_TRUE(latest.IsNews(Event("a", R"({"seq":3})")));
  EXPECT_TRUE(latest.IsNews(Event("b", R"({"seq":3})")));
  EXPECT_TRUE(latest.IsNews(Event("a", R"({"seq":3})", prompt::kSavedTopic)));
}

TEST(Latest, OfWhatHasNoNumberNothingIsKnown) {
  Latest latest;
  for (const char* value : {"{}", "nonsense", R"({"seq":"1"})", R"({"seq":1.5})"}) {
    EXPECT_TRUE(latest.IsNews(Event("a", value))) << value;
    EXPECT_TRUE(latest.IsNews(Event("a", value))) << value;
  }
  EXPECT_TRUE(latest.IsNews(Event("", R"({"seq":1})")));
  EXPECT_TRUE(latest.IsNews(Event("", R"({"seq":1})")));
}

TEST(Latest, ForgetsTheOldestOverItsLimit) {
  Latest latest;
  for (size_t i = 0; i <= kLatestMax; ++i) {
    EXPECT_TRUE(latest.IsNews(Event(std::to_string(i), R"({"seq":1})")));
  }
  EXPECT_FALSE(latest.IsNews(Event("1", R"({"seq":1})")));
  EXPECT_TRUE(latest.IsNews(Event("0", R"({"seq":1})")));
}

}  // namespace
}  // namespace feed
