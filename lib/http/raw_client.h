// A client of raw bytes on loopback, for tests: sends exactly what it is told, and sees what
// really comes back. Every wait ends after kPatience.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/clock.h"

namespace http::testing {

// The machine may be busy with other things; what takes longer than this is broken.
inline constexpr std::chrono::seconds kPatience{20};

struct RawAnswer {
  int status = 0;
  std::string head;                                         // Status line and fields, as they came.
  std::vector<std::pair<std::string, std::string>> fields;  // Names in lower case.
  std::string body;

  std::optional<std::string> Field(std::string_view lower_case_name) const;
};

class RawClient {
 public:
  // Connects to 127.0.0.1:`port`, or ::1. `receive_buffer`: SO_RCVBUF, 0: the kernel's choice.
  explicit RawClient(int port, int receive_buffer = 0, std::string_view address = "127.0.0.1");
  RawClient(RawClient&&) noexcept;
  RawClient(const RawClient&) = delete;
  ~RawClient();

  bool connected() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  // False when the peer has closed or reset.
  bool Send(std::string_view bytes);
  // One byte a segment.
  bool SendBytewise(std::string_view bytes);
  void ShutdownWrite();
  void Close();
  void Reset();  // RST instead of FIN.

  // The next answer, framed by Content-Length or the end of the connection; nothing when the
  // connection ended before it, or kPatience is over. `to_head`: it has no body.
  std::optional<RawAnswer> Receive();
  std::optional<RawAnswer> ReceiveHead();

  // Everything until the end of the connection; nothing when that does not come in `patience`.
  std::optional<std::string> ReceiveAll(std::chrono::milliseconds patience = kPatience);
  // True when the connection ends (FIN or RST) in `patience` without another byte.
  bool Ends(std::chrono::milliseconds patience = kPatience);
  // Some bytes, empty at the end; nothing when none come in `patience`.
  std::optional<std::string> ReceiveSome(std::chrono::milliseconds patience = kPatience);

 private:
  bool Fill(std::chrono::milliseconds patience);

  int fd_ = -1;
  bool ended_ = false;
  std::string buffer_;
};

// "GET /path HTTP/1.1", Host, `fields` (each with CRLF), empty line.
std::string Get(std::string_view path, std::string_view fields = "");
std::string Post(std::string_view path, std::string_view body, std::string_view fields = "");

// One connection, one request, one answer.
std::optional<RawAnswer> Ask(int port, std::string_view request);

// Real time since it was made.
class Stopwatch {
 public:
  base::Duration elapsed() const { return clock_.Monotonic() - start_; }

 private:
  const base::SystemClock clock_;
  const base::Duration start_ = clock_.Monotonic();
};

// Waits, without holding a core, until `ready`; false after kPatience.
bool Eventually(const std::function<bool()>& ready);

// For clients that are slow on purpose; never to wait for something.
void Pause(std::chrono::milliseconds duration);

// Open descriptors of this process.
int OpenDescriptors();

// Seconds of processor time this process has used.
double CpuSeconds();

}  // namespace http::testing
