#include "lib/sqlite/sqlite_records.h"

#include <bit>
#include <string>
#include <utility>

#include "lib/prompt/topics.h"
#include "lib/sqlite/prompt_rows.h"
#include "lib/sqlite/sqlite.h"
#include "lib/sqlite/step_rows.h"

namespace sqlite {

using base::Errc;

namespace {

// What no group has read that reads this topic at all; everything when none does.
constexpr std::string_view kUnread = R"sql(
SELECT count(*) FROM log JOIN topics ON topics.id = log.topic
WHERE topics.name = ?1 AND log.n >
  (SELECT coalesce(min(committed), 0) FROM groups WHERE groups.topic = ?1))sql";

base::Status ReadLease(Connection& connection, int64_t n, prompt::Record& record) {
  ASSIGN_OR_RETURN(
      auto query,
      connection.Start("SELECT lease_owner, lease_until_ms FROM prompts WHERE n = ?1", {n}));
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return base::Fail(Errc::kNotFound, "the prompt is gone; try again");
  record.lease_owner = query.Text(0);
  record.lease_until_ms = query.Int(1);
  return {};
}

base::Status ReadOutbox(Connection& connection, prompt::Record& record) {
  ASSIGN_OR_RETURN(auto query, connection.Start("SELECT seq, topic, value FROM outbox"
                                                " WHERE prompt_id = ?1 ORDER BY n",
                                                {record.prompt.id}));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return {};
    record.outbox.push_back({record.prompt.id, query.Int(0), query.Text(1), query.Text(2)});
  }
}

}  // namespace

base::Result<int64_t> SqliteRecords::Count() {
  return database_.Read(
      [](Connection& connection) { return connection.Number("SELECT count(*) FROM prompts"); });
}

base::Result<prompt::Record> SqliteRecords::Next(std::string_view after) {
  return database_.Read([&](Connection& connection) -> base::Result<prompt::Record> {
    ASSIGN_OR_RETURN(
        const int64_t n,
        connection.Number("SELECT n FROM prompts WHERE id > ?1 ORDER BY id LIMIT 1", {after}));
    ASSIGN_OR_RETURN(auto row, LoadRow(connection, n));
    prompt::Record record;
    record.prompt = std::move(row.prompt);
    record.tries = row.tries;
    RETURN_IF_ERROR(ReadLease(connection, n, record));
    ASSIGN_OR_RETURN(record.steps, ReadSteps(connection, n));
    RETURN_IF_ERROR(ReadOutbox(connection, record));
    return record;
  });
}

base::Result<std::vector<prompt::ServedUser>> SqliteRecords::Served() {
  using Users = std::vector<prompt::ServedUser>;
  return database_.Read([](Connection& connection) -> base::Result<Users> {
    Users users;
    ASSIGN_OR_RETURN(auto query, connection.Start("SELECT user, lease FROM served ORDER BY lease"));
    for (;;) {
      ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) return users;
      users.push_back({query.Text(0), query.Int(1)});
    }
  });
}

base::Result<int64_t> SqliteRecords::Unread() {
  return database_.Read(
      [](Connection& connection) { return connection.Number(kUnread, {prompt::kIncomingTopic}); });
}

}  // namespace sqlite
