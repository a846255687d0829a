#include "lib/http/raw_client.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "lib/http/fields.h"

namespace http::testing {
namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";
constexpr int kPollStepMs = 2;

int ToMs(std::chrono::milliseconds duration) { return static_cast<int>(duration.count()); }

std::optional<RawAnswer> ParseHead(std::string head) {
  RawAnswer answer;
  constexpr size_t kStatusAt = 9;  // Behind "HTTP/1.1 ".
  if (!head.starts_with("HTTP/1.1 ") || head.size() < kStatusAt + 3) return std::nullopt;
  answer.status = std::atoi(head.substr(kStatusAt, 3).c_str());
  std::string_view rest(head);
  rest.remove_prefix(rest.find("\r\n") + 2);
  while (!rest.empty() && !rest.starts_with("\r\n")) {
    const auto line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(line.size() + 2);
    const auto colon = line.find(':');
    if (colon == line.npos) return std::nullopt;
    answer.fields.emplace_back(LowerCase(line.substr(0, colon)),
                               TrimBlanks(line.substr(colon + 1)));
  }
  answer.head = std::move(head);
  return answer;
}

}  // namespace

std::optional<std::string> RawAnswer::Field(std::string_view lower_case_name) const {
  for (const auto& [name, value] : fields) {
    if (name == lower_case_name) return value;
  }
  return std::nullopt;
}

RawClient::RawClient(int port, int receive_buffer, std::string_view address) {
  const bool is_v6 = address.contains(':');
  fd_ = ::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (receive_buffer > 0) {
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(static_cast<uint16_t>(port));
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = v4.sin_port;
  v6.sin6_addr = in6addr_loopback;
  const auto* target = is_v6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
  if (::connect(fd_, target, is_v6 ? sizeof v6 : sizeof v4) != 0) Close();
}

RawClient::RawClient(RawClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), ended_(other.ended_), buffer_(std::move(other.buffer_)) {}

RawClient::~RawClient() { Close(); }

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd wait{.fd = fd_, .events = POLLOUT, .revents = 0};
    if (::poll(&wait, 1, ToMs(kPatience)) <= 0) return false;
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool RawClient::SendBytewise(std::string_view bytes) {
  return std::ranges::all_of(bytes, [&](const char& c) { return Send({&c, 1}); });
}

void RawClient::ShutdownWrite() { ::shutdown(fd_, SHUT_WR); }

void RawClient::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void RawClient::Reset() {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  Close();
}

bool RawClient::Fill(std::chrono::milliseconds patience) {
  if (ended_ || fd_ < 0) return false;
  pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
  if (::poll(&wait, 1, ToMs(patience)) <= 0) return false;
  char bytes[64 * 1024];
  const ssize_t count = ::recv(fd_, bytes, sizeof bytes, 0);
  ended_ = count <= 0;
  if (count > 0) buffer_.append(bytes, static_cast<size_t>(count));
  return true;
}

std::optional<RawAnswer> RawClient::ReceiveHead() {
  size_t end;
  while ((end = buffer_.find(kEndOfHead)) == std::string::npos) {
    if (!Fill(kPatience)) return std::nullopt;
  }
  end += kEndOfHead.size();
  auto answer = ParseHead(buffer_.substr(0, end));
  buffer_.erase(0, end);
  return answer;
}

std::optional<RawAnswer> RawClient::Receive() {
  auto answer = ReceiveHead();
  if (!answer) return std::nullopt;
  const auto length = answer->Field("content-length");
  const bool empty = answer->status < 200 || answer->status == 204 || answer->status == 304;
  const size_t size = length && !empty ? std::strtoull(length->c_str(), nullptr, 10) : 0;
  while (buffer_.size() < size) {
    if (!Fill(kPatience)) return std::nullopt;
  }
  answer->body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

std::optional<std::string> RawClient::ReceiveAll(std::chrono::milliseconds patience) {
  while (!ended_) {
    if (!Fill(patience)) return std::nullopt;
  }
  return std::exchange(buffer_, "");
}

bool RawClient::Ends(std::chrono::milliseconds patience) {
  const auto rest = ReceiveAll(patience);
  return rest && rest->empty();
}

std::optional<std::string> RawClient::ReceiveSome(std::chrono::milliseconds patience) {
  if (buffer_.empty() && !ended_ && !Fill(patience)) return std::nullopt;
  return std::exchange(buffer_, "");
}

std::string Get(std::string_view path, std::string_view fields) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) +
         "\r\n";
}

std::string Post(std::string_view path, std::string_view body, std::string_view fields) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

std::optional<RawAnswer> Ask(int port, std::string_view request) {
  RawClient client(port);
  if (!client.Send(request)) return std::nullopt;
  return request.starts_with("HEAD ") ? client.ReceiveHead() : client.Receive();
}

bool Eventually(const std::function<bool()>& ready) {
  const Stopwatch watch;
  while (!ready()) {
    if (watch.elapsed() > kPatience) return false;
    ::poll(nullptr, 0, kPollStepMs);
  }
  return true;
}

void Pause(std::chrono::milliseconds duration) { ::poll(nullptr, 0, ToMs(duration)); }

int OpenDescriptors() {
  DIR* folder = ::opendir("/proc/self/fd");
  int count = -1;  // The folder's own.
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_name[0] != '.') ++count;
  }
  ::closedir(folder);
  return count;
}

double CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  constexpr double kMicro = 1e-6;
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         kMicro * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

}  // namespace http::testing
