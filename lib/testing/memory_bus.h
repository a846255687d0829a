// The port prompt::Bus in memory, for tests. Passes contract/bus.h.
//
//   testing::MemoryBus bus(clock);
//   bus.faults().FailNext("Produce", {base::Errc::kUnavailable, "bus is down"}, Effect::kDone);
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/scanner.h"
#include "lib/testing/faults.h"

namespace testing {

// One log, lane 0, whose first offset is 1. Waits only inside Poll, on `clock`, which outlives it.
class MemoryBus final : public prompt::Bus, public prompt::Scanner {
 public:
  explicit MemoryBus(const base::Clock& clock);
  ~MemoryBus() override;

  // Methods: "Produce", "OpenConsumer", "OpenReader", "Ping", "Consumer.Poll", "Commit",
  // "Reader.Poll", "ForEach". A failed poll that had its effect loses the message: never planned
  // here.
  Faults& faults() { return faults_; }

  // Everything that was produced to `topic`, oldest first.
  std::vector<prompt::Message> Messages(std::string_view topic) const;

  // Forgets the messages up to and including `offset`, as retention does.
  void Trim(int64_t offset);

  // As after a power cut: positions handed out before say nothing any more.
  void ChangeEpoch();

  base::Status Send(const prompt::MessageParts& parts, prompt::Delivery delivery,
                    base::Duration timeout) override;
  base::Result<std::unique_ptr<prompt::Consumer>> OpenConsumer(std::string_view topic,
                                                               std::string_view group) override;
  base::Result<std::unique_ptr<prompt::Reader>> OpenReader(
      const std::vector<std::string>& topics, const std::optional<prompt::Position>& from) override;
  base::Status Ping() override;
  base::Status ForEach(std::string_view topic, const Take& take) override;

 private:
  class MemoryConsumer;
  class MemoryReader;
  struct Group {
    int64_t committed = 0;
    std::list<const MemoryConsumer*> members;  // The first one has the messages.
  };

  const base::Clock& clock_;
  Faults faults_{"Produce", "OpenConsumer",  "OpenReader",  "Ping",
                 "Commit",  "Consumer.Poll", "Reader.Poll", "ForEach"};
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<int64_t, prompt::Message> log_;
  std::map<std::string, int64_t, std::less<>> trimmed_;  // The last offset gone, by topic.
  int64_t last_ = 0;
  int epoch_ = 1;
  std::map<std::pair<std::string, std::string>, Group> groups_;  // By topic and group.
};

}  // namespace testing
