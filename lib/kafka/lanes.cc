#include "lib/kafka/lanes.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "lib/prompt/bus.h"
#include "lib/prompt/topics.h"

namespace kafka {
namespace {

// Positions in browsers name these numbers: new topics are appended, nothing is moved.
constexpr std::array kNumbered = {prompt::kIncomingTopic, prompt::kStatusTopic,
                                  prompt::kSavedTopic,    prompt::kLiveTopic,
                                  prompt::kControlTopic,  prompt::kStateTopic};
constexpr int kNumbersMax = 16;
static_assert(kNumbered.size() <= kNumbersMax);

constexpr int kHashedFrom = kNumbersMax * kLanePartitionsMax;
constexpr uint32_t kHashes = 1U << 20;  // Two topics of one reader meet once in a million.

// FNV-1a (draft-eastlake-fnv, 32 bits).
uint32_t Hash(std::string_view text) {
  uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

}  // namespace

int LaneOf(std::string_view topic, int partition) {
  const auto* const found = std::ranges::find(kNumbered, topic);
  if (found != kNumbered.end()) {
    return partition * kNumbersMax + static_cast<int>(found - kNumbered.begin());
  }
  return kHashedFrom + static_cast<int>(Hash(topic) % kHashes) * kLanePartitionsMax + partition;
}

int PartitionOf(int lane) {
  if (lane < kHashedFrom) return lane / kNumbersMax;
  return (lane - kHashedFrom) % kLanePartitionsMax;
}

std::string EpochOf(std::string_view cluster_id, std::vector<TopicSign> topics) {
  std::ranges::sort(topics, {}, &TopicSign::topic);
  std::string text(cluster_id);
  for (const TopicSign& sign : topics) {
    text += '\n' + sign.topic + ' ' + sign.id;
    for (const int epoch : sign.leader_epochs) text += ' ' + std::to_string(epoch);
  }
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string epoch;
  for (size_t i = 0; epoch.size() < prompt::kEpochLengthMax; ++i) {
    epoch += kDigits[hash.at(i) >> 4];
    epoch += kDigits[hash.at(i) & 15U];
  }
  return epoch;
}

}  // namespace kafka
