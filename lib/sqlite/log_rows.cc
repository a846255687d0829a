#include "lib/sqlite/log_rows.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <span>
#include <utility>

namespace sqlite {
namespace {

using prompt::Message;

// CROSS JOIN keeps the log outside: rows come in the order of their numbers without sorting, and
// a reader begins near the log's end.
constexpr std::string_view kAfter = R"sql(
SELECT l.n, t.name, l.key, l.value, l.ts_ms, l.headers
FROM log l CROSS JOIN topics t ON t.id = l.topic
WHERE l.n > ?1 ORDER BY l.n)sql";

// The newest of the oldest ?4 messages that is old enough. Clocks jump: what lies before an old
// message is taken as old too.
constexpr std::string_view kTrimUpTo = R"sql(
SELECT coalesce(max(n), 0), count(*) FROM (
  SELECT n, ts_ms FROM log WHERE topic = ?1 AND n <= ?3 ORDER BY n LIMIT ?4
) WHERE ts_ms < ?2)sql";

struct Topic {
  int64_t id;
  std::string name;
};

base::Result<std::vector<Topic>> Topics(Connection& connection) {
  std::vector<Topic> topics;
  ASSIGN_OR_RETURN(auto query, connection.Start("SELECT id, name FROM topics"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return topics;
    topics.push_back({query.Int(0), query.Text(1)});
  }
}

// Headers as a column: for each name and value its length, ":", and its bytes.
std::string WriteHeaders(std::span<const prompt::Header> headers) {
  std::string text;
  const auto add = [&text](std::string_view part) {
    text += std::to_string(part.size()) + ':';
    text += part;
  };
  for (const auto& [name, value] : headers) {
    add(name);
    add(value);
  }
  return text;
}

// Takes what WriteHeaders() wrote; of a damaged text what comes before the damage.
std::vector<prompt::Header> ReadHeaders(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    size_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    const auto digits = static_cast<size_t>(end - text.data());
    if (error != std::errc{} || digits == text.size() || text[digits] != ':') break;
    text.remove_prefix(digits + 1);
    if (size > text.size()) break;
    parts.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  std::vector<prompt::Header> headers;
  for (size_t i = 0; i + 1 < parts.size(); i += 2) headers.emplace_back(parts[i], parts[i + 1]);
  return headers;
}

Message ReadMessage(const Query& query) {
  Message message;
  message.offset = query.Int(0);
  message.place.offset = message.offset;
  message.topic = query.Text(1);
  message.key = query.Text(2);
  message.value = query.Text(3);
  message.ts_ms = query.Int(4);
  message.headers = ReadHeaders(query.Text(5));
  return message;
}

base::Result<bool> TrimTopic(Connection& connection, const Topic& topic, int64_t before_ms,
                             int rows_max) {
  // Without groups everything may go; else what the slowest one has done.
  ASSIGN_OR_RETURN(const int64_t done,
                   connection.Number("SELECT coalesce(min(committed), 9223372036854775807)"
                                     " FROM groups WHERE topic = ?1",
                                     {topic.name}));
  int64_t up_to = 0;
  int64_t rows = 0;
  {
    ASSIGN_OR_RETURN(auto query,
                     connection.Start(kTrimUpTo, {topic.id, before_ms, done, int64_t{rows_max}}));
    RETURN_IF_ERROR(query.Next());
    up_to = query.Int(0);
    rows = query.Int(1);
  }
  if (up_to == 0) return false;
  RETURN_IF_ERROR(
      connection.Run("DELETE FROM log WHERE topic = ?1 AND n <= ?2", {topic.id, up_to}));
  RETURN_IF_ERROR(
      connection.Run("UPDATE topics SET trimmed = ?2 WHERE id = ?1", {topic.id, up_to}));
  return rows == rows_max;
}

}  // namespace

base::Status AddMessage(Connection& connection, const prompt::MessageParts& parts, int64_t ts_ms) {
  const std::string headers = WriteHeaders(parts.headers);
  const auto add = [&] {
    return connection.Run(
        "INSERT INTO log (topic, ts_ms, key, value, headers)"
        " SELECT id, ?2, ?3, ?4, ?5 FROM topics WHERE name = ?1",
        {parts.topic, ts_ms, Blob{parts.key}, Blob{parts.value}, Blob{headers}});
  };
  RETURN_IF_ERROR(add());
  if (connection.changes() > 0) return {};
  RETURN_IF_ERROR(connection.Run("INSERT INTO topics (name) VALUES (?1)", {parts.topic}));
  return add();
}

base::Result<int64_t> LastOffset(Connection& connection) {
  return connection.Number(
      "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'log'), 0)");
}

base::Result<std::optional<Message>> MessageAfter(Connection& connection, std::string_view topic,
                                                  int64_t after) {
  ASSIGN_OR_RETURN(auto query,
                   connection.Start("SELECT n, ?1, key, value, ts_ms, headers FROM log"
                                    " WHERE topic = (SELECT id FROM topics WHERE name = ?1)"
                                    " AND n > ?2 ORDER BY n LIMIT 1",
                                    {topic, after}));
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return std::nullopt;
  return ReadMessage(query);
}

base::Result<Batch> MessagesAfter(Connection& connection, const std::vector<std::string>& topics,
                                  int64_t after) {
  Batch batch;
  size_t bytes = 0;
  ASSIGN_OR_RETURN(batch.scanned, LastOffset(connection));
  ASSIGN_OR_RETURN(auto query, connection.Start(kAfter, {after}));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return batch;
    if (std::ranges::find(topics, query.Text(1)) == topics.end()) continue;
    Message message = ReadMessage(query);
    bytes += message.key.size() + message.value.size();
    const bool is_full = batch.messages.size() == static_cast<size_t>(prompt::kPollBatchMax) ||
                         (bytes > prompt::kPollBytesMax && !batch.messages.empty());
    if (is_full) {
      batch.scanned = batch.messages.back().offset;
      return batch;
    }
    batch.messages.push_back(std::move(message));
  }
}

base::Result<bool> IsGone(Connection& connection, const std::vector<std::string>& topics,
                          int64_t after) {
  for (const std::string& topic : topics) {
    ASSIGN_OR_RETURN(
        const int64_t gone,
        connection.Number("SELECT count(*) FROM topics WHERE name = ?1 AND trimmed > ?2",
                          {topic, after}));
    if (gone > 0) return true;
  }
  return false;
}

base::Result<bool> HasGroup(Connection& connection, std::string_view topic,
                            std::string_view group) {
  ASSIGN_OR_RETURN(const int64_t count,
                   connection.Number("SELECT count(*) FROM groups WHERE topic = ?1 AND name = ?2",
                                     {topic, group}));
  return count > 0;
}

base::Result<int64_t> Committed(Connection& connection, std::string_view topic,
                                std::string_view group) {
  return connection.Number(
      "SELECT coalesce((SELECT committed FROM groups WHERE topic = ?1 AND name = ?2), 0)",
      {topic, group});
}

base::Status CommitUpTo(Connection& connection, std::string_view topic, std::string_view group,
                        int64_t offset) {
  return connection.Run(
      "INSERT INTO groups (topic, name, committed) VALUES (?1, ?2, ?3)"
      " ON CONFLICT (topic, name) DO UPDATE SET committed = max(committed, excluded.committed)",
      {topic, group, offset});
}

base::Result<bool> Trim(Connection& connection, int64_t now_ms, int rows_max,
                        base::Duration (*retention)(std::string_view topic)) {
  ASSIGN_OR_RETURN(const auto topics, Topics(connection));
  bool has_more = false;
  for (const Topic& topic : topics) {
    const auto kept = std::chrono::duration_cast<std::chrono::milliseconds>(retention(topic.name));
    ASSIGN_OR_RETURN(const bool more,
                     TrimTopic(connection, topic, now_ms - kept.count(), rows_max));
    has_more = has_more || more;
  }
  return has_more;
}

}  // namespace sqlite
