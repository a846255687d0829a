#include "lib/kafka/real_cluster.h"

#include <librdkafka/rdkafka.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "lib/base/check.h"
#include "lib/base/clock.h"
#include "lib/base/ulid.h"
#include "lib/kafka/handle.h"

namespace kafka {
namespace {

constexpr base::Duration kPatience = std::chrono::seconds(60);

Handle Client(const KafkaOptions& options) {
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  std::array<char, 512> text{};
  CHECK(rd_kafka_conf_set(conf, "bootstrap.servers", options.brokers.c_str(), text.data(),
                          text.size()) == RD_KAFKA_CONF_OK);
  rd_kafka_t* const handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size());
  CHECK(handle != nullptr);
  return Handle(handle);
}

void Await(const Queue& queue) {
  const Event event(rd_kafka_queue_poll(queue.get(), Milliseconds(kPatience)));
  CHECK(event != nullptr);
  CHECK(rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

}  // namespace

std::string TestVariable(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr || *value == '\0') {
    std::fprintf(stderr,
                 "%s is not set: this test needs a real broker; run ./otm test --services\n", name);
    std::exit(1);
  }
  return value;
}

KafkaOptions RealOptions() {
  KafkaOptions options;
  options.brokers = TestVariable("OTM_TEST_KAFKA_BROKERS");
  return options;
}

std::string RandomName() { return "t" + base::NewUlid(base::SystemClock().UnixMs()) + "."; }

std::vector<std::string> TopicsWithPrefix(const KafkaOptions& options, std::string_view prefix) {
  const Handle client = Client(options);
  const rd_kafka_metadata_t* metadata = nullptr;
  CHECK(rd_kafka_metadata(client.get(), /*all_topics=*/1, nullptr, &metadata,
                          Milliseconds(kPatience)) == RD_KAFKA_RESP_ERR_NO_ERROR);
  std::vector<std::string> names;
  for (const auto& topic : std::span(metadata->topics, static_cast<size_t>(metadata->topic_cnt))) {
    if (std::string_view(topic.topic).starts_with(prefix)) names.emplace_back(topic.topic);
  }
  rd_kafka_metadata_destroy(metadata);
  return names;
}

void DeleteRecords(const KafkaOptions& options, const std::vector<std::string>& topics) {
  const Handle client = Client(options);
  const Partitions before(rd_kafka_topic_partition_list_new(1));
  for (const std::string& topic : topics) {
    rd_kafka_topic_partition_list_add(before.get(), topic.c_str(), 0)->offset = RD_KAFKA_OFFSET_END;
  }
  rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(before.get());
  const Queue queue(rd_kafka_queue_new(client.get()));
  rd_kafka_DeleteRecords(client.get(), &request, 1, nullptr, queue.get());
  rd_kafka_DeleteRecords_destroy(request);
  Await(queue);
}

void DeleteTopics(const KafkaOptions& options, const std::vector<std::string>& topics) {
  if (topics.empty()) return;
  const Handle client = Client(options);
  std::vector<rd_kafka_DeleteTopic_t*> requests;
  for (const std::string& topic : topics) {
    requests.push_back(rd_kafka_DeleteTopic_new(topic.c_str()));
  }
  const Queue queue(rd_kafka_queue_new(client.get()));
  rd_kafka_DeleteTopics(client.get(), requests.data(), requests.size(), nullptr, queue.get());
  rd_kafka_DeleteTopic_destroy_array(requests.data(), requests.size());
  Await(queue);
}

}  // namespace kafka
