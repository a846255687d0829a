#include "lib/kafka/topics.h"

#include <chrono>

#include "lib/prompt/topics.h"

namespace kafka {
namespace {

constexpr base::Duration kDay = std::chrono::hours(24);
constexpr base::Duration kLiveKept = std::chrono::hours(1);  // A reconnect within it misses none.
constexpr base::Duration kOthersKept = 7 * kDay;             // A week without a look at the page.
constexpr base::Duration kIncomingKept = 30 * kDay;  // To see what was asked, after an incident.
constexpr base::Duration kLettersKept = 30 * kDay;   // As long as the original message is there.

// Kafka removes whole segments: an hour of live events needs shorter ones than its week.
constexpr int kSegmentsOfRetention = 4;
constexpr base::Duration kSegmentMax = kDay;
constexpr size_t kSegmentBytes = 64 * 1024 * 1024;  // The disk of a Pi is small.
// Key, value and headers at their limits, and the batch around them.
constexpr size_t kMessageBytesMax = 2 * 1024 * 1024;
// A letter is what came in a whole batch of a foreign producer, and headers of ours.
constexpr size_t kLetterBytesMax = 4 * 1024 * 1024;

std::string Text(base::Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

bool IsLossy(std::string_view topic) { return RetentionOf(topic) == kLiveKept; }

}  // namespace

std::vector<std::string> StandardTopics() {
  return {
      std::string(prompt::kIncomingTopic),        prompt::DeadLetterTopic(prompt::kIncomingTopic),
      prompt::RetryTopic(prompt::kIncomingTopic), std::string(prompt::kStatusTopic),
      std::string(prompt::kSavedTopic),           std::string(prompt::kLiveTopic),
      std::string(prompt::kControlTopic),         std::string(prompt::kStateTopic)};
}

base::Duration RetentionOf(std::string_view topic) {
  if (topic == prompt::kLiveTopic || topic == prompt::kStateTopic) return kLiveKept;
  if (topic == prompt::kIncomingTopic) return kIncomingKept;
  if (prompt::IsSideTopic(topic)) return kLettersKept;
  return kOthersKept;
}

NewTopic TopicFor(std::string_view topic, const KafkaOptions& options) {
  const base::Duration retention = RetentionOf(topic);
  const base::Duration segment = std::min(kSegmentMax, retention / kSegmentsOfRetention);
  NewTopic made{.name = std::string(topic),
                .partitions = topic == prompt::kIncomingTopic ? options.partitions : 1,
                .config = {{"cleanup.policy", "delete"},
                           {"retention.ms", Text(retention)},
                           {"segment.ms", Text(segment)},
                           {"segment.bytes", std::to_string(kSegmentBytes)},
                           {"max.message.bytes",
                            std::to_string(prompt::IsSideTopic(topic) ? kLetterBytesMax
                                                                      : kMessageBytesMax)}}};
  // Kafka leaves writing to the disk to the operating system, and trusts in other brokers. A home
  // has one: what was confirmed as durable must survive a power cut.
  if (!IsLossy(topic)) made.config["flush.messages"] = "1";
  return made;
}

}  // namespace kafka
