#include "lib/sqlite/sqlite.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "lib/base/check.h"

namespace sqlite {
namespace {

using base::Errc;

// A page cache of 256 KiB a connection: the working set of a household's queue, and small beside
// the 20 MB that the whole program may take.
constexpr int kCacheKib = 256;

base::Error ErrorOf(sqlite3* handle) {
  const char* const path = sqlite3_db_filename(handle, "main");
  return MakeError(sqlite3_extended_errcode(handle), sqlite3_errmsg(handle),
                   path == nullptr ? "the database" : path);
}

int Bind(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    return sqlite3_bind_int64(statement, index, *number);
  }
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    const char* const data = text->data() == nullptr ? "" : text->data();
    return sqlite3_bind_text64(statement, index, data, text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<Blob>(&value)) {
    const char* const data = blob->bytes.data() == nullptr ? "" : blob->bytes.data();
    return sqlite3_bind_blob64(statement, index, data, blob->bytes.size(), SQLITE_TRANSIENT);
  }
  return sqlite3_bind_null(statement, index);
}

}  // namespace

base::Error MakeError(int code, std::string_view what_sqlite_said, std::string_view path) {
  const auto error = [&](Errc errc, std::string_view hint) {
    return base::Error{errc, std::string(path) + ": " + std::string(what_sqlite_said) + " (" +
                                 sqlite3_errstr(code) + "); " + std::string(hint)};
  };
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return error(Errc::kUnavailable, "free some space on this disk, then try again");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return error(Errc::kUnavailable, "another program holds the file; try again or close it");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return error(Errc::kUnavailable,
                   "make the file and its directory writable for this user, or choose another");
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
      return error(Errc::kUnavailable, "see the kernel's log for disk or memory errors");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return error(Errc::kInternal,
                   "the file is damaged or no database: move it away and restore a backup");
    case SQLITE_CONSTRAINT:
      return error(Errc::kConflict, "load it again, then decide");
    case SQLITE_TOOBIG:
      return error(Errc::kInvalid, "shorten the text");
    default:
      return error(Errc::kInternal, "please report this as a bug");
  }
}

Query::Query(Query&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

base::Result<bool> Query::Next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return std::unexpected(ErrorOf(sqlite3_db_handle(statement_)));
}

int64_t Query::Int(int column) const { return sqlite3_column_int64(statement_, column); }

std::optional<int64_t> Query::OptionalInt(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return Int(column);
}

std::string Query::Text(int column) const {
  const auto* const data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr ? std::string() : std::string(data, static_cast<size_t>(size));
}

base::Result<std::unique_ptr<Connection>> Connection::Open(const std::string& path, Access access) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Connection> connection(new Connection(handle, path));
  if (code != SQLITE_OK) {
    return std::unexpected(
        MakeError(code, handle == nullptr ? "no memory" : sqlite3_errmsg(handle), path));
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  RETURN_IF_ERROR(connection->Execute("PRAGMA cache_size = -" + std::to_string(kCacheKib) +
                                      "; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON;"
                                      "PRAGMA secure_delete = FAST"));
  if (access == Access::kQueryOnly) RETURN_IF_ERROR(connection->Execute("PRAGMA query_only = ON"));
  if (access == Access::kReadWrite && sqlite3_db_readonly(handle, "main") == 1) {
    return std::unexpected(MakeError(SQLITE_READONLY, "the file cannot be written", path));
  }
  return connection;
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(handle_);
}

base::Status Connection::Execute(const std::string& script) {
  if (sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return std::unexpected(ErrorOf(handle_));
}

base::Result<Query> Connection::Start(std::string_view sql, std::initializer_list<Value> values) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    CHECK(statements_.size() < static_cast<size_t>(kStatementsMax));
    sqlite3_stmt* prepared = nullptr;
    if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &prepared, nullptr) != SQLITE_OK) {
      return std::unexpected(ErrorOf(handle_));
    }
    found = statements_.emplace(std::string(sql), prepared).first;
  }
  sqlite3_stmt* const statement = found->second;
  CHECK(sqlite3_stmt_busy(statement) == 0);
  Query query(statement);
  int index = 0;
  for (const Value& value : values) {
    if (Bind(statement, ++index, value) != SQLITE_OK) return std::unexpected(ErrorOf(handle_));
  }
  return query;
}

base::Status Connection::Run(std::string_view sql, std::initializer_list<Value> values) {
  ASSIGN_OR_RETURN(auto query, Start(sql, values));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return {};
  }
}

base::Result<int64_t> Connection::Number(std::string_view sql,
                                         std::initializer_list<Value> values) {
  ASSIGN_OR_RETURN(auto query, Start(sql, values));
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return base::Fail(Errc::kNotFound, path_ + ": no such row");
  return query.Int(0);
}

void Connection::SetBusyWait(base::Duration wait) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
  constexpr int64_t kLongestMs = 60'000;  // No caller waits longer; it must fit into an int.
  sqlite3_busy_timeout(handle_, static_cast<int>(std::clamp<int64_t>(ms, 0, kLongestMs)));
}

int64_t Connection::changes() const { return sqlite3_changes64(handle_); }
int64_t Connection::last_id() const { return sqlite3_last_insert_rowid(handle_); }
bool Connection::is_in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

}  // namespace sqlite
