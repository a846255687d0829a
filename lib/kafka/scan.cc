#include "lib/kafka/scan.h"

#include <librdkafka/rdkafka.h>

#include <set>

#include "lib/kafka/consumer.h"
#include "lib/kafka/diagnose.h"
#include "lib/kafka/handle.h"
#include "lib/kafka/polling.h"

namespace kafka {
namespace {

// Closes before the handle ends.
struct Opened {
  ~Opened() {
    queue.reset();
    if (handle) rd_kafka_consumer_close(handle.get());
  }
  Handle handle = {};
  Queue queue = {};
};

base::Error Failed(Watch& watch, const rd_kafka_message_t& received, const std::string& topic) {
  const char* const said = rd_kafka_message_errstr(&received);
  return watch.OperationFailed(
      {.code = received.err, .reason = said == nullptr ? "" : said, .subject = topic});
}

// Errors after which librdkafka goes on by itself.
bool IsPassing(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
         code == RD_KAFKA_RESP_ERR__RESOLVE || code == RD_KAFKA_RESP_ERR__TIMED_OUT;
}

}  // namespace

base::Status Scan(const ScannedTopic& scanned, Watch& watch, const base::Clock& clock,
                  const prompt::Scanner::Take& take) {
  Opaque opaque{watch};
  Settings settings = ReaderSettings(watch.options());
  // The last offsets may belong to no message (a transaction's end, a compacted one).
  settings.emplace_back("enable.partition.eof", "true");
  ASSIGN_OR_RETURN(Conf conf, MakeConf(settings, opaque));
  Opened opened;
  ASSIGN_OR_RETURN(opened.handle, MakeHandle(RD_KAFKA_CONSUMER, std::move(conf)));
  opened.queue = Queue(rd_kafka_queue_get_consumer(opened.handle.get()));
  const Partitions partitions(rd_kafka_topic_partition_list_new(1));
  std::set<int> open;
  for (size_t i = 0; i < scanned.ends.size(); ++i) {
    const int partition = static_cast<int>(i);
    if (scanned.ends[i].first >= scanned.ends[i].next) continue;
    open.insert(partition);
    rd_kafka_topic_partition_list_add(partitions.get(), scanned.topic.c_str(), partition)->offset =
        scanned.ends[i].first;
  }
  if (open.empty()) return {};
  const rd_kafka_resp_err_t code = rd_kafka_assign(opened.handle.get(), partitions.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::unexpected(watch.OperationFailed({.code = code, .reason = {}, .subject = {}}));
  }
  base::Duration heard = clock.Monotonic();
  while (!open.empty()) {
    Polling polling({opened.handle.get(), opened.queue.get(), clock}, kScanPatience, {});
    const Received received = polling.Next();
    const bool is_passing = !received || IsPassing(received->err);
    if (is_passing && clock.Monotonic() - heard < kScanPatience) continue;
    if (!received) {
      return std::unexpected(watch.OperationFailed(
          {.code = RD_KAFKA_RESP_ERR__TIMED_OUT, .reason = {}, .subject = scanned.topic}));
    }
    heard = clock.Monotonic();
    if (received->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      open.erase(received->partition);
      continue;
    }
    if (received->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return std::unexpected(Failed(watch, *received, scanned.topic));
    }
    const PartitionEnds& ends = scanned.ends.at(static_cast<size_t>(received->partition));
    if (received->offset < ends.next) RETURN_IF_ERROR(take(ReadMessage(*received)));
    if (received->offset + 1 >= ends.next) open.erase(received->partition);
  }
  watch.Worked();
  return {};
}

}  // namespace kafka
