// What a handler reads and what it answers. No I/O.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

enum class Method { kGet, kPost, kPut, kPatch, kDelete };

// A request as a handler sees it: framed, decoded once, within all limits.
struct Request {
  Method method = Method::kGet;  // HEAD arrives as kGet; its body is not sent.
  std::string path;              // Decoded, starts with "/"; for logs, not for matching.
  std::vector<std::pair<std::string, std::string>> params;   // From the route's ":name" parts.
  std::vector<std::pair<std::string, std::string>> query;    // Decoded, in order.
  std::vector<std::pair<std::string, std::string>> headers;  // Names in lower case, as they came.
  std::string body;
  // "192.168.1.7" or "::1", without port: who connected, or who that is according to a proxy that
  // the server trusts.
  std::string peer_address;
  std::string request_id;  // A ULID; also sent as X-Request-Id.

  std::string_view Param(std::string_view name) const;                 // Empty when absent.
  std::optional<std::string_view> Query(std::string_view name) const;  // The first.
  std::optional<std::string_view> Header(std::string_view lower_case_name) const;
  std::optional<std::string_view> Cookie(std::string_view name) const;  // The first.
};

// The server adds Date, Content-Length, Connection, X-Request-Id and nosniff. A name or value
// with CR, LF or NUL in it, and a field that frames the message, are bugs: 500, and logged.
struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string content_type = {};                      // Empty: none is sent.
  std::shared_ptr<const std::string> body = nullptr;  // Shared, so assets are not copied.
  std::string log_text = {};  // Never sent: logged with the request id as an error.

  static Response Json(int status, std::string body);
  static Response Text(int status, std::string body);
  static Response Empty(int status);  // 204 and the like.
};

// The phrase of a status ("Not Found"); "Unknown" for one that has none.
std::string_view StatusPhrase(int status);

}  // namespace http
