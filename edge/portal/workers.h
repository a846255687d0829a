// A few threads for what may wait: the HTTP server's own threads must not.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace portal {

// Requests waiting for a slow store or bus; over it they are told to come back.
inline constexpr size_t kJobsMax = 256;

// Thread-safe. The destructor carries out what was posted, then joins.
class Workers {
 public:
  using Job = std::move_only_function<void()>;

  explicit Workers(int threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // False when kJobsMax wait already: `job` is then left as it was. Never blocks.
  bool Post(Job& job);

 private:
  void Run(std::stop_token stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Job> jobs_;
  std::vector<std::jthread> threads_;
};

}  // namespace portal
