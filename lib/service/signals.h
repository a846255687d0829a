// SIGTERM and SIGINT as calls on a thread of their own.
#pragma once

#include <signal.h>

#include <functional>
#include <thread>

namespace service {

// While it lives, both signals are blocked for the thread that made it and for all threads that
// this one starts (so make it first), and SIGPIPE is ignored; children inherit both and must set
// their own. `on_signal` gets the number of each signal; it must not block for long. The
// destructor waits for a call that is under way and puts everything back.
class Signals {
 public:
  explicit Signals(std::function<void(int number)> on_signal);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  void Run();

  const std::function<void(int)> on_signal_;
  sigset_t old_mask_;
  struct sigaction old_pipe_;
  int signals_ = -1;  // signalfd
  int end_ = -1;      // eventfd, readable when the thread is to end.
  std::thread thread_;
};

}  // namespace service
