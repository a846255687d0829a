#include "lib/kafka/admin.h"

#include <array>
#include <span>
#include <utility>

namespace kafka {
namespace {

using Options = std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<&rd_kafka_AdminOptions_destroy>>;
using Collection =
    std::unique_ptr<rd_kafka_TopicCollection_t, Destroy<&rd_kafka_TopicCollection_destroy>>;
using TopicRequest = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<&rd_kafka_NewTopic_destroy>>;

constexpr size_t kErrorTextMax = 512;
constexpr int kBrokersDefault = -1;  // The broker's default.replication.factor (KIP-464).

// Of the message's own answers that are no failure of the whole.
base::Status Check(Watch& watch, const Failure& failure) {
  if (failure.code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return std::unexpected(watch.OperationFailed(failure));
}

class RdAdmin final : public Admin {
 public:
  RdAdmin(HandleSource handle, Watch& watch) : handle_(std::move(handle)), watch_(watch) {}

  base::Result<std::string> ClusterId(base::Duration timeout) override {
    char* const id = rd_kafka_clusterid(handle_().get(), Milliseconds(timeout));
    if (id == nullptr) {
      return std::unexpected(watch_.OperationFailed(
          {.code = RD_KAFKA_RESP_ERR__TIMED_OUT, .reason = {}, .subject = {}}));
    }
    std::string text(id);
    rd_kafka_mem_free(nullptr, id);
    return text;
  }

  base::Result<Topics> Describe(const std::vector<std::string>& names,
                                base::Duration timeout) override {
    std::vector<const char*> texts;
    for (const std::string& name : names) texts.push_back(name.c_str());
    const Collection collection(
        rd_kafka_TopicCollection_of_topic_names(texts.data(), texts.size()));
    const auto ask = [&](rd_kafka_t* handle, const Options& options, rd_kafka_queue_t* queue) {
      rd_kafka_DescribeTopics(handle, collection.get(), options.get(), queue);
    };
    ASSIGN_OR_RETURN(const Event event, Ask(RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, timeout, ask));
    size_t count = 0;
    const auto* const* const found = rd_kafka_DescribeTopics_result_topics(
        rd_kafka_event_DescribeTopics_result(event.get()), &count);
    Topics topics;
    for (const auto* topic : std::span(found, count)) {
      const std::string name = rd_kafka_TopicDescription_name(topic);
      const auto* const error = rd_kafka_TopicDescription_error(topic);
      const auto code = error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error);
      if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) continue;
      RETURN_IF_ERROR(Check(watch_, {code, {}, name}));
      topics[name] = Info(topic);
    }
    watch_.Worked();
    return topics;
  }

  base::Status Create(const NewTopic& topic, base::Duration timeout) override {
    std::array<char, kErrorTextMax> text{};
    const TopicRequest request(rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions,
                                                     kBrokersDefault, text.data(), text.size()));
    if (!request) {
      return base::Fail(base::Errc::kInvalid, "make the topic " + topic.name + ": " + text.data() +
                                                  "; correct its name or settings");
    }
    for (const auto& [name, value] : topic.config) {
      rd_kafka_NewTopic_set_config(request.get(), name.c_str(), value.c_str());
    }
    std::array requests{request.get()};
    const auto ask = [&](rd_kafka_t* handle, const Options& options, rd_kafka_queue_t* queue) {
      rd_kafka_CreateTopics(handle, requests.data(), requests.size(), options.get(), queue);
    };
    ASSIGN_OR_RETURN(const Event event, Ask(RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout, ask));
    size_t count = 0;
    const auto* const* const results = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(event.get()), &count);
    for (const auto* result : std::span(results, count)) {
      const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(result);
      if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
      const char* const reason = rd_kafka_topic_result_error_string(result);
      RETURN_IF_ERROR(
          Check(watch_, {code, reason == nullptr ? "" : reason, std::string(topic.name)}));
    }
    return {};
  }

  base::Result<Ends> FindEnds(const Topics& topics, base::Duration timeout) override {
    Ends ends;
    for (const auto& [name, info] : topics) ends[name].resize(static_cast<size_t>(info.partitions));
    RETURN_IF_ERROR(ListOffsets(ends, RD_KAFKA_OFFSET_SPEC_EARLIEST, timeout));
    RETURN_IF_ERROR(ListOffsets(ends, RD_KAFKA_OFFSET_SPEC_LATEST, timeout));
    watch_.Worked();
    return ends;
  }

 private:
  static TopicInfo Info(const rd_kafka_TopicDescription_t* topic) {
    TopicInfo info;
    info.id = rd_kafka_Uuid_base64str(rd_kafka_TopicDescription_topic_id(topic));
    size_t count = 0;
    const auto* const* const partitions = rd_kafka_TopicDescription_partitions(topic, &count);
    info.partitions = static_cast<int>(count);
    size_t replicas = 0;
    if (count > 0) rd_kafka_TopicPartitionInfo_replicas(partitions[0], &replicas);
    info.replicas = static_cast<int>(replicas);
    return info;
  }

  base::Status ListOffsets(Ends& ends, rd_kafka_OffsetSpec_t spec, base::Duration timeout) {
    const Partitions wanted(rd_kafka_topic_partition_list_new(static_cast<int>(ends.size())));
    for (const auto& [name, partitions] : ends) {
      for (size_t i = 0; i < partitions.size(); ++i) {
        rd_kafka_topic_partition_list_add(wanted.get(), name.c_str(), static_cast<int32_t>(i))
            ->offset = spec;
      }
    }
    const auto ask = [&](rd_kafka_t* handle, const Options& options, rd_kafka_queue_t* queue) {
      rd_kafka_ListOffsets(handle, wanted.get(), options.get(), queue);
    };
    ASSIGN_OR_RETURN(const Event event, Ask(RD_KAFKA_ADMIN_OP_LISTOFFSETS, timeout, ask));
    size_t count = 0;
    const auto* const* const infos =
        rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event.get()), &count);
    for (const auto* info : std::span(infos, count)) {
      const auto* const at = rd_kafka_ListOffsetsResultInfo_topic_partition(info);
      RETURN_IF_ERROR(Check(watch_, {at->err, {}, at->topic}));
      PartitionEnds& end = ends[at->topic].at(static_cast<size_t>(at->partition));
      if (spec == RD_KAFKA_OFFSET_SPEC_EARLIEST) {
        end.first = at->offset;
      } else {
        end.next = at->offset;
        end.leader_epoch = rd_kafka_topic_partition_get_leader_epoch(at);
      }
    }
    return {};
  }

  template <class Start>
  base::Result<Event> Ask(rd_kafka_admin_op_t operation, base::Duration timeout, Start start) {
    const std::shared_ptr<rd_kafka_t> handle = handle_();
    const Options options(rd_kafka_AdminOptions_new(handle.get(), operation));
    std::array<char, kErrorTextMax> text{};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), Milliseconds(timeout), text.data(),
                                              text.size());
    const Queue queue(rd_kafka_queue_new(handle.get()));
    start(handle.get(), options, queue.get());
    Event event(rd_kafka_queue_poll(queue.get(), Milliseconds(timeout)));
    if (!event) {
      return std::unexpected(watch_.OperationFailed(
          {.code = RD_KAFKA_RESP_ERR__TIMED_OUT, .reason = {}, .subject = {}}));
    }
    const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return std::unexpected(
          watch_.OperationFailed({code, rd_kafka_event_error_string(event.get()), {}}));
    }
    return event;
  }

  const HandleSource handle_;
  Watch& watch_;
};

}  // namespace

std::unique_ptr<Admin> MakeAdmin(HandleSource handle, Watch& watch) {
  return std::make_unique<RdAdmin>(std::move(handle), watch);
}

}  // namespace kafka
