#include "lib/push/target_text.h"

#include <gtest/gtest.h>

namespace push {
namespace {

TEST(TargetText, EveryKindIsTheSameAfterWritingAndReading) {
  for (const TargetKind kind : {TargetKind::kWebPush, TargetKind::kNtfy, TargetKind::kWebhook}) {
    const Target target{.id = "an-id_1",
                        .kind = kind,
                        .url = "https://push.example.net/\"x\"",
                        .topic = "otm",
                        .secret = std::string("\0\xff\n", 3),
                        .point = std::string("\x04\0", 2)};
    const auto read = ParseTarget(TargetText(target));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->id, target.id);
    EXPECT_EQ(read->kind, kind);
    EXPECT_EQ(read->url, target.url);
    EXPECT_EQ(read->topic, target.topic);
    EXPECT_EQ(read->secret, target.secret);
    EXPECT_EQ(read->point, target.point);
  }
}

TEST(TargetText, TheLongestTargetFitsAndAnythingElseIsRefused) {
  const Target longest{.id = std::string(kTargetIdBytesMax, 'i'),
                       .kind = TargetKind::kWebPush,
                       .url = std::string(kTargetUrlBytesMax, '"'),  // Two bytes each.
                       .topic = std::string(kTopicBytesMax, 't'),
                       .secret = std::string(64, 's'),
                       .point = std::string(65, 'p')};
  const std::string text = TargetText(longest);
  EXPECT_LE(text.size(), kTargetTextBytesMax);
  EXPECT_TRUE(ParseTarget(text + std::string(kTargetTextBytesMax - text.size(), ' ')));
  EXPECT_FALSE(ParseTarget(text + std::string(kTargetTextBytesMax - text.size() + 1, ' ')));
  for (const char* bad :
       {"", "{}", "[]", R"({"id":"a","kind":"pigeon","url":"","topic":"","secret":"","point":""})",
        R"({"id":"a","kind":"ntfy","url":"","topic":"","secret":"=","point":""})"}) {
    const auto read = ParseTarget(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, base::Errc::kInternal);
  }
}

}  // namespace
}  // namespace push
