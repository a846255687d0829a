// The fixture of the contract of prompt::Bus: see bus.h.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/topics.h"

namespace testing {

// One bus on the machine's clock, and what may happen to it. No consumer or reader is open when
// Reopen() or LoseEnd() is called.
//
// A bus may be on another machine: a message that is there arrives soon, not with the next call,
// and a consumer needs a moment for its group. So the tests wait for what must come, and what must
// not come is shown by the message behind it.
class BusHarness {
 public:
  virtual ~BusHarness() = default;
  virtual prompt::Bus& bus() = 0;
  // Produce fails from now on, and works again after Heal().
  virtual void Break() = 0;
  virtual void Heal() = 0;
  // Ends the bus and opens it again, where it outlives its process; else does nothing.
  virtual void Reopen() = 0;
  // Forgets everything produced so far, as retention does.
  virtual void Forget() = 0;
  // As after a power cut: the log may have lost its end.
  virtual void LoseEnd() = 0;
  // Whether an open reader may have fetched messages that nobody polled yet.
  virtual bool Prefetches() const { return false; }
};

using BusHarnessFactory = std::function<std::unique_ptr<BusHarness>()>;
using Texts = std::vector<std::string>;

class BusContract : public TestWithParam<BusHarnessFactory> {
 protected:
  using Delivery = prompt::Delivery;

  // Ends a test that hangs, on any machine; nothing waits for it to pass.
  static constexpr base::Duration kLong = std::chrono::seconds(60);
  static constexpr base::Duration kShort = std::chrono::milliseconds(20);
  static constexpr auto kTopic = prompt::kIncomingTopic;
  static constexpr auto kOther = prompt::kLiveTopic;

  BusContract() : harness_(GetParam()()) {}
  prompt::Bus& bus() { return harness_->bus(); }

  void Produce(std::string_view value, std::string_view topic = kTopic,
               Delivery delivery = Delivery::kDurable) {
    const auto produced = bus().Produce(topic, "key", value, delivery, kLong);
    ASSERT_TRUE(produced) << produced.error().message;
  }

  std::unique_ptr<prompt::Consumer> OpenConsumer(std::string_view topic = kTopic,
                                                 std::string_view group = "group") {
    auto consumer = bus().OpenConsumer(topic, group);
    EXPECT_TRUE(consumer) << consumer.error().message;
    return *std::move(consumer);
  }

  std::unique_ptr<prompt::Reader> OpenReader(
      const std::vector<std::string>& topics = {std::string(kTopic)},
      const std::optional<prompt::Position>& from = std::nullopt) {
    auto reader = bus().OpenReader(topics, from);
    EXPECT_TRUE(reader) << reader.error().message;
    return *std::move(reader);
  }

  // The next message, which must come.
  static std::optional<prompt::Message> Next(prompt::Consumer& consumer) {
    auto message = consumer.Poll(kLong, {});
    EXPECT_TRUE(message) << message.error().message;
    return message ? *message : std::nullopt;
  }
  static std::string NextValue(prompt::Consumer& consumer) {
    const auto message = Next(consumer);
    return message ? message->value : "";
  }

  // The next `count` messages, which must come.
  static std::vector<prompt::Message> Messages(prompt::Reader& reader, size_t count) {
    std::vector<prompt::Message> all;
    while (all.size() < count) {
      auto messages = reader.Poll(kLong, {});
      EXPECT_TRUE(messages) << messages.error().message;
      if (!messages || messages->empty()) break;
      EXPECT_LE(messages->size(), static_cast<size_t>(prompt::kPollBatchMax));
      all.insert(all.end(), messages->begin(), messages->end());
    }
    return all;
  }
  static Texts Values(prompt::Reader& reader, size_t count) {
    Texts values;
    for (const auto& message : Messages(reader, count)) values.push_back(message.value);
    return values;
  }

  // The next one is a message that is produced now.
  void ExpectNoMore(prompt::Consumer& consumer, std::string_view topic = kTopic) {
    Produce("end", topic);
    EXPECT_EQ(NextValue(consumer), "end");
  }
  void ExpectNoMore(prompt::Reader& reader) {
    Produce("end");
    EXPECT_EQ(Values(reader, 1), Texts{"end"});
  }

  template <class T>
  static void ExpectError(const base::Result<T>& result, base::Errc code) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, code) << result.error().message;
    EXPECT_FALSE(result.error().message.empty());
  }

  std::unique_ptr<BusHarness> harness_;
};

}  // namespace testing
