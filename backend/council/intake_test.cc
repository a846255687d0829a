#include "backend/council/intake.h"

#include <gtest/gtest.h>

#include "lib/prompt/wire.h"

namespace backend_council {
namespace {

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

TEST(ReadPrompt, AMessageWithoutAnIdKeepsTheOneOfItsFirstTry) {
  prompt::Message message;
  message.topic = "t";
  message.offset = 7;
  message.value = R"({"prompt":"How much?"})";
  EXPECT_EQ(ReadPrompt(message, 5)->id, prompt::DerivedId("t", 0, 7));
  message.headers = {{"otm-id", "01HZZZZZZZZZZZZZZZZZZZZ001"}};
  EXPECT_EQ(ReadPrompt(message, 5)->id, "01HZZZZZZZZZZZZZZZZZZZZ001");
  message.value = R"({"prompt":"How much?","id":"01HZZZZZZZZZZZZZZZZZZZZ002"})";
  EXPECT_EQ(ReadPrompt(message, 5)->id, "01HZZZZZZZZZZZZZZZZZZZZ002");
}

}  // namespace
}  // namespace backend_council
