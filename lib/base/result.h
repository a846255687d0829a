// Result<T>: a value, or the reason there is none.
//
// Expected failures (bad input, a broker that is down, a 404) travel as values; a broken
// invariant is CHECK() and ends the process. Nothing in this tree throws across a function
// boundary: adapters catch what third-party code throws and turn it into an Error.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace base {

// What the caller can do about it, not where it came from. Keep this list short.
enum class Errc {
  kInvalid,       // The request is wrong; repeating it cannot help.  HTTP 400, exit 65.
  kUnauthorized,  // No or bad credentials.                           HTTP 401, exit 77.
  kNotFound,      // There is no such thing; look elsewhere.          HTTP 404, exit 66.
  kConflict,      // Somebody else changed it; reload, then decide.   HTTP 409, exit 73.
  kExhausted,     // A limit is reached; wait, then try again.        HTTP 429, exit 75.
  kUnavailable,   // A dependency did not answer in time; retry.      HTTP 503, exit 69.
  kInternal,      // A bug or a corrupt answer.                       HTTP 500, exit 70.
};

struct Error {
  Errc code;
  std::string message;  // For a person: what was tried, on what, what came back, what to do next.

  bool retryable() const { return code == Errc::kUnavailable || code == Errc::kExhausted; }
};

// Holds a T or an Error. The only place that names std::expected.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

using Status = Result<void>;

// return Fail(Errc::kNotFound, "no prompt 01H7…; it may have been deleted");
inline std::unexpected<Error> Fail(Errc code, std::string message) {
  return std::unexpected<Error>(Error{code, std::move(message)});
}

// Adds the outer step in front of the inner reason: "load prompt p1: mongo: timed out".
inline std::unexpected<Error> Wrap(Error inner, std::string_view step) {
  inner.message.insert(0, std::string(step) + ": ");
  return std::unexpected<Error>(std::move(inner));
}

}  // namespace base

// ASSIGN_OR_RETURN(auto x, Expr()) is two statements: never the only body of an if or a loop.
#define BASE_CONCAT_(a, b) a##b
#define BASE_CONCAT(a, b) BASE_CONCAT_(a, b)
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_(BASE_CONCAT(base_result_, __COUNTER__), lhs, expr)
#define ASSIGN_OR_RETURN_(tmp, lhs, expr)                   \
  auto tmp = (expr);                                        \
  if (!tmp) return std::unexpected(std::move(tmp).error()); \
  lhs = *std::move(tmp)
#define RETURN_IF_ERROR(expr)                                 \
  do {                                                        \
    if (auto base_status = (expr); !base_status) {            \
      return std::unexpected(std::move(base_status).error()); \
    }                                                         \
  } while (false)
