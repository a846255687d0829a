#include "lib/kafka/consumer.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "lib/kafka/lanes.h"
#include "lib/kafka/polling.h"

namespace kafka {

using base::Errc;
using prompt::Message;

namespace {

constexpr base::Duration kRebalanceLook = std::chrono::milliseconds(50);

}  // namespace

prompt::Message ReadMessage(const rd_kafka_message_t& received) {
  Message message;
  message.topic = rd_kafka_topic_name(received.rkt);
  message.lane = LaneOf(message.topic, received.partition);
  message.offset = received.offset + 1;
  message.place = {received.partition, received.offset};
  if (received.key != nullptr) {
    message.key.assign(static_cast<const char*>(received.key), received.key_len);
  }
  if (received.payload != nullptr) {
    message.value.assign(static_cast<const char*>(received.payload), received.len);
  }
  message.ts_ms = std::max<int64_t>(0, rd_kafka_message_timestamp(&received, nullptr));
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&received, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return message;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    message.headers.emplace_back(
        name, value == nullptr ? "" : std::string(static_cast<const char*>(value), size));
  }
  return message;
}

KafkaConsumer::KafkaConsumer(const GroupMember& member, Watch& watch, const base::Clock& clock)
    : member_(member), watch_(watch), clock_(clock), opaque_{watch, this} {}

base::Result<std::unique_ptr<KafkaConsumer>> KafkaConsumer::Open(const GroupMember& member,
                                                                 Watch& watch,
                                                                 const base::Clock& clock) {
  std::unique_ptr<KafkaConsumer> consumer(new KafkaConsumer(member, watch, clock));
  KafkaOptions options = watch.options();
  options.instance_id = *member.instance_id;
  ASSIGN_OR_RETURN(Conf conf, MakeConf(ConsumerSettings(options, member.group), consumer->opaque_));
  rd_kafka_conf_set_rebalance_cb(conf.get(), &KafkaConsumer::OnRebalance);
  ASSIGN_OR_RETURN(consumer->handle_, MakeHandle(RD_KAFKA_CONSUMER, std::move(conf)));
  rd_kafka_t* const handle = consumer->handle_.get();
  consumer->queue_ = Queue(rd_kafka_queue_get_consumer(handle));
  consumer->answers_ = Queue(rd_kafka_queue_new(handle));
  const Partitions topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), member.topic.c_str(), RD_KAFKA_PARTITION_UA);
  const rd_kafka_resp_err_t code = rd_kafka_subscribe(handle, topics.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::unexpected(watch.OperationFailed({code, {}, member.topic}));
  }
  return consumer;
}

KafkaConsumer::~KafkaConsumer() {
  answers_.reset();
  queue_.reset();
  if (handle_) rd_kafka_consumer_close(handle_.get());
}

base::Result<std::optional<Message>> KafkaConsumer::Poll(base::Duration wait,
                                                         std::stop_token stop) {
  Polling polling({handle_.get(), queue_.get(), clock_}, wait, stop);
  do {
    const Received received = polling.Next();
    if (!received) continue;
    ASSIGN_OR_RETURN(auto message, Take(*received));
    if (message) return message;
  } while (!polling.is_over());
  return std::nullopt;
}

base::Result<std::optional<Message>> KafkaConsumer::Take(const rd_kafka_message_t& received) {
  if (received.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    Message message = ReadMessage(received);
    Mine& mine = mine_[message.lane];
    if (mine.first == 0) mine.first = message.offset;
    mine.polled = message.offset;
    CountLag(message);
    watch_.Worked();
    return message;
  }
  const char* const said = rd_kafka_message_errstr(&received);
  const Failure failure{received.err, said == nullptr ? "" : said,
                        received.rkt == nullptr ? "" : rd_kafka_topic_name(received.rkt)};
  const bool is_fenced = received.err == RD_KAFKA_RESP_ERR__FATAL ||
                         received.err == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
  if (is_fenced) {
    return base::Fail(Errc::kConflict,
                      Diagnose(watch_.options(), {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, {}, {}}));
  }
  if (NeedsAPerson(received.err)) return std::unexpected(watch_.OperationFailed(failure));
  // Everything else librdkafka itself tries again: a lost connection, a topic without a leader.
  return std::nullopt;
}

void KafkaConsumer::CountLag(const Message& message) {
  int64_t low = 0;
  int64_t high = 0;
  if (rd_kafka_get_watermark_offsets(handle_.get(), message.topic.c_str(),
                                     PartitionOf(message.lane), &low,
                                     &high) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    watch_.meters().consumer_lag.Set(
        static_cast<double>(std::max<int64_t>(0, high - message.offset)));
  }
}

base::Status KafkaConsumer::Commit(const Message& message) {
  const auto mine = mine_.find(message.lane);
  const std::string what = message.topic + " at " + std::to_string(message.offset);
  // A message of an earlier assignment: meanwhile another member may have done more than it.
  if (mine == mine_.end() || message.offset < mine->second.first ||
      message.offset > mine->second.polled) {
    return base::Fail(Errc::kConflict, "commit " + what +
                                           ": another process has this partition now and gets the "
                                           "message again; open another consumer");
  }
  if (message.offset <= mine->second.committed) return {};
  // While the group is divided again a commit waits: librdkafka's own thread takes part in that.
  const base::Duration end = clock_.Monotonic() + kCommitTimeout;
  rd_kafka_resp_err_t code = CommitNow(message);
  while (code == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS && clock_.Monotonic() < end) {
    clock_.SleepFor(kRebalanceLook, {});
    code = CommitNow(message);
  }
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    mine->second.committed = message.offset;
    watch_.Worked();
    return {};
  }
  const bool is_lost =
      code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION || code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
      code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID || code == RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST;
  if (is_lost) {
    return base::Fail(Errc::kConflict, "commit " + what + ": " + rd_kafka_err2str(code) +
                                           "; another process gets the message again, open another "
                                           "consumer");
  }
  return base::Wrap(watch_.OperationFailed({code, {}, message.topic}), "commit " + what);
}

rd_kafka_resp_err_t KafkaConsumer::CommitNow(const Message& message) {
  const Partitions offsets(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(offsets.get(), message.topic.c_str(), PartitionOf(message.lane))
      ->offset = message.offset;
  const rd_kafka_resp_err_t code =
      rd_kafka_commit_queue(handle_.get(), offsets.get(), answers_.get(), nullptr, nullptr);
  return code == RD_KAFKA_RESP_ERR_NO_ERROR ? AwaitCommit(message.offset) : code;
}

rd_kafka_resp_err_t KafkaConsumer::AwaitCommit(int64_t offset) {
  const base::Duration end = clock_.Monotonic() + kCommitTimeout;
  for (;;) {
    const base::Duration left = end - clock_.Monotonic();
    const Event event(rd_kafka_queue_poll(answers_.get(), Milliseconds(left)));
    if (!event) return RD_KAFKA_RESP_ERR__TIMED_OUT;
    const auto* const answered = rd_kafka_event_topic_partition_list(event.get());
    const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
    if (answered == nullptr || answered->cnt == 0) return code;
    // The late answer to an earlier commit that was given up says nothing about this one.
    if (answered->elems[0].offset != offset) continue;
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? answered->elems[0].err : code;
  }
}

void KafkaConsumer::Assigned(const rd_kafka_topic_partition_list_t& partitions) {
  for (const auto& at : std::span(partitions.elems, static_cast<size_t>(partitions.cnt))) {
    mine_[LaneOf(at.topic, at.partition)] = {};
  }
}

void KafkaConsumer::Revoked(const rd_kafka_topic_partition_list_t& partitions) {
  for (const auto& at : std::span(partitions.elems, static_cast<size_t>(partitions.cnt))) {
    mine_.erase(LaneOf(at.topic, at.partition));
  }
}

void KafkaConsumer::OnRebalance(rd_kafka_t* handle, rd_kafka_resp_err_t code,
                                rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto& self = *static_cast<KafkaConsumer*>(static_cast<Opaque*>(opaque)->owner);
  // Whatever fails here, librdkafka tells as an error of its own and joins again.
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    self.Assigned(*partitions);
    (void)CError(rd_kafka_incremental_assign(handle, partitions));
  } else {
    self.Revoked(*partitions);
    (void)CError(rd_kafka_incremental_unassign(handle, partitions));
  }
}

}  // namespace kafka
