// A MongoDB server for tests that answers what the test says, bad manners included: OP_MSG, and
// OP_QUERY for the first hello, over loopback (MongoDB wire protocol).
//
//   WireServer server;
//   server.SetHandler([](const std::string& name, const View& command) { … });
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lib/mongo/bson.h"

namespace mongo {

struct Answer {
  enum class Kind {
    kReply,
    kCut,      // The connection ends.
    kSilence,  // Nothing comes, until the server ends.
    kBytes,    // Raw bytes in place of a message.
  };
  Kind kind = Kind::kReply;
  Document reply = {};
  std::string bytes = {};
};

Answer Reply(Document fields);  // With ok: 1.
Answer Failure(int code, const std::string& message);
Answer WriteFailure(int code, const std::string& message);  // Inside an answer with ok: 1.
Answer Documents(std::span<const Document> found);          // Of a find, all at once.
Answer Cut();
Answer Silence();
Answer Bytes(std::string bytes);

// Thread-safe. A thread for each connection; the destructor closes all of them and joins.
class WireServer {
 public:
  // On a thread of the server, for every command but hello; nothing for DefaultAnswer.
  using Handler =
      std::function<std::optional<Answer>(const std::string& name, const View& command)>;

  WireServer();
  ~WireServer();
  WireServer(const WireServer&) = delete;
  WireServer& operator=(const WireServer&) = delete;

  void SetHandler(Handler handler);
  // In place of the hello of a primary that stands alone.
  void SetHello(Document hello);

  std::string url() const;  // "mongodb://127.0.0.1:41234"

  // The commands but hello, in the order they came; of one name where that is given.
  std::vector<Document> log(std::string_view name = "") const;

 private:
  struct Connection {
    int fd = -1;
    std::thread thread;
  };

  void Accept();
  void Serve(int fd);
  Answer AnswerTo(const View& command);

  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  Handler handler_;  // Guarded by mutex_, as all below.
  Document hello_;
  std::vector<Document> log_;
  bool ending_ = false;
  std::condition_variable end_;
  std::list<Connection> connections_;
  std::thread acceptor_;
};

// An empty success: an update that found one document, a find that found none.
Answer DefaultAnswer(const std::string& name);

}  // namespace mongo
