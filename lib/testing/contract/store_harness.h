// The fixture of the contract of prompt::Store: see store.h.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/json.h"
#include "lib/base/result.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/store.h"
#include "lib/prompt/topics.h"
#include "lib/prompt/wire.h"

namespace testing {

// One store and what may happen to it.
class StoreHarness {
 public:
  virtual ~StoreHarness() = default;
  virtual prompt::Store& store() = 0;
  // Every write fails from now on, and works again after Heal().
  virtual void Break() = 0;
  virtual void Heal() = 0;
  // Ends the store and opens it again, where it outlives its process; else does nothing.
  virtual void Reopen() = 0;
};

using StoreHarnessFactory = std::function<std::unique_ptr<StoreHarness>()>;

using Ids = std::vector<std::string>;

class StoreContract : public TestWithParam<StoreHarnessFactory> {
 protected:
  using Status = prompt::Status;

  static constexpr int64_t kNow = 1'767'323'045'678;
  static constexpr int64_t kUntil = kNow + 15'000;

  StoreContract() : harness_(GetParam()()) {}
  prompt::Store& store() { return harness_->store(); }

  // Of `user`; `age` is how many milliseconds before kNow it was created.
  static prompt::Prompt MakePrompt(const std::string& id, const std::string& user = "anna",
                                   int64_t age = 0) {
    prompt::Prompt prompt;
    prompt.id = id;
    prompt.user = user;
    prompt.text = "question " + id;
    prompt.preset = "quick";
    prompt.created_ms = kNow - age;
    return prompt;
  }

  // Waits as PENDING.
  void Add(const std::string& id, const std::string& user = "anna", int64_t age = 0) {
    const prompt::Prompt prompt = MakePrompt(id, user, age);
    const auto inserted = store().InsertIfAbsent(prompt);
    ASSERT_TRUE(inserted) << inserted.error().message;
    ASSERT_EQ(*inserted, prompt::Inserted::kNew);
  }

  // The id of the next lease and its epoch; "" when there is none.
  std::string Lease(int64_t now_ms = kNow, int64_t until_ms = kUntil) {
    const auto lease = store().LeaseNext("worker", now_ms, until_ms);
    EXPECT_TRUE(lease) << lease.error().message;
    if (!lease || !*lease) return "";
    epoch_ = (*lease)->prompt.epoch;
    return (*lease)->prompt.id;
  }

  void AddAndFinish(const std::string& id, const std::string& answer = "yes") {
    Add(id);
    ASSERT_EQ(Lease(), id);
    ASSERT_TRUE(store().Finish(id, epoch_, Answer(answer), kNow + 5));
  }

  static prompt::Outcome Answer(const std::string& answer) {
    prompt::Outcome outcome;
    outcome.answer = answer;
    outcome.processing_ms = 4200;
    outcome.verdict = prompt::Verdict{.key = "k",
                                      .share = 0.75,
                                      .quality = "full",
                                      .missing = {{"seat", "why"}},
                                      .dissent = "d",
                                      .decided_by = "vote",
                                      .notice = "n",
                                      .model_calls = 3,
                                      .tokens = 99};
    return outcome;
  }

  // Finishes `id`, created `age` milliseconds before kNow. No other prompt may wait.
  void AddAnswered(const std::string& id, const std::string& user, int64_t age,
                   const prompt::Outcome& outcome) {
    Add(id, user, age);
    ASSERT_EQ(Lease(), id);
    const auto finished = store().Finish(id, epoch_, outcome, kNow + age);
    ASSERT_TRUE(finished) << finished.error().message;
  }

  static prompt::Outcome Keyed(const std::string& key, Status status = Status::kCompleted) {
    prompt::Outcome outcome = Answer("yes");
    outcome.status = status;
    outcome.cache_key = key;
    return outcome;
  }

  // The id of the answer; "" when nothing is found.
  std::string Found(const std::string& user, const std::string& key) {
    const auto found = store().FindAnswered(user, key);
    EXPECT_TRUE(found) << found.error().message;
    return found && *found ? (*found)->id : "";
  }

  static prompt::Step MakeStep(const std::string& seat, int i, const std::string& text) {
    return {.stage = "answer",
            .seat = seat,
            .i = i,
            .seed = 0xFFFF'FFFF'FFFF'FFFEu,
            .model = "gemma3:4b",
            .text = text,
            .key = "key",
            .metrics_json = R"({"ms":1})"};
  }

  prompt::Prompt Loaded(const std::string& id) {
    auto prompt = store().Load(id);
    EXPECT_TRUE(prompt) << prompt.error().message;
    return prompt ? *prompt : prompt::Prompt();
  }

  std::vector<std::string> ListedIds(const prompt::PageQuery& query) {
    const auto page = store().List(query);
    EXPECT_TRUE(page) << page.error().message;
    std::vector<std::string> ids;
    if (page) {
      for (const auto& prompt : page->prompts) ids.push_back(prompt.id);
    }
    return ids;
  }

  // The statuses of `id` in the outbox, oldest first, "saved" for the saved topic.
  std::vector<std::string> Told(const std::string& id) {
    std::vector<std::string> told;
    for (const auto& entry : *store().Outbox()) {
      if (entry.prompt_id != id) continue;
      const auto json = base::JsonDocument::Parse(entry.value, prompt::kMessageBytesMax);
      EXPECT_TRUE(json);
      EXPECT_EQ(*json->root().String("id"), id);
      EXPECT_EQ(*json->root().Int("seq"), entry.seq);
      const bool saved = entry.topic == prompt::kSavedTopic;
      told.push_back(saved ? "saved" : *json->root().String("status"));
    }
    return told;
  }

  template <class T>
  static void ExpectError(const base::Result<T>& result, base::Errc code) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, code) << result.error().message;
    EXPECT_FALSE(result.error().message.empty());
  }

  std::unique_ptr<StoreHarness> harness_;
  int64_t epoch_ = 0;  // Of the last lease.
};

}  // namespace testing
