#include "lib/sqlite/prompt_rows.h"

#include "lib/base/check.h"
#include "lib/prompt/store_rules.h"
#include "lib/prompt/wire.h"

namespace sqlite {

using base::Errc;
using prompt::Prompt;
using prompt::Status;

namespace {

base::Result<PromptRow> FirstRow(Query& query, std::string_view id) {
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) {
    return base::Fail(Errc::kNotFound,
                      "no prompt " + std::string(id) + "; it may have been deleted");
  }
  return ReadPromptRow(query);
}

const std::string& SelectBy(std::string_view column) {
  static const std::string by_id =
      "SELECT " + std::string(kPromptColumns) + " FROM prompts p WHERE p.id = ?1";
  static const std::string by_n =
      "SELECT " + std::string(kPromptColumns) + " FROM prompts p WHERE p.n = ?1";
  return column == "id" ? by_id : by_n;
}

}  // namespace

base::Result<PromptRow> ReadPromptRow(const Query& query) {
  PromptRow row;
  int column = 0;
  row.n = query.Int(column++);
  Prompt& prompt = row.prompt;
  prompt.id = query.Text(column++);
  prompt.user = query.Text(column++);
  const auto status = prompt::ParseStatus(query.Text(column++));
  prompt.created_ms = query.Int(column++);
  prompt.updated_ms = query.Int(column++);
  prompt.epoch = query.Int(column++);
  prompt.seq = query.Int(column++);
  row.tries = query.Int(column++);
  prompt.preset = query.Text(column++);
  prompt.discussion_ms = query.OptionalInt(column++);
  prompt.processing_ms = query.OptionalInt(column++);
  prompt.error = query.Text(column++);
  const std::string verdict = query.Text(column++);
  prompt.text = query.Text(column++);
  prompt.answer = query.Text(column++);
  prompt.cache_key = query.Text(column++);
  if (!status) {
    return base::Fail(Errc::kInternal, "prompt " + prompt.id +
                                           " has an unknown state; was the "
                                           "data changed by hand?");
  }
  prompt.status = *status;
  if (verdict.empty()) return row;
  auto read = prompt::ReadVerdict(verdict);
  if (!read) {
    return base::Fail(Errc::kInternal, "the verdict of prompt " + prompt.id +
                                           " cannot be read: " + read.error().message);
  }
  prompt.verdict = *std::move(read);
  return row;
}

base::Result<PromptRow> LoadRow(Connection& connection, std::string_view id) {
  ASSIGN_OR_RETURN(auto query, connection.Start(SelectBy("id"), {id}));
  return FirstRow(query, id);
}

base::Result<PromptRow> LoadRow(Connection& connection, int64_t n) {
  ASSIGN_OR_RETURN(auto query, connection.Start(SelectBy("n"), {n}));
  return FirstRow(query, std::to_string(n));
}

base::Result<PromptRow> LoadLeased(Connection& connection, std::string_view id, int64_t epoch) {
  ASSIGN_OR_RETURN(auto row, LoadRow(connection, id));
  if (row.prompt.epoch != epoch || row.prompt.status != Status::kProcessing) {
    return base::Fail(Errc::kConflict, "the lease on " + std::string(id) + " is lost (now " +
                                           std::string(prompt::StatusWord(row.prompt.status)) +
                                           "); drop this run");
  }
  return row;
}

base::Status ChangeStatus(Connection& connection, PromptRow& row, Status status, int64_t now_ms) {
  CHECK(prompt::IsLegal(row.prompt.status, status));
  row.prompt.status = status;
  row.prompt.updated_ms = now_ms;
  ++row.prompt.seq;
  RETURN_IF_ERROR(connection.Run(
      "UPDATE prompts SET status = ?2, updated_ms = ?3, seq = ?4, error = ?5 WHERE n = ?1",
      {row.n, prompt::StatusWord(status), now_ms, row.prompt.seq, row.prompt.error}));
  return AddEvents(connection, row.prompt);
}

base::Status AddEvents(Connection& connection, const Prompt& prompt) {
  for (const prompt::OutboxEntry& event : prompt::EventsOf(prompt)) {
    RETURN_IF_ERROR(
        connection.Run("INSERT INTO outbox (prompt_id, seq, topic, value) VALUES (?1, ?2, ?3, ?4)",
                       {event.prompt_id, event.seq, event.topic, event.value}));
  }
  return {};
}

}  // namespace sqlite
