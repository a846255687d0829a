#include "lib/sqlite/schema.h"

#include <array>
#include <string>

#include "lib/base/check.h"

namespace sqlite {
namespace {

using base::Errc;

// kMigrations[v] leads from version v to v + 1. One that was released is never edited.
//
// Small columns stand first: a filter then never reads the pages that a long text spills to.
// `log.n` and `steps.n` are AUTOINCREMENT: a number is never given twice, also after deleting.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE prompts (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user TEXT NOT NULL,
  status TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  epoch INTEGER NOT NULL DEFAULT 0,
  seq INTEGER NOT NULL,
  lease_owner TEXT NOT NULL DEFAULT '',
  lease_until_ms INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  preset TEXT NOT NULL,
  discussion_ms INTEGER,
  processing_ms INTEGER,
  error TEXT NOT NULL DEFAULT '',
  verdict TEXT,
  text TEXT NOT NULL,
  answer TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX prompts_by_time ON prompts (created_ms, id);
CREATE INDEX prompts_by_user ON prompts (user, created_ms, id);
CREATE INDEX prompts_by_status ON prompts (status, created_ms, id);
CREATE INDEX prompts_waiting ON prompts (user, created_ms, id) WHERE status = 'PENDING';

CREATE VIRTUAL TABLE prompts_words USING fts5 (text, answer, content='prompts', content_rowid='n');
CREATE TRIGGER prompts_added AFTER INSERT ON prompts BEGIN
  INSERT INTO prompts_words (rowid, text, answer) VALUES (new.n, new.text, new.answer);
END;
CREATE TRIGGER prompts_answered AFTER UPDATE OF answer ON prompts BEGIN
  INSERT INTO prompts_words (prompts_words, rowid, text, answer)
    VALUES ('delete', old.n, old.text, old.answer);
  INSERT INTO prompts_words (rowid, text, answer) VALUES (new.n, new.text, new.answer);
END;
CREATE TRIGGER prompts_deleted AFTER DELETE ON prompts BEGIN
  INSERT INTO prompts_words (prompts_words, rowid, text, answer)
    VALUES ('delete', old.n, old.text, old.answer);
END;

CREATE TABLE served (user TEXT PRIMARY KEY, lease INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE steps (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  prompt INTEGER NOT NULL REFERENCES prompts (n) ON DELETE CASCADE,
  stage TEXT NOT NULL,
  seat TEXT NOT NULL,
  i INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  model TEXT NOT NULL,
  key TEXT NOT NULL,
  metrics TEXT NOT NULL,
  text TEXT NOT NULL,
  UNIQUE (prompt, stage, seat, i)
) STRICT;

CREATE TABLE outbox (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  prompt_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  topic TEXT NOT NULL,
  value TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_by_prompt ON outbox (prompt_id, seq, topic);

CREATE TABLE topics (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  trimmed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE log (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  topic INTEGER NOT NULL REFERENCES topics (id),
  ts_ms INTEGER NOT NULL,
  key BLOB NOT NULL,
  value BLOB NOT NULL
) STRICT;
CREATE INDEX log_by_topic ON log (topic, n);
CREATE TABLE groups (
  topic TEXT NOT NULL,
  name TEXT NOT NULL,
  committed INTEGER NOT NULL,
  PRIMARY KEY (topic, name)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kVersion2 = R"sql(
ALTER TABLE prompts ADD COLUMN cache_key TEXT NOT NULL DEFAULT '';
CREATE INDEX prompts_by_cache_key ON prompts (user, cache_key, created_ms, id)
  WHERE status = 'COMPLETED' AND cache_key <> '';
)sql";

constexpr const char* kVersion3 = R"sql(
ALTER TABLE log ADD COLUMN headers BLOB NOT NULL DEFAULT x'';
)sql";

constexpr const char* kVersion4 = R"sql(
CREATE TABLE push_targets (
  id TEXT PRIMARY KEY,
  user TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  target TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX push_targets_by_user ON push_targets (user, at_ms, id);
CREATE TABLE push_preferences (user TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE push_claims (
  prompt_id TEXT NOT NULL,
  target_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (prompt_id, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX push_claims_by_time ON push_claims (at_ms);
)sql";

constexpr std::array<const char*, kSchemaVersion> kMigrations = {kVersion1, kVersion2, kVersion3,
                                                                 kVersion4};

base::Status Upgrade(Connection& connection, int64_t to) {
  ASSIGN_OR_RETURN(const int64_t from, connection.Number("PRAGMA user_version"));
  for (int64_t v = from; v < to; ++v) {
    RETURN_IF_ERROR(connection.Execute(kMigrations.at(static_cast<size_t>(v))));
  }
  return connection.Execute("PRAGMA application_id = " + std::to_string(kApplicationId) +
                            "; PRAGMA user_version = " + std::to_string(to));
}

}  // namespace

base::Status CheckOwner(Connection& connection) {
  ASSIGN_OR_RETURN(const int64_t owner, connection.Number("PRAGMA application_id"));
  ASSIGN_OR_RETURN(const int64_t version, connection.Number("PRAGMA user_version"));
  ASSIGN_OR_RETURN(const int64_t tables, connection.Number("SELECT count(*) FROM sqlite_master"));
  const bool is_empty = owner == 0 && version == 0 && tables == 0;
  if (owner != kApplicationId && !is_empty) {
    return base::Fail(Errc::kInvalid,
                      "the data file belongs to another program; choose another data directory");
  }
  if (version > kSchemaVersion) {
    return base::Fail(Errc::kInvalid, "the data was written by a newer OTM Home (schema " +
                                          std::to_string(version) + ", this one knows " +
                                          std::to_string(kSchemaVersion) +
                                          "); update OTM Home, or restore an older backup");
  }
  return {};
}

base::Status Migrate(Connection& connection) { return MigrateTo(connection, kSchemaVersion); }

base::Status MigrateTo(Connection& connection, int64_t version) {
  CHECK(version >= 1 && version <= kSchemaVersion);
  RETURN_IF_ERROR(CheckOwner(connection));
  ASSIGN_OR_RETURN(const int64_t present, connection.Number("PRAGMA user_version"));
  if (present >= version) return {};
  RETURN_IF_ERROR(connection.Execute("BEGIN IMMEDIATE"));
  auto upgraded = Upgrade(connection, version);
  if (upgraded) upgraded = connection.Execute("COMMIT");
  if (!upgraded) (void)connection.Execute("ROLLBACK");
  return upgraded;
}

}  // namespace sqlite
