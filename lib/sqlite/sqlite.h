// SQLite behind owned objects and Results (sqlite.org/c3ref). Only sqlite.cc includes sqlite3.h.
//
//   ASSIGN_OR_RETURN(auto query, connection.Start("SELECT n FROM t WHERE name = ?1", {name}));
//   ASSIGN_OR_RETURN(const bool found, query.Next());
//
// SQL is always a literal of ours; foreign bytes are bound, never spliced. Errors say which file,
// what SQLite said, and what to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "lib/base/clock.h"
#include "lib/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sqlite {

// Bytes that need not be text.
struct Blob {
  std::string_view bytes;
};

// What is bound to ?1, ?2, …; copied when it is bound.
using Value = std::variant<std::nullptr_t, int64_t, std::string_view, Blob>;

// One run of a statement. Not thread-safe; ends before its Connection, and before the same SQL is
// started again.
class Query {
 public:
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  // Goes to the next row; false after the last one.
  base::Result<bool> Next();

  // Column `column` of the present row, counted from 0. NULL is 0, nothing, or empty.
  int64_t Int(int column) const;
  std::optional<int64_t> OptionalInt(int column) const;
  std::string Text(int column) const;  // Text or blob, also with NUL bytes in it.

 private:
  friend class Connection;
  explicit Query(sqlite3_stmt* statement) : statement_(statement) {}
  sqlite3_stmt* statement_;
};

inline constexpr int kPageBytes = 4096;
inline constexpr int kStatementsMax = 128;  // Kept prepared; our SQL has fewer texts than this.

enum class Access { kReadWrite, kQueryOnly };

// Not thread-safe: its owner serialises the calls.
class Connection {
 public:
  // Opens an existing or, for kReadWrite, new database file. kUnavailable when it cannot be opened
  // or written, kInternal when it is damaged or no database.
  static base::Result<std::unique_ptr<Connection>> Open(const std::string& path, Access access);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs several statements without values or rows.
  base::Status Execute(const std::string& script);

  base::Result<Query> Start(std::string_view sql, std::initializer_list<Value> values = {});

  // Start, and on to the last row.
  base::Status Run(std::string_view sql, std::initializer_list<Value> values = {});

  // The first column of the first row; kNotFound when there is none.
  base::Result<int64_t> Number(std::string_view sql, std::initializer_list<Value> values = {});

  // How long a statement waits, blocking, for another connection's lock before kUnavailable.
  void SetBusyWait(base::Duration wait);

  int64_t changes() const;  // Rows that the last statement changed.
  int64_t last_id() const;  // The row that was inserted last.
  bool is_in_transaction() const;

 private:
  Connection(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

  sqlite3* const handle_;
  const std::string path_;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

// What a result code means for the caller. Exposed for its test.
base::Error MakeError(int code, std::string_view what_sqlite_said, std::string_view path);

}  // namespace sqlite
