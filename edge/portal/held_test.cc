// Questions that wait on the portal's own disk, as its API tells of them.
#include "edge/portal/held.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "edge/portal/held_prompts.h"
#include "edge/portal/portal_fixture.h"
#include "edge/portal/prompts_api.h"
#include "edge/portal/recent.h"
#include "lib/base/json.h"
#include "lib/prompt/topics.h"
#include "lib/prompt/wire.h"

namespace portal {
namespace {

using base::Errc;

class FakeHeld final : public Held {
 public:
  bool Holds(std::string_view id) const override {
    return std::ranges::any_of(messages, [&](const std::string& message) {
      return message.find(id) != std::string::npos;
    });
  }
  std::vector<std::string> Newest(size_t count) const override {
    return {messages.end() - static_cast<std::ptrdiff_t>(std::min(count, messages.size())),
            messages.end()};
  }

  std::vector<std::string> messages;
};

class HeldTest : public testing::Test {
 protected:
  PortalParts Parts() {
    PortalParts parts = fakes_.parts();
    parts.held = &held_;
    return parts;
  }
  http::Response Ask(std::string_view id, std::string_view text) {
    return api_.Ask(Post("/api/prompts", base::Dump({{"id", id}, {"prompt", text}})));
  }
  static std::string Message(std::string_view id) {
    return prompt::WriteIncoming({.id = std::string(id),
                                  .user = {},
                                  .text = "why?",
                                  .preset = "quick",
                                  .discussion_ms = 60'000,
                                  .created_ms = 1});
  }

  Fakes fakes_;
  FakeHeld held_;
  Recent recent_;
  PromptsApi api_{{}, Parts(), recent_};
};

TEST_F(HeldTest, TheAnswerSaysWhenAQuestionIsHeld) {
  held_.messages = {Message(kId)};
  EXPECT_EQ(Body(Ask(kId, "why?")),
            "{\"id\":\"" + std::string(kId) + "\",\"status\":\"PENDING\",\"held\":\"edge\"}");
  EXPECT_EQ(Body(Ask(kOtherId, "why?")),
            "{\"id\":\"" + std::string(kOtherId) + "\",\"status\":\"PENDING\"}");
  EXPECT_NE(Body(Ask(kId, "why?")).find("\"held\":\"edge\""), std::string::npos);  // Again.
}

TEST_F(HeldTest, AHeldQuestionIsShownAsHeldUntilItIsSent) {
  Ask(kId, "why?");
  held_.messages = {Message(kId)};
  const std::string held = Body(api_.Load(WithId(Get("/"), kId)));
  EXPECT_NE(held.find("\"held\":\"edge\""), std::string::npos) << held;
  EXPECT_EQ(held.find("queuePosition"), std::string::npos);
  held_.messages.clear();
  const std::string sent = Body(api_.Load(WithId(Get("/"), kId)));
  EXPECT_EQ(sent.find("held"), std::string::npos);
  EXPECT_NE(sent.find("\"queuePosition\":0"), std::string::npos);
}

TEST_F(HeldTest, QuestionsAreTakenWhileTheStoreIsAway) {
  fakes_.store.faults().Break({Errc::kUnavailable, "mongo is down"});
  EXPECT_EQ(Ask(kId, "why?").status, 202);
  EXPECT_EQ(Ask(kId, "why?").status, 202);
  EXPECT_EQ(Ask(kId, "another?").status, 409);
  EXPECT_EQ(fakes_.bus.Messages(prompt::kIncomingTopic).size(), 1u);
}

TEST_F(HeldTest, WhatWasHeldBeforeARestartIsVisibleAfterIt) {
  held_.messages = {"no question", Message(kId), R"({"prompt":"without an id"})"};
  Recent recent;
  AddHeld(held_, recent);
  const auto shown = recent.List();
  ASSERT_EQ(shown.size(), 1u);
  const prompt::Prompt& prompt = shown[0];
  EXPECT_EQ(prompt.id, kId);
  EXPECT_EQ(prompt.text, "why?");
  EXPECT_EQ(prompt.preset, "quick");
  EXPECT_EQ(prompt.discussion_ms, 60'000);
  EXPECT_EQ(prompt.created_ms, 1);
}

TEST_F(HeldTest, NoMoreAreReadThanCanBeShown) {
  held_.messages.assign(kRecentPromptsMax + 1, Message(kId));
  held_.messages.front() = Message(kOtherId);
  Recent recent;
  AddHeld(held_, recent);
  EXPECT_FALSE(recent.Find(kOtherId));
  EXPECT_TRUE(recent.Find(kId));
}

}  // namespace
}  // namespace portal
