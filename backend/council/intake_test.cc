#include "backend/council/intake.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/base/json.h"

namespace backend_council {
namespace {

prompt::Message Poison(size_t bytes) {
  prompt::Message message;
  message.topic = "t";
  message.offset = 7;
  message.key = "k";
  message.value = std::string(bytes, '\xff');
  return message;
}

TEST(WriteDeadLetter, KeepsTheOriginalBytesAndTheReason) {
  prompt::Message message = Poison(0);
  message.value = std::string("a\0b\xff", 4);
  const std::string letter = WriteDeadLetter(message, {base::Errc::kInvalid, "no object"}, 3);
  const auto json = base::JsonDocument::Parse(letter, prompt::kMessageBytesMax);
  ASSERT_TRUE(json);
  EXPECT_EQ(*json->root().String("value"), "YQBi/w==");
  EXPECT_EQ(*json->root().String("error"), "no object");
  EXPECT_EQ(*json->root().Int("offset"), 7);
}

TEST(WriteDeadLetter, CutsOnlyWhatWouldNotFitIntoAMessage) {
  for (const size_t bytes : {kLetterValueBytesMax - 1, kLetterValueBytesMax,
                             kLetterValueBytesMax + 1, prompt::kMessageBytesMax}) {
    const std::string letter = WriteDeadLetter(Poison(bytes), {base::Errc::kInvalid, "e"}, 3);
    EXPECT_LT(letter.size(), prompt::kMessageBytesMax);
    const auto json = base::JsonDocument::Parse(letter, prompt::kMessageBytesMax);
    ASSERT_TRUE(json);
    EXPECT_EQ(json->root().Find("cut").has_value(), bytes > kLetterValueBytesMax) << bytes;
  }
}

TEST(WriteDeadLetter, CutsALongKey) {
  for (const size_t bytes : {kLetterKeyBytesMax - 1, kLetterKeyBytesMax, kLetterKeyBytesMax + 1}) {
    prompt::Message message = Poison(1);
    message.key = std::string(bytes, 'k');
    const std::string letter = WriteDeadLetter(message, {base::Errc::kInvalid, "e"}, 3);
    const auto json = base::JsonDocument::Parse(letter, prompt::kMessageBytesMax);
    EXPECT_EQ(json->root().String("key")->size(), std::min(bytes, kLetterKeyBytesMax));
  }
}

TEST(ReadPrompt, TakesTheTimeOfTheMessageWhereItHasNoneOfItsOwn) {
  prompt::Message message;
  message.topic = "t";
  message.value = R"({"prompt":"How much?"})";
  EXPECT_EQ(ReadPrompt(message, 5)->created_ms, 5);
  message.ts_ms = 4;
  EXPECT_EQ(ReadPrompt(message, 5)->created_ms, 4);
  message.value = R"({"prompt":"How much?","createdAt":"1970-01-01T00:00:00.003Z"})";
  EXPECT_EQ(ReadPrompt(message, 5)->created_ms, 3);
}

}  // namespace
}  // namespace backend_council
