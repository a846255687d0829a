#include "lib/kafka/kafka_bus.h"

#include <algorithm>

#include "lib/base/backoff.h"
#include "lib/kafka/consumer.h"
#include "lib/kafka/lanes.h"
#include "lib/kafka/scan.h"
#include "lib/kafka/topics.h"
#include "lib/prompt/topics.h"

namespace kafka {

using base::Errc;
using prompt::Position;

namespace {

// How often a bus whose Kafka failed looks whether it is back.
constexpr base::Duration kLookEvery = std::chrono::seconds(1);
// A topic that was just made is there within this time.
constexpr base::Duration kMadeWait = std::chrono::milliseconds(50);
constexpr base::BackoffOptions kSetupBackoff = {.first = std::chrono::milliseconds(200),
                                                .max = std::chrono::seconds(5)};

}  // namespace

KafkaBus::KafkaBus(const KafkaOptions& options, const BusParts& parts)
    : options_(options),
      clock_(parts.clock),
      seed_(parts.seed),
      watch_(options_, parts.log, parts.metrics) {}

KafkaBus::~KafkaBus() = default;

base::Result<std::unique_ptr<KafkaBus>> KafkaBus::Make(const KafkaOptions& options,
                                                       const BusParts& parts) {
  RETURN_IF_ERROR(Check(options));
  std::unique_ptr<KafkaBus> bus(new KafkaBus(options, parts));
  RETURN_IF_ERROR(bus->Start(parts));
  return bus;
}

base::Status KafkaBus::Start(const BusParts& parts) {
  ASSIGN_OR_RETURN(producer_, Producer::Make(watch_, clock_));
  admin_ = MakeAdmin([this] { return producer_->handle(); }, watch_);
  if (parts.decorate) admin_ = parts.decorate(std::move(admin_));
  if (parts.topics == TopicsAtStart::kLeave) return {};
  keeper_ = std::jthread([this](const std::stop_token& stop) { Keep(stop); });
  return {};
}

void KafkaBus::Keep(const std::stop_token& stop) {
  base::Backoff backoff(kSetupBackoff, seed_);
  while (!Ensure(StandardTopics(), kPingTimeout)) {  // The end of the bus waits for it.
    if (!clock_.SleepFor(backoff.Next(), stop)) return;
  }
  while (clock_.SleepFor(kLookEvery, stop)) {
    if (!NotReady().empty()) (void)Ping();
  }
}

bool KafkaBus::IsKnown(const std::string& topic) const {
  const std::scoped_lock lock(mutex_);
  return known_.contains(topic);
}

base::Result<Topics> KafkaBus::Ensure(const std::vector<std::string>& topics,
                                      base::Duration timeout) {
  const base::Duration end = clock_.Monotonic() + timeout;
  for (bool is_first = true;; is_first = false) {
    const base::Duration left = end - clock_.Monotonic();
    ASSIGN_OR_RETURN(Topics found, admin_->Describe(topics, left));
    std::erase_if(found, [](const auto& topic) { return topic.second.partitions == 0; });
    if (std::ranges::all_of(topics, [&](const auto& topic) { return found.contains(topic); })) {
      const std::scoped_lock lock(mutex_);
      known_.insert(topics.begin(), topics.end());
      return found;
    }
    for (const std::string& topic : topics) {
      if (!is_first || found.contains(topic)) continue;
      RETURN_IF_ERROR(admin_->Create(TopicFor(topic, options_), left));
    }
    if (left <= kMadeWait) {
      return base::Fail(Errc::kUnavailable, "the topic " + topics.front() +
                                                " was made, but is not there yet; try "
                                                "again");
    }
    clock_.SleepFor(kMadeWait, {});
  }
}

base::Status KafkaBus::Prepare(const prompt::MessageParts& parts, base::Duration timeout) {
  RETURN_IF_ERROR(prompt::CheckMessage(parts));
  const std::string topic(parts.topic);
  if (IsKnown(topic)) return {};
  if (const auto known = Ensure({topic}, timeout); !known) {
    return base::Wrap(known.error(), "send a message");
  }
  return {};
}

base::Status KafkaBus::Send(const prompt::MessageParts& parts, prompt::Delivery delivery,
                            base::Duration timeout) {
  const base::Duration end = clock_.Monotonic() + timeout;
  RETURN_IF_ERROR(Prepare(parts, timeout));
  return Judge(producer_->Send(parts, delivery, end - clock_.Monotonic()), parts.topic);
}

base::Status KafkaBus::Judge(base::Status sent, std::string_view topic) {
  if (sent) return sent;
  if (sent.error().code == Errc::kNotFound) {
    // Somebody deleted it: the next message makes it again.
    sent.error().code = Errc::kUnavailable;
    const std::scoped_lock lock(mutex_);
    known_.erase(std::string(topic));
  }
  return base::Wrap(sent.error(), "send a message");
}

std::vector<base::Status> KafkaBus::SendAll(std::span<const prompt::MessageParts> messages,
                                            base::Duration timeout) {
  const base::Duration end = clock_.Monotonic() + timeout;
  std::vector<base::Status> sent;
  std::vector<prompt::MessageParts> valid;
  for (const prompt::MessageParts& parts : messages) {
    sent.push_back(Prepare(parts, end - clock_.Monotonic()));
    if (sent.back()) valid.push_back(parts);
  }
  const auto results = producer_->SendAll(valid, end - clock_.Monotonic());
  size_t next = 0;
  for (base::Status& status : sent) {
    if (!status) continue;
    status = Judge(results[next], valid[next].topic);
    ++next;
  }
  return sent;
}

std::shared_ptr<const std::string> KafkaBus::InstanceFor(const std::string& topic,
                                                         const std::string& group) {
  if (options_.instance_id.empty()) return std::make_shared<std::string>();
  const std::scoped_lock lock(mutex_);
  // The same names after a restart: counted for each group and topic.
  for (int n = 0;; ++n) {
    const std::string instance = options_.instance_id + "." + std::to_string(n);
    const std::string used = instance + " " + topic + " " + group;
    if (!instances_.insert(used).second) continue;
    return {new std::string(instance), [this, used](const std::string* ended) {
              delete ended;
              const std::scoped_lock ending(mutex_);
              instances_.erase(used);
            }};
  }
}

base::Result<std::unique_ptr<prompt::Consumer>> KafkaBus::OpenConsumer(std::string_view topic,
                                                                       std::string_view group) {
  const GroupMember member{.topic = std::string(topic),
                           .group = std::string(group),
                           .instance_id = InstanceFor(std::string(topic), std::string(group))};
  if (const auto known = Ensure({member.topic}, kOpenTimeout); !known) {
    return base::Wrap(known.error(), "join the group " + member.group);
  }
  ASSIGN_OR_RETURN(auto consumer, KafkaConsumer::Open(member, watch_, clock_));
  return consumer;
}

base::Result<LogState> KafkaBus::StateOf(const Topics& topics) {
  ASSIGN_OR_RETURN(const std::string cluster, admin_->ClusterId(kOpenTimeout));
  ASSIGN_OR_RETURN(const Ends ends, admin_->FindEnds(topics, kOpenTimeout));
  LogState state;
  std::vector<TopicSign> signs;
  for (const auto& [name, partitions] : ends) {
    const TopicInfo& info = topics.at(name);
    TopicSign sign{name, info.id, {}};
    if (partitions.size() > static_cast<size_t>(kLanePartitionsMax)) {
      return base::Fail(Errc::kInvalid, "the topic " + name + " has " +
                                            std::to_string(partitions.size()) +
                                            " partitions; make it with at most " +
                                            std::to_string(kLanePartitionsMax));
    }
    for (size_t i = 0; i < partitions.size(); ++i) {
      if (info.replicas == 1) sign.leader_epochs.push_back(partitions[i].leader_epoch);
      const bool is_new =
          state.lanes.emplace(LaneOf(name, static_cast<int>(i)), partitions[i]).second;
      if (!is_new) {
        return base::Fail(Errc::kInvalid, "the topic " + name +
                                              " has the same lanes as another one "
                                              "of this reader; rename one of them");
      }
    }
    signs.push_back(std::move(sign));
  }
  state.epoch = EpochOf(cluster, std::move(signs));
  return state;
}

base::Result<std::unique_ptr<prompt::Reader>> KafkaBus::OpenReader(
    const std::vector<std::string>& topics, const std::optional<Position>& from) {
  if (topics.empty()) return base::Fail(Errc::kInvalid, "name at least one topic to read");
  const auto known = Ensure(topics, kOpenTimeout);
  if (!known) return base::Wrap(known.error(), "open a reader");
  const auto state = StateOf(*known);
  if (!state) return base::Wrap(state.error(), "open a reader");
  ASSIGN_OR_RETURN(Position start, StartOf(*state, from));
  ASSIGN_OR_RETURN(auto reader, KafkaReader::Open(*known, std::move(start), watch_, clock_));
  return reader;
}

base::Status KafkaBus::ForEach(std::string_view topic, const Take& take) {
  ASSIGN_OR_RETURN(Topics topics, admin_->Describe({std::string(topic)}, kOpenTimeout));
  std::erase_if(topics, [](const auto& found) { return found.second.partitions == 0; });
  if (topics.empty()) return {};
  ASSIGN_OR_RETURN(const Ends ends, admin_->FindEnds(topics, kOpenTimeout));
  return Scan({.topic = topics.begin()->first, .ends = ends.begin()->second}, watch_, clock_, take);
}

base::Status KafkaBus::Ping() {
  // The leader of a partition is asked: the address that it advertises must work.
  const Topics topics{
      {std::string(prompt::kIncomingTopic), TopicInfo{.id = {}, .partitions = 1, .replicas = 0}}};
  const auto ends = admin_->FindEnds(topics, kPingTimeout);
  if (!ends) return std::unexpected(ends.error());
  return {};
}

}  // namespace kafka
