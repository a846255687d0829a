#include "lib/testing/http_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "lib/base/check.h"

namespace testing {
namespace {

using Ending = HttpScript::Ending;
using Framing = HttpScript::Framing;

constexpr int kBacklog = 64;
constexpr size_t kRequestBytesMax = 8 * 1024 * 1024;  // More is a test that went astray.
constexpr size_t kMissingBytes = 10;                  // Announced and never sent by a cut body.

// Listens on a free loopback port.
std::pair<int, int> Listen() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  CHECK(fd >= 0 && bind(fd, generic, length) == 0 && listen(fd, kBacklog) == 0 &&
        getsockname(fd, generic, &length) == 0);
  return {fd, ntohs(address.sin_port)};
}

std::string Url(int port) { return "http://127.0.0.1:" + std::to_string(port); }

bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool ReadMore(int fd, std::string& text) {
  std::array<char, 16 * 1024> buffer;
  const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
  if (got <= 0 || text.size() > kRequestBytesMax) return false;
  text.append(buffer.data(), static_cast<size_t>(got));
  return true;
}

// Until the peer, or the destructor, ends the connection.
void WaitForEnd(int fd) {
  std::string ignored;
  while (ReadMore(fd, ignored)) ignored.clear();
}

void ParseHead(std::string_view head, HttpSeen* seen) {
  size_t begin = 0;
  for (size_t end = head.find("\r\n"); end != std::string_view::npos;
       begin = end + 2, end = head.find("\r\n", begin)) {
    const std::string_view line = head.substr(begin, end - begin);
    if (begin == 0) {
      const size_t first = line.find(' ');
      const size_t last = line.rfind(' ');
      seen->method = line.substr(0, first);
      seen->target = line.substr(first + 1, last - first - 1);
      continue;
    }
    const size_t colon = std::min(line.find(": "), line.size());
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    seen->headers.emplace_back(name, line.substr(std::min(colon + 2, line.size())));
  }
}

size_t BodyBytes(const HttpSeen& seen) {
  for (const auto& [name, value] : seen.headers) {
    if (name == "content-length") return std::strtoul(value.c_str(), nullptr, 10);
  }
  return 0;
}

bool HasBody(const HttpScript& script) { return script.status != 204 && script.status != 304; }

std::string Head(const HttpScript& script) {
  std::string head = "HTTP/1.1 " + std::to_string(script.status) + " Scripted\r\n";
  for (const auto& [name, value] : script.headers) head += name + ": " + value + "\r\n";
  if (HasBody(script)) {
    size_t bytes = script.ending == Ending::kComplete ? 0 : kMissingBytes;
    for (const std::string& piece : script.pieces) bytes += piece.size();
    if (script.ending == Ending::kEndless) bytes = SIZE_MAX / 4;
    switch (script.framing) {
      case Framing::kLength:
        head += "Content-Length: " + std::to_string(bytes) + "\r\n";
        break;
      case Framing::kChunked:
        head += "Transfer-Encoding: chunked\r\n";
        break;
      case Framing::kUntilClose:
        head += "Connection: close\r\n";
        break;
    }
  }
  return head + "\r\n";
}

std::string Framed(const std::string& piece, Framing framing) {
  if (framing != Framing::kChunked) return piece;
  std::array<char, 32> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
  return size.data() + piece + "\r\n";
}

}  // namespace

HttpServer::HttpServer() : handler_([](const HttpSeen&) { return HttpScript{.status = 404}; }) {
  std::tie(listener_, port_) = Listen();
  acceptor_ = std::jthread([this] { Accept(); });
}

HttpServer::~HttpServer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const Connection& connection : connections_) shutdown(connection.fd, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (Connection& connection : connections_) {
    connection.thread.join();
    close(connection.fd);
  }
  close(listener_);
}

void HttpServer::SetHandler(Handler handler) {
  std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
}

void HttpServer::Serve(const HttpScript& script) {
  SetHandler([script](const HttpSeen&) { return script; });
}

std::string HttpServer::url() const { return Url(port_); }

std::vector<HttpSeen> HttpServer::seen() const {
  std::lock_guard lock(mutex_);
  return seen_;
}

int HttpServer::connections() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(connections_.size());
}

int HttpServer::closed() const {
  std::lock_guard lock(mutex_);
  return closed_;
}

bool HttpServer::WaitForRequests(size_t count, std::chrono::seconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return seen_.size() >= count; });
}

bool HttpServer::WaitForClosed(int count, std::chrono::seconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return closed_ >= count; });
}

void HttpServer::Accept() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    std::lock_guard lock(mutex_);
    if (fd < 0 || stopping_) {
      if (fd >= 0) close(fd);
      return;
    }
    Connection& connection = connections_.emplace_back();
    connection.fd = fd;
    connection.thread = std::jthread([this, &connection] { Serve(connection); });
  }
}

void HttpServer::Serve(Connection& connection) {
  HttpSeen seen;
  while (ReadRequest(connection, &seen)) {
    Handler handler;
    {
      std::lock_guard lock(mutex_);
      handler = handler_;
      seen_.push_back(seen);
      changed_.notify_all();
    }
    if (!Play(connection, handler(seen))) break;
    seen = {};
  }
  shutdown(connection.fd, SHUT_RDWR);
  std::lock_guard lock(mutex_);
  ++closed_;
  changed_.notify_all();
}

bool HttpServer::ReadRequest(Connection& connection, HttpSeen* seen) {
  std::string& text = connection.unread;
  size_t end = 0;
  while ((end = text.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore(connection.fd, text)) return false;
  }
  end += 4;
  ParseHead(std::string_view(text).substr(0, end - 2), seen);
  const size_t body = BodyBytes(*seen);
  while (text.size() < end + body) {
    if (!ReadMore(connection.fd, text)) return false;
  }
  seen->body = text.substr(end, body);
  text.erase(0, end + body);
  return true;
}

// False when the connection is to be closed.
bool HttpServer::Play(const Connection& connection, const HttpScript& script) {
  const int fd = connection.fd;
  if (script.ending == Ending::kNoAnswer) {
    WaitForEnd(fd);
    return false;
  }
  if (!SendAll(fd, script.raw.empty() ? Head(script) : script.raw)) return false;
  for (const std::string& piece : script.pieces) {
    if (!SendAll(fd, Framed(piece, script.framing))) return false;
  }
  switch (script.ending) {
    case Ending::kComplete:
      break;
    case Ending::kSilence:
      WaitForEnd(fd);
      return false;
    case Ending::kEndless:
      while (SendAll(fd, Framed(script.pieces.back(), script.framing))) {
      }
      return false;
    case Ending::kCut:
    case Ending::kNoAnswer:
      return false;
  }
  if (!script.raw.empty() || script.framing == Framing::kUntilClose) return false;
  return !HasBody(script) || script.framing != Framing::kChunked || SendAll(fd, "0\r\n\r\n");
}

std::string ClosedHttpUrl() {
  const auto [fd, port] = Listen();
  close(fd);
  return Url(port);
}

}  // namespace testing
