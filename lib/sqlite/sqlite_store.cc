#include "lib/sqlite/sqlite_store.h"

#include <bit>
#include <map>
#include <string>
#include <utility>

#include "lib/prompt/store_rules.h"
#include "lib/prompt/wire.h"
#include "lib/sqlite/prompt_rows.h"
#include "lib/sqlite/step_rows.h"

namespace sqlite {

using base::Errc;
using prompt::Prompt;
using prompt::Status;

namespace {

// Users are few and prompts may be many: the first two parts step from one waiting user to the
// next over an index (named, since SQLite's planner takes another one that sorts them all), and
// only the oldest prompt of each is looked at.
constexpr std::string_view kNextInLine = R"sql(
WITH RECURSIVE
  waiting (user) AS (
    SELECT (SELECT user FROM prompts INDEXED BY prompts_waiting WHERE status = 'PENDING'
            ORDER BY user LIMIT 1)
    UNION ALL
    SELECT (SELECT p.user FROM prompts p INDEXED BY prompts_waiting
            WHERE p.status = 'PENDING' AND p.user > waiting.user ORDER BY p.user LIMIT 1)
    FROM waiting WHERE waiting.user IS NOT NULL
  ),
  heads (n) AS (
    SELECT (SELECT p.n FROM prompts p WHERE p.status = 'PENDING' AND p.user = waiting.user
            ORDER BY p.created_ms, p.id LIMIT 1)
    FROM waiting WHERE waiting.user IS NOT NULL
    UNION ALL
    SELECT n FROM prompts WHERE status = 'PROCESSING' AND lease_until_ms < ?1
  )
SELECT p.n FROM heads JOIN prompts p ON p.n = heads.n
LEFT JOIN served s ON s.user = p.user
ORDER BY coalesce(s.lease, 0), p.created_ms, p.id LIMIT 1)sql";

constexpr std::string_view kWaitingUsers = R"sql(
SELECT p.user, coalesce(s.lease, 0), min(p.created_ms), p.id, count(*)
FROM prompts p INDEXED BY prompts_waiting LEFT JOIN served s ON s.user = p.user
WHERE p.status = 'PENDING' GROUP BY p.user)sql";

constexpr std::string_view kOlderOfSameUser = R"sql(
SELECT count(*) FROM prompts
WHERE status = 'PENDING' AND user = ?1 AND (created_ms, id) < (?2, ?3))sql";

constexpr std::string_view kNewestAnswered = R"sql(
SELECT n FROM prompts
WHERE status = 'COMPLETED' AND cache_key <> '' AND user = ?1 AND cache_key = ?2
ORDER BY created_ms DESC, id DESC LIMIT 1)sql";

base::Result<prompt::Inserted> Insert(Connection& connection, const Prompt& given) {
  const Value discussion = given.discussion_ms ? Value(*given.discussion_ms) : Value(nullptr);
  RETURN_IF_ERROR(connection.Run(
      "INSERT INTO prompts (id, user, status, created_ms, updated_ms, seq, preset,"
      " discussion_ms, text) VALUES (?1, ?2, 'PENDING', ?3, ?3, 1, ?4, ?5, ?6)"
      " ON CONFLICT (id) DO NOTHING",
      {given.id, given.user, given.created_ms, given.preset, discussion, given.text}));
  const bool is_new = connection.changes() > 0;
  ASSIGN_OR_RETURN(const auto row, LoadRow(connection, given.id));
  if (is_new) {
    RETURN_IF_ERROR(AddEvents(connection, row.prompt));
    return prompt::Inserted::kNew;
  }
  if (row.prompt.text == given.text && row.prompt.user == given.user) {
    return prompt::Inserted::kSame;
  }
  return base::Fail(Errc::kConflict,
                    "the id " + given.id + " is taken by another question; use a new id");
}

base::Status TakeLease(Connection& connection, PromptRow& row, prompt::Lease& lease) {
  RETURN_IF_ERROR(
      connection.Run("INSERT OR REPLACE INTO served (user, lease)"
                     " VALUES (?1, (SELECT coalesce(max(lease), 0) + 1 FROM served))",
                     {row.prompt.user}));
  if (row.prompt.status == Status::kPending) {
    RETURN_IF_ERROR(ChangeStatus(connection, row, Status::kProcessing, lease.prompt.updated_ms));
  }
  row.prompt.updated_ms = lease.prompt.updated_ms;
  lease.prompt = row.prompt;
  return {};
}

// `"word"*` for each word: all of them, each the beginning of one.
std::string FtsQuery(const std::vector<std::string>& words) {
  std::string query;
  for (const std::string& word : words) query += '"' + word + "\"* ";
  return query;
}

// The part of a list's SQL that the page and its total share.
std::string Filters(const prompt::PageQuery& query, const std::vector<std::string>& words) {
  // A search walks the prompts by time and stops at a full page: sorting all that a common word
  // finds took 150 ms among 10,000. The + keeps SQLite from doing that.
  const bool walks_by_time = !words.empty() && query.user.empty() && !query.status;
  std::string sql = " FROM prompts p";
  if (walks_by_time) sql += " INDEXED BY prompts_by_time";
  sql += " WHERE true";
  if (!query.user.empty()) sql += " AND p.user = ?1";
  if (query.status) sql += " AND p.status = ?2";
  if (!words.empty()) {
    sql += " AND +p.n IN (SELECT rowid FROM prompts_words WHERE prompts_words MATCH ?3)";
  }
  return sql;
}

}  // namespace

base::Result<prompt::Inserted> SqliteStore::InsertIfAbsent(const Prompt& given) {
  return Write([&](Connection& connection) { return Insert(connection, given); });
}

base::Result<std::vector<base::Result<prompt::Inserted>>> SqliteStore::InsertAllIfAbsent(
    std::span<const Prompt> prompts) {
  using All = std::vector<base::Result<prompt::Inserted>>;
  return Write([&](Connection& connection) -> base::Result<All> {
    All all;
    for (const Prompt& given : prompts) {
      auto inserted = Insert(connection, given);
      // A conflict has changed nothing; after anything else nothing of this turn may stay.
      if (!inserted && inserted.error().code != Errc::kConflict) {
        return std::unexpected(inserted.error());
      }
      all.push_back(std::move(inserted));
    }
    return all;
  });
}

base::Result<std::optional<prompt::Lease>> SqliteStore::LeaseNext(std::string_view owner,
                                                                  int64_t now_ms,
                                                                  int64_t until_ms) {
  return Write([&](Connection& connection) -> base::Result<std::optional<prompt::Lease>> {
    for (;;) {  // Each pass but the last takes a prompt out of the queue for good.
      const auto next = connection.Number(kNextInLine, {now_ms});
      if (!next && next.error().code == Errc::kNotFound) return std::nullopt;
      if (!next) return std::unexpected(next.error());
      ASSIGN_OR_RETURN(auto row, LoadRow(connection, *next));
      if (row.tries >= prompt::kLeaseTriesMax) {
        row.prompt.error = prompt::TooManyTries();
        RETURN_IF_ERROR(ChangeStatus(connection, row, Status::kFailed, now_ms));
        continue;
      }
      ++row.prompt.epoch;
      RETURN_IF_ERROR(connection.Run(
          "UPDATE prompts SET epoch = ?2, tries = tries + 1, lease_owner = ?3, lease_until_ms = ?4,"
          " updated_ms = ?5 WHERE n = ?1",
          {row.n, row.prompt.epoch, owner, until_ms, now_ms}));
      prompt::Lease lease;
      lease.prompt.updated_ms = now_ms;
      RETURN_IF_ERROR(TakeLease(connection, row, lease));
      return lease;
    }
  });
}

base::Status SqliteStore::Renew(std::string_view id, int64_t epoch, int64_t until_ms) {
  return Write([&](Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const auto row, LoadLeased(connection, id, epoch));
    return connection.Run("UPDATE prompts SET lease_until_ms = ?2 WHERE n = ?1", {row.n, until_ms});
  });
}

base::Status SqliteStore::AppendStep(std::string_view id, int64_t epoch, const prompt::Step& step) {
  RETURN_IF_ERROR(prompt::CheckStep(step));
  return Write([&](Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const auto row, LoadLeased(connection, id, epoch));
    RETURN_IF_ERROR(connection.Run(
        "INSERT INTO steps (prompt, stage, seat, i, seed, model, key, metrics, text)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        " ON CONFLICT (prompt, stage, seat, i) DO NOTHING",
        {row.n, step.stage, step.seat, int64_t{step.i}, std::bit_cast<int64_t>(step.seed),
         step.model, step.key, step.metrics_json, step.text}));
    return connection.Run("UPDATE prompts SET tries = 0 WHERE n = ?1 AND changes() > 0", {row.n});
  });
}

base::Status SqliteStore::Finish(std::string_view id, int64_t epoch, const prompt::Outcome& outcome,
                                 int64_t now_ms) {
  RETURN_IF_ERROR(prompt::CheckOutcome(outcome));
  return Write([&](Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(auto row, LoadLeased(connection, id, epoch));
    row.prompt.answer = outcome.answer;
    row.prompt.error = outcome.error;
    row.prompt.verdict = outcome.verdict;
    row.prompt.processing_ms = outcome.processing_ms;
    const std::string verdict =
        outcome.verdict ? base::Dump(prompt::VerdictJson(*outcome.verdict)) : "";
    RETURN_IF_ERROR(connection.Run(
        "UPDATE prompts SET answer = ?2, verdict = ?3, processing_ms = ?4, cache_key = ?5"
        " WHERE n = ?1",
        {row.n, outcome.answer, outcome.verdict ? Value(verdict) : Value(nullptr),
         outcome.processing_ms, outcome.cache_key}));
    return ChangeStatus(connection, row, outcome.status, now_ms);
  });
}

base::Status SqliteStore::HandBack(std::string_view id, int64_t epoch, int64_t now_ms) {
  return Write([&](Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(auto row, LoadLeased(connection, id, epoch));
    RETURN_IF_ERROR(
        connection.Run("UPDATE prompts SET tries = max(tries - 1, 0) WHERE n = ?1", {row.n}));
    return ChangeStatus(connection, row, Status::kPending, now_ms);
  });
}

base::Result<Prompt> SqliteStore::Cancel(std::string_view id, int64_t now_ms) {
  return Write([&](Connection& connection) -> base::Result<Prompt> {
    ASSIGN_OR_RETURN(auto row, LoadRow(connection, id));
    if (!prompt::IsFinal(row.prompt.status)) {
      RETURN_IF_ERROR(ChangeStatus(connection, row, Status::kCancelled, now_ms));
    }
    return row.prompt;
  });
}

base::Result<Prompt> SqliteStore::Load(std::string_view id) {
  return database_.Read([&](Connection& connection) -> base::Result<Prompt> {
    ASSIGN_OR_RETURN(auto row, LoadRow(connection, id));
    return std::move(row.prompt);
  });
}

base::Result<std::vector<prompt::Step>> SqliteStore::Steps(std::string_view id) {
  return database_.Read([&](Connection& connection) -> base::Result<std::vector<prompt::Step>> {
    ASSIGN_OR_RETURN(const auto row, LoadRow(connection, id));
    return ReadSteps(connection, row.n);
  });
}

base::Result<std::optional<Prompt>> SqliteStore::FindAnswered(std::string_view user,
                                                              std::string_view cache_key) {
  return database_.Read([&](Connection& connection) -> base::Result<std::optional<Prompt>> {
    const auto n = connection.Number(kNewestAnswered, {user, cache_key});
    if (!n && n.error().code == Errc::kNotFound) return std::nullopt;
    if (!n) return std::unexpected(n.error());
    ASSIGN_OR_RETURN(auto row, LoadRow(connection, *n));
    return std::move(row.prompt);
  });
}

base::Result<prompt::Page> SqliteStore::List(const prompt::PageQuery& query) {
  RETURN_IF_ERROR(prompt::CheckQuery(query));
  const auto words = prompt::SearchWords(query.search);
  const auto cursor = prompt::ParseCursor(query.cursor);
  const std::string filters = Filters(query, words);
  const std::string page_sql = "SELECT " + std::string(kPromptColumns) + filters +
                               (cursor ? " AND (p.created_ms, p.id) < (?4, ?5)" : "") +
                               " ORDER BY p.created_ms DESC, p.id DESC LIMIT ?6";
  const Value status = query.status ? Value(prompt::StatusWord(*query.status)) : Value(nullptr);
  const std::string match = FtsQuery(words);
  return database_.Read([&](Connection& connection) -> base::Result<prompt::Page> {
    prompt::Page page;
    // Naming all three values makes binding them valid, whatever the filters use.
    ASSIGN_OR_RETURN(page.total, connection.Number("SELECT count(*), ?1, ?2, ?3" + filters,
                                                   {query.user, status, match}));
    ASSIGN_OR_RETURN(
        auto rows,
        connection.Start(page_sql, {query.user, status, match, cursor ? cursor->created_ms : 0,
                                    cursor ? std::string_view(cursor->id) : std::string_view(),
                                    int64_t{query.limit} + 1}));
    for (;;) {
      ASSIGN_OR_RETURN(const bool more, rows.Next());
      if (!more) return page;
      if (page.prompts.size() == static_cast<size_t>(query.limit)) {
        const Prompt& last = page.prompts.back();
        page.next_cursor = prompt::WriteCursor({last.created_ms, last.id});
        return page;
      }
      ASSIGN_OR_RETURN(auto row, ReadPromptRow(rows));
      page.prompts.push_back(std::move(row.prompt));
    }
  });
}

base::Status SqliteStore::Delete(std::string_view id) {
  return Write([&](Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const auto row, LoadRow(connection, id));
    if (!prompt::IsFinal(row.prompt.status)) {
      return base::Fail(Errc::kConflict,
                        "prompt " + std::string(id) + " is not finished; cancel it first");
    }
    RETURN_IF_ERROR(connection.Run("DELETE FROM outbox WHERE prompt_id = ?1", {id}));
    return connection.Run("DELETE FROM prompts WHERE n = ?1", {row.n});
  });
}

base::Result<int64_t> SqliteStore::QueuePosition(std::string_view id) {
  return database_.Read([&](Connection& connection) -> base::Result<int64_t> {
    ASSIGN_OR_RETURN(const auto row, LoadRow(connection, id));
    const Prompt& own = row.prompt;
    if (own.status != Status::kPending) return 0;
    ASSIGN_OR_RETURN(const int64_t older,
                     connection.Number(kOlderOfSameUser, {own.user, own.created_ms, own.id}));
    std::vector<prompt::Waiting> users;
    ASSIGN_OR_RETURN(auto rows, connection.Start(kWaitingUsers));
    for (;;) {
      ASSIGN_OR_RETURN(const bool more, rows.Next());
      if (!more) return prompt::PositionInQueue(users);
      const bool is_own = rows.Text(0) == own.user;
      users.push_back({.is_own = is_own,
                       .last_served = rows.Int(1),
                       .oldest = {rows.Int(2), rows.Text(3)},
                       .count = rows.Int(4),
                       .older = is_own ? older : 0});
    }
  });
}

base::Result<std::vector<prompt::OutboxEntry>> SqliteStore::Outbox() {
  return database_.Read(
      [&](Connection& connection) -> base::Result<std::vector<prompt::OutboxEntry>> {
        ASSIGN_OR_RETURN(auto query,
                         connection.Start("SELECT prompt_id, seq, topic, value FROM outbox"
                                          " ORDER BY n LIMIT ?1",
                                          {int64_t{prompt::kOutboxBatchMax}}));
        std::vector<prompt::OutboxEntry> entries;
        for (;;) {
          ASSIGN_OR_RETURN(const bool more, query.Next());
          if (!more) return entries;
          entries.push_back({query.Text(0), query.Int(1), query.Text(2), query.Text(3)});
        }
      });
}

base::Result<std::vector<prompt::OutboxEntry>> SqliteStore::OutboxOf(
    std::span<const std::string> ids) {
  return database_.Read(
      [&](Connection& connection) -> base::Result<std::vector<prompt::OutboxEntry>> {
        std::vector<prompt::OutboxEntry> entries;
        for (const std::string& id : ids) {
          ASSIGN_OR_RETURN(auto query,
                           connection.Start("SELECT prompt_id, seq, topic, value FROM outbox"
                                            " WHERE prompt_id = ?1 ORDER BY n",
                                            {id}));
          ASSIGN_OR_RETURN(bool more, query.Next());
          while (more) {
            entries.push_back({query.Text(0), query.Int(1), query.Text(2), query.Text(3)});
            ASSIGN_OR_RETURN(more, query.Next());
          }
        }
        return entries;
      });
}

base::Status SqliteStore::RemoveFromOutbox(const std::vector<prompt::OutboxEntry>& sent) {
  return Write([&](Connection& connection) -> base::Status {
    for (const prompt::OutboxEntry& entry : sent) {
      RETURN_IF_ERROR(
          connection.Run("DELETE FROM outbox WHERE prompt_id = ?1 AND seq = ?2 AND topic = ?3",
                         {entry.prompt_id, entry.seq, entry.topic}));
    }
    return {};
  });
}

base::Status SqliteStore::Ping() {
  return Write([](Connection& connection) -> base::Status {
    const auto prompts = connection.Number("SELECT count(*) FROM (SELECT 1 FROM prompts LIMIT 1)");
    if (!prompts) return std::unexpected(prompts.error());
    return {};
  });
}

}  // namespace sqlite
