#include "lib/mongo/wire_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cstring>

#include "lib/base/check.h"

namespace mongo {
namespace {

static_assert(std::endian::native == std::endian::little, "the wire is little-endian");

constexpr size_t kHeaderBytes = 16;
constexpr size_t kMessageBytesMax = 48'000'000 + 16 * 1024;  // What a real server accepts.
constexpr int32_t kOpReply = 1;
constexpr int32_t kOpQuery = 2004;
constexpr int32_t kOpMsg = 2013;
constexpr int32_t kWireVersionMax = 13;  // That of MongoDB 5.0.

struct Header {
  int32_t length = 0;
  int32_t id = 0;
  int32_t to = 0;
  int32_t op = 0;
};

template <class T>
void Put(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

bool ReadAll(int fd, char* to, size_t size) {
  for (size_t done = 0; done < size;) {
    const ssize_t got = recv(fd, to + done, size - done, 0);
    if (got <= 0) return false;
    done += static_cast<size_t>(got);
  }
  return true;
}

bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

// The command inside the message, which is an OP_MSG with one section or an OP_QUERY.
View CommandIn(const Header& header, std::string_view body) {
  size_t at = 0;
  if (header.op == kOpMsg) {
    at = sizeof(uint32_t) + 1;  // Flags, and the kind of the section.
  } else {
    const size_t name_end = body.find('\0', sizeof(uint32_t));
    at = name_end + 1 + 2 * sizeof(int32_t);  // Skip and count.
  }
  if (at >= body.size()) return View();
  const auto rest = body.substr(at);
  int32_t length = 0;
  if (rest.size() < sizeof(length)) return View();
  std::memcpy(&length, rest.data(), sizeof(length));
  if (length < 0 || static_cast<size_t>(length) > rest.size()) return View();
  return View(
      std::span(reinterpret_cast<const uint8_t*>(rest.data()), static_cast<size_t>(length)));
}

std::string MessageOf(const Header& asked, const Document& reply) {
  std::string body;
  if (asked.op == kOpMsg) {
    Put<uint32_t>(body, 0);
    Put<uint8_t>(body, 0);
  } else {
    Put<int32_t>(body, 8);  // AwaitCapable.
    Put<int64_t>(body, 0);
    Put<int32_t>(body, 0);
    Put<int32_t>(body, 1);
  }
  const auto bytes = reply.view().bytes();
  body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::string message;
  Put<int32_t>(message, static_cast<int32_t>(kHeaderBytes + body.size()));
  Put<int32_t>(message, 1);
  Put<int32_t>(message, asked.id);
  Put<int32_t>(message, asked.op == kOpMsg ? kOpMsg : kOpReply);
  return message + body;
}

bool IsHello(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name == "hello" || name == "ismaster";
}

Document PrimaryAlone() {
  return Document()
      .True("ismaster")
      .True("isWritablePrimary")
      .Small("maxBsonObjectSize", 16 * 1024 * 1024)
      .Small("maxMessageSizeBytes", 48'000'000)
      .Small("maxWriteBatchSize", 100'000)
      .Small("minWireVersion", 0)
      .Small("maxWireVersion", kWireVersionMax)
      .False("readOnly")
      .Number("ok", 1);
}

}  // namespace

Answer Reply(Document fields) { return {.reply = std::move(fields).Number("ok", 1)}; }

Answer Failure(int code, const std::string& message) {
  return {.reply = Document().Number("ok", 0).Text("errmsg", message).Int("code", code)};
}

Answer WriteFailure(int code, const std::string& message) {
  const auto errors = ListOf(Document().Int("index", 0).Int("code", code).Text("errmsg", message));
  return Reply(Document().Int("n", 0).Array("writeErrors", errors));
}

Answer Documents(std::span<const Document> found) {
  return Reply(Document().Child(
      "cursor", Document().Array("firstBatch", found).Int("id", 0).Text("ns", "otm-home.c")));
}

Answer Cut() { return {.kind = Answer::Kind::kCut}; }
Answer Silence() { return {.kind = Answer::Kind::kSilence}; }
Answer Bytes(std::string bytes) {
  return {.kind = Answer::Kind::kBytes, .bytes = std::move(bytes)};
}

Answer DefaultAnswer(const std::string& name) {
  if (name == "find") return Documents({});
  if (name == "distinct") return Reply(Document().Texts("values", {}));
  return Reply(Document().Int("n", 1));
}

WireServer::WireServer() : hello_(PrimaryAlone()) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  CHECK(bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  CHECK(listen(listener_, SOMAXCONN) == 0);
  CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

WireServer::~WireServer() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
    for (const Connection& connection : connections_) shutdown(connection.fd, SHUT_RDWR);
  }
  end_.notify_all();
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (Connection& connection : connections_) {
    connection.thread.join();
    close(connection.fd);
  }
  close(listener_);
}

void WireServer::SetHandler(Handler handler) {
  const std::scoped_lock lock(mutex_);
  handler_ = std::move(handler);
}

void WireServer::SetHello(Document hello) {
  const std::scoped_lock lock(mutex_);
  hello_ = std::move(hello).Number("ok", 1);
}

std::string WireServer::url() const { return "mongodb://127.0.0.1:" + std::to_string(port_); }

std::vector<Document> WireServer::log(std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  std::vector<Document> found;
  for (const Document& command : log_) {
    if (name.empty() || command.view().Keys().front() == name) found.emplace_back(command.view());
  }
  return found;
}

void WireServer::Accept() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::scoped_lock lock(mutex_);
    if (ending_) {
      close(fd);
      return;
    }
    Connection& connection = connections_.emplace_back();
    connection.fd = fd;
    connection.thread = std::thread([this, fd] {
      Serve(fd);
      shutdown(fd, SHUT_RDWR);
    });
  }
}

void WireServer::Serve(int fd) {
  for (;;) {
    Header header;
    if (!ReadAll(fd, reinterpret_cast<char*>(&header), kHeaderBytes)) return;
    const auto length = static_cast<size_t>(header.length);
    if (length < kHeaderBytes || length > kMessageBytesMax) return;
    if (header.op != kOpMsg && header.op != kOpQuery) return;
    std::string body(length - kHeaderBytes, '\0');
    if (!ReadAll(fd, body.data(), body.size())) return;
    const Answer answer = AnswerTo(CommandIn(header, body));
    switch (answer.kind) {
      case Answer::Kind::kCut:
        return;
      case Answer::Kind::kSilence: {
        std::unique_lock lock(mutex_);
        end_.wait(lock, [this] { return ending_; });
        return;
      }
      case Answer::Kind::kBytes:
        if (!SendAll(fd, answer.bytes)) return;
        break;
      case Answer::Kind::kReply:
        if (!SendAll(fd, MessageOf(header, answer.reply))) return;
        break;
    }
  }
}

Answer WireServer::AnswerTo(const View& command) {
  const auto keys = command.Keys();
  if (keys.empty()) return Cut();
  Handler handler;
  {
    const std::scoped_lock lock(mutex_);
    if (IsHello(keys.front())) return {.reply = Document(hello_.view())};
    log_.emplace_back(command);
    handler = handler_;
  }
  auto answer = handler ? handler(keys.front(), command) : std::nullopt;
  return answer ? *std::move(answer) : DefaultAnswer(keys.front());
}

}  // namespace mongo
