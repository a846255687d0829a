// librdkafka's mock broker for tests: real sockets and the real protocol, in this process.
//
// It cannot make topics by request, nor forget messages, nor restart: MockAdmin does the first by
// its own way, and tells of the others what a real broker would tell. The services test asks a real
// one.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/kafka/admin.h"
#include "lib/kafka/handle.h"

namespace kafka {

// Thread-safe.
class MockCluster {
 public:
  MockCluster();
  ~MockCluster();
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;

  std::string brokers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
  rd_kafka_mock_cluster_t* cluster() const { return cluster_; }

  void SetDown();
  void SetUp();

  // The next `count` requests of a kind (KIP numbers, e.g. 0 Produce, 1 Fetch) fail with `code`.
  void FailRequests(int16_t kind, size_t count, rd_kafka_resp_err_t code);
  void StopFailing(int16_t kind);

  // What the Admin tells from now on: nothing before the present end is there any more; or a broker
  // that restarted.
  void Forget();
  void BumpLeaderEpoch();

  // For BusParts::decorate. The cluster outlives it.
  std::unique_ptr<Admin> Decorate(std::unique_ptr<Admin> admin);

 private:
  class MockAdmin;

  Handle handle_;  // Only lends its threads to the cluster.
  rd_kafka_mock_cluster_t* cluster_;
  std::mutex mutex_;
  Topics made_;
  std::map<std::string, std::vector<int64_t>> first_;
  int leader_epoch_ = 0;
};

}  // namespace kafka
