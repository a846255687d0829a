#include "lib/kafka/mock_cluster.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/check.h"
#include "lib/base/clock.h"

namespace kafka {
namespace {

constexpr int kBrokerId = 1;
constexpr base::Duration kPatience = std::chrono::seconds(60);

Handle MakeHost() {
  std::array<char, 512> text{};
  rd_kafka_t* const handle =
      rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text.data(), text.size());
  CHECK(handle != nullptr);
  return Handle(handle);
}

}  // namespace

class MockCluster::MockAdmin final : public Admin {
 public:
  MockAdmin(MockCluster& cluster, std::unique_ptr<Admin> admin)
      : cluster_(cluster), admin_(std::move(admin)) {}

  base::Result<std::string> ClusterId(base::Duration timeout) override {
    return admin_->ClusterId(timeout);
  }
  // The mock names a controller that is none, so that nobody can be asked.
  base::Result<Topics> Describe(const std::vector<std::string>& names,
                                base::Duration /*timeout*/) override {
    const std::scoped_lock lock(cluster_.mutex_);
    Topics found;
    for (const std::string& name : names) {
      const auto made = cluster_.made_.find(name);
      if (made != cluster_.made_.end()) found.insert(*made);
    }
    return found;
  }
  base::Status Create(const NewTopic& topic, base::Duration /*timeout*/) override {
    const std::scoped_lock lock(cluster_.mutex_);
    if (cluster_.made_.contains(topic.name)) return {};
    const auto code = rd_kafka_mock_topic_create(cluster_.cluster_, topic.name.c_str(),
                                                 topic.partitions, /*replication_factor=*/1);
    CHECK(code == RD_KAFKA_RESP_ERR_NO_ERROR);
    cluster_.made_[topic.name] = {.id = "mock", .partitions = topic.partitions, .replicas = 1};
    return {};
  }
  base::Result<Ends> FindEnds(const Topics& topics, base::Duration timeout) override {
    ASSIGN_OR_RETURN(Ends ends, admin_->FindEnds(topics, timeout));
    const std::scoped_lock lock(cluster_.mutex_);
    for (auto& [name, partitions] : ends) {
      auto& first = cluster_.first_[name];
      first.resize(partitions.size());
      for (size_t i = 0; i < partitions.size(); ++i) {
        partitions[i].first = std::max(partitions[i].first, first[i]);
        partitions[i].leader_epoch = cluster_.leader_epoch_;
      }
    }
    return ends;
  }

 private:
  MockCluster& cluster_;
  const std::unique_ptr<Admin> admin_;
};

MockCluster::MockCluster() : handle_(MakeHost()) {
  cluster_ = rd_kafka_mock_cluster_new(handle_.get(), 1);
  CHECK(cluster_ != nullptr);
  rd_kafka_mock_group_initial_rebalance_delay_ms(cluster_, 0);
}

MockCluster::~MockCluster() { rd_kafka_mock_cluster_destroy(cluster_); }

void MockCluster::SetDown() { rd_kafka_mock_broker_set_down(cluster_, kBrokerId); }
void MockCluster::SetUp() { rd_kafka_mock_broker_set_up(cluster_, kBrokerId); }

void MockCluster::FailRequests(int16_t kind, size_t count, rd_kafka_resp_err_t code) {
  const std::vector<rd_kafka_resp_err_t> codes(count, code);
  rd_kafka_mock_push_request_errors_array(cluster_, kind, codes.size(), codes.data());
}

void MockCluster::StopFailing(int16_t kind) { rd_kafka_mock_clear_request_errors(cluster_, kind); }

void MockCluster::Forget() {
  Topics topics;
  {
    const std::scoped_lock lock(mutex_);
    topics = made_;
  }
  for (const auto& [name, info] : topics) {
    for (int i = 0; i < info.partitions; ++i) {
      int64_t low = 0;
      int64_t high = 0;
      // The mock's own handle has no connection to it: a short-lived client asks.
      Handle client = MakeHost();
      CHECK(rd_kafka_brokers_add(client.get(), brokers().c_str()) > 0);
      CHECK(rd_kafka_query_watermark_offsets(client.get(), name.c_str(), i, &low, &high,
                                             Milliseconds(kPatience)) ==
            RD_KAFKA_RESP_ERR_NO_ERROR);
      const std::scoped_lock lock(mutex_);
      auto& first = first_[name];
      first.resize(std::max(first.size(), static_cast<size_t>(i) + 1));
      first[static_cast<size_t>(i)] = high;
    }
  }
}

void MockCluster::BumpLeaderEpoch() {
  const std::scoped_lock lock(mutex_);
  ++leader_epoch_;
}

std::unique_ptr<Admin> MockCluster::Decorate(std::unique_ptr<Admin> admin) {
  return std::make_unique<MockAdmin>(*this, std::move(admin));
}

}  // namespace kafka
