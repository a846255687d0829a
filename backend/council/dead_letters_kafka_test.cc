// The real intake on Kafka's protocol: librdkafka's mock broker.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backend/council/bench.h"
#include "backend/council/council.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/kafka/kafka_bus.h"
#include "lib/kafka/mock_cluster.h"
#include "lib/kafka/options.h"
#include "lib/prompt/letter.h"
#include "lib/prompt/topics.h"
#include "lib/testing/fake_model.h"
#include "lib/testing/memory_store.h"

namespace backend_council {
namespace {

using bench::Id;

constexpr base::Duration kLong = std::chrono::seconds(60);
constexpr int16_t kOffsetCommit = 8;  // Number of the request in Kafka's protocol.

class DeadLettersOnKafka : public ::testing::Test {
 protected:
  DeadLettersOnKafka() : model_(MakeModel()) {
    options_.brokers = cluster_.brokers();
    options_.fetch_wait = std::chrono::milliseconds(10);
    options_.session_timeout = std::chrono::seconds(2);
    bus_ = *kafka::KafkaBus::Make(
        options_,
        {.clock = clock_, .log = log_, .metrics = bus_metrics_, .decorate = [this](auto admin) {
           return cluster_.Decorate(std::move(admin));
         }});
  }

  std::shared_ptr<testing::FakeModel> MakeModel() {
    auto model =
        std::make_shared<testing::FakeModel>(std::vector<std::string>{"gemma3:4b"}, clock_);
    model->SetDefault({"It is 42.\n", "FINAL: 42"});
    return model;
  }
  void Start() {
    council_ = *Council::Start({.owner = "test"}, {.clock = clock_,
                                                   .log = log_,
                                                   .metrics = metrics_,
                                                   .store = store_,
                                                   .bus = *bus_,
                                                   .models = model_});
  }
  void Ask(std::string_view value, std::vector<prompt::Header> headers = {}) {
    const auto sent = bus_->Send({prompt::kIncomingTopic, "key", value, headers},
                                 prompt::Delivery::kDurable, kLong);
    ASSERT_TRUE(sent) << sent.error().message;
  }
  void AskWell(const std::string& id) { Ask(R"({"prompt":"How much?","id":")" + id + "\"}"); }
  bool IsAnswered(const std::string& id) {
    const auto prompt = store_.Load(id);
    return prompt && prompt->status == prompt::Status::kCompleted;
  }
  bool Eventually(const std::function<bool()>& condition) {
    const base::Duration end = clock_.Monotonic() + kLong;
    while (clock_.Monotonic() < end) {
      if (condition()) return true;
      clock_.SleepFor(std::chrono::milliseconds(20), {});
    }
    return false;
  }
  std::vector<prompt::Message> Letters() {
    std::vector<prompt::Message> letters;
    const auto scanned = bus_->ForEach(prompt::DeadLetterTopic(prompt::kIncomingTopic),
                                       [&](const prompt::Message& message) {
                                         letters.push_back(message);
                                         return base::Status();
                                       });
    EXPECT_TRUE(scanned) << scanned.error().message;
    return letters;
  }

  base::SystemClock clock_;
  base::Log log_{"test", base::LogLevel::kError, clock_, [](std::string_view) {}};
  base::Metrics bus_metrics_;
  base::Metrics metrics_;
  kafka::MockCluster cluster_;
  kafka::KafkaOptions options_;
  testing::MemoryStore store_;
  council::FixedModel model_;
  std::unique_ptr<kafka::KafkaBus> bus_;
  std::unique_ptr<Council> council_;  // Last: ends first.
};

TEST_F(DeadLettersOnKafka, PoisonIsKeptWithItsBytesAndPlaceAndTheNextOneIsServed) {
  Start();
  const std::vector<std::string> poison = {"{",
                                           "[]",
                                           std::string("{\"prompt\":\"a\0b\"}", 16),
                                           "{\"prompt\":\"\xff\"}",
                                           R"({"discussionTimeMs":1})",
                                           std::string(20'000, '[')};
  const std::vector<prompt::Header> headers{{"traceparent", "00-ab"}, {"otm-done", "discarded"}};
  for (const std::string& value : poison) Ask(value, headers);
  AskWell(Id(1));
  ASSERT_TRUE(Eventually([&] { return IsAnswered(Id(1)); }));
  const auto letters = Letters();
  ASSERT_EQ(letters.size(), poison.size());
  for (size_t i = 0; i < poison.size(); ++i) {
    EXPECT_EQ(letters[i].value, poison[i]);
    EXPECT_EQ(letters[i].key, "key");
    const prompt::Letter letter = prompt::ReadLetter(letters[i].headers);
    EXPECT_EQ(letter.topic, prompt::kIncomingTopic);
    EXPECT_EQ(letter.origin, (prompt::Place{0, static_cast<int64_t>(i)}));
    EXPECT_EQ(letter.reason, prompt::kReasonUnreadable);
    EXPECT_GT(letter.written_ms, 0);
    EXPECT_EQ(prompt::FindHeader(letters[i].headers, "traceparent"), "00-ab");
    EXPECT_FALSE(prompt::FindHeader(letters[i].headers, "otm-done"));
  }
}

TEST_F(DeadLettersOnKafka, WhatTheStoreRefusesIsTriedAgainAndThenALetter) {
  for (int i = 0; i < 2; ++i) {
    store_.faults().FailNext("InsertIfAbsent", {base::Errc::kInternal, "a rule forbids it"});
  }
  Start();
  AskWell(Id(1));
  AskWell(Id(2));
  EXPECT_TRUE(Eventually([&] { return IsAnswered(Id(2)); }));
  EXPECT_TRUE(Eventually([&] { return IsAnswered(Id(1)); }));
  EXPECT_TRUE(Letters().empty());
}

TEST_F(DeadLettersOnKafka, ALetterIsThereBeforeItsMessageIsCommitted) {
  // The commit fails: the message comes again, and is put aside again, with the same origin.
  cluster_.FailRequests(kOffsetCommit, 1, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION);
  Start();
  Ask("{");
  AskWell(Id(1));
  ASSERT_TRUE(Eventually([&] { return IsAnswered(Id(1)); }));
  const auto letters = Letters();
  ASSERT_GE(letters.size(), 1u);
  for (const auto& message : letters) {
    EXPECT_EQ(message.value, "{");
    EXPECT_EQ(prompt::ReadLetter(message.headers).origin, prompt::Place());
  }
}

}  // namespace
}  // namespace backend_council
