#include "lib/service/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <utility>

#include "lib/base/check.h"

namespace service {
namespace {

sigset_t OurSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

Signals::Signals(std::function<void(int)> on_signal) : on_signal_(std::move(on_signal)) {
  const sigset_t set = OurSignals();
  CHECK(pthread_sigmask(SIG_BLOCK, &set, &old_mask_) == 0);
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  CHECK(sigaction(SIGPIPE, &ignore, &old_pipe_) == 0);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  end_ = eventfd(0, EFD_CLOEXEC);
  CHECK(signals_ >= 0 && end_ >= 0);
  thread_ = std::thread([this] { Run(); });
}

Signals::~Signals() {
  const uint64_t one = 1;
  CHECK(write(end_, &one, sizeof one) == sizeof one);
  thread_.join();
  close(signals_);
  close(end_);
  sigaction(SIGPIPE, &old_pipe_, nullptr);
  pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

void Signals::Run() {
  while (true) {
    std::array<pollfd, 2> files = {{{signals_, POLLIN, 0}, {end_, POLLIN, 0}}};
    if (poll(files.data(), files.size(), -1) < 0) continue;  // EINTR
    if (files[1].revents != 0) return;
    signalfd_siginfo info{};
    if (read(signals_, &info, sizeof info) == sizeof info) {
      on_signal_(static_cast<int>(info.ssi_signo));
    }
  }
}

}  // namespace service
