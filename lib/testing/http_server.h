// A real HTTP/1.1 server on a loopback port of the kernel's choice that plays HttpScripts: for
// testing HTTP clients against a socket, bad manners included.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "lib/testing/http_script.h"

namespace testing {

// Thread-safe. A thread for each connection; the destructor closes all of them and joins.
class HttpServer {
 public:
  // Called on a thread of the server.
  using Handler = std::function<HttpScript(const HttpSeen&)>;

  // Answers 404 until told otherwise.
  HttpServer();
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void SetHandler(Handler handler);
  void Serve(const HttpScript& script);  // The same answer for everything.

  std::string url() const;             // "http://127.0.0.1:41234"
  std::vector<HttpSeen> seen() const;  // Whole requests, in the order of arrival.
  int connections() const;             // Accepted in all.
  int closed() const;                  // Of these: ended, whoever ended them.

  // Waits for events; false after `timeout`.
  bool WaitForRequests(size_t count, std::chrono::seconds timeout = std::chrono::seconds(10));
  bool WaitForClosed(int count, std::chrono::seconds timeout = std::chrono::seconds(10));

 private:
  struct Connection {
    int fd = -1;
    std::string unread;
    std::jthread thread;
  };

  void Accept();
  void Serve(Connection& connection);
  bool ReadRequest(Connection& connection, HttpSeen* seen);
  bool Play(const Connection& connection, const HttpScript& script);

  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Handler handler_;  // Guarded by mutex_, as all below.
  std::vector<HttpSeen> seen_;
  int closed_ = 0;
  bool stopping_ = false;
  std::list<Connection> connections_;
  std::jthread acceptor_;
};

// "http://127.0.0.1:port" of a port on which nobody listens now.
std::string ClosedHttpUrl();

}  // namespace testing
