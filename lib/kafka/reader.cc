#include "lib/kafka/reader.h"

#include <utility>

#include "lib/kafka/consumer.h"
#include "lib/kafka/lanes.h"
#include "lib/kafka/polling.h"

namespace kafka {

using base::Errc;
using prompt::Message;
using prompt::Position;

base::Result<Position> StartOf(const LogState& state, const std::optional<Position>& from) {
  Position start{state.epoch, {}};
  if (!from) {
    for (const auto& [lane, ends] : state.lanes) start.offsets[lane] = ends.next;
    return start;
  }
  bool is_known = from->epoch == state.epoch && !from->offsets.empty();
  for (const auto& [lane, offset] : from->offsets) {
    const auto found = state.lanes.find(lane);
    is_known = is_known && found != state.lanes.end() && offset <= found->second.next;
  }
  for (const auto& [lane, ends] : state.lanes) {
    const auto found = from->offsets.find(lane);
    const int64_t offset = found == from->offsets.end() ? 0 : found->second;
    is_known = is_known && offset >= ends.first;
    start.offsets[lane] = offset;
  }
  if (is_known) return start;
  return base::Fail(Errc::kNotFound, "no position " + from->Text() + " in these topics (epoch " +
                                         state.epoch +
                                         "), or messages after it are gone; send a reset and read "
                                         "from now on");
}

KafkaReader::KafkaReader(Position position, Watch& watch, const base::Clock& clock)
    : watch_(watch), clock_(clock), opaque_{watch, this}, position_(std::move(position)) {}

KafkaReader::~KafkaReader() {
  queue_.reset();
  if (handle_) rd_kafka_consumer_close(handle_.get());
}

base::Result<std::unique_ptr<KafkaReader>> KafkaReader::Open(const Topics& topics,
                                                             Position position, Watch& watch,
                                                             const base::Clock& clock) {
  std::unique_ptr<KafkaReader> reader(new KafkaReader(std::move(position), watch, clock));
  ASSIGN_OR_RETURN(Conf conf, MakeConf(ReaderSettings(watch.options()), reader->opaque_));
  ASSIGN_OR_RETURN(reader->handle_, MakeHandle(RD_KAFKA_CONSUMER, std::move(conf)));
  reader->queue_ = Queue(rd_kafka_queue_get_consumer(reader->handle_.get()));
  const Partitions partitions(rd_kafka_topic_partition_list_new(1));
  for (const auto& [topic, info] : topics) {
    for (int i = 0; i < info.partitions; ++i) {
      rd_kafka_topic_partition_list_add(partitions.get(), topic.c_str(), i)->offset =
          reader->position_.offsets.at(LaneOf(topic, i));
    }
  }
  const rd_kafka_resp_err_t code = rd_kafka_assign(reader->handle_.get(), partitions.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::unexpected(watch.OperationFailed({code, {}, topics.begin()->first}));
  }
  return reader;
}

base::Result<std::vector<Message>> KafkaReader::Poll(base::Duration wait, std::stop_token stop) {
  RETURN_IF_ERROR(std::exchange(failed_, base::Status()));
  std::vector<Message> messages;
  size_t bytes = 0;
  const auto take = [&](Message message) {
    const size_t size = message.key.size() + message.value.size();
    if (!messages.empty() && bytes + size > prompt::kPollBytesMax) {
      kept_ = std::move(message);
      return false;
    }
    bytes += size;
    messages.push_back(std::move(message));
    return messages.size() < static_cast<size_t>(prompt::kPollBatchMax);
  };
  bool has_room = true;
  if (kept_) {
    has_room = take(*std::exchange(kept_, std::nullopt));
    wait = base::Duration(0);
  }
  Polling polling({handle_.get(), queue_.get(), clock_}, wait, stop);
  while (has_room) {
    const Received received = messages.empty() ? polling.Next() : polling.Look();
    if (received && received->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      has_room = take(ReadMessage(*received));
      continue;
    }
    if (received) failed_ = CheckError(*received);
    if (!failed_ || !messages.empty() || polling.is_over()) break;
  }
  if (messages.empty()) RETURN_IF_ERROR(std::exchange(failed_, base::Status()));
  for (const Message& message : messages) position_.offsets[message.lane] = message.offset;
  if (!messages.empty()) watch_.Worked();
  return messages;
}

base::Status KafkaReader::CheckError(const rd_kafka_message_t& received) {
  const char* const said = rd_kafka_message_errstr(&received);
  const std::string reason = said == nullptr ? "" : said;
  const bool is_gone = received.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
                       received.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE ||
                       received.err == RD_KAFKA_RESP_ERR__LOG_TRUNCATION ||
                       received.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_ID;
  if (is_gone) {
    return base::Fail(Errc::kNotFound, "messages after " + position_.Text() + " are gone (" +
                                           reason + "); send a reset and open another reader");
  }
  if (!NeedsAPerson(received.err)) return {};  // librdkafka tries again.
  return std::unexpected(watch_.OperationFailed(
      {received.err, reason, received.rkt == nullptr ? "" : rd_kafka_topic_name(received.rkt)}));
}

}  // namespace kafka
