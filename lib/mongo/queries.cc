#include "lib/mongo/queries.h"

#include <vector>

#include "lib/prompt/store_rules.h"

namespace mongo {
namespace {

// In front of the id in a cursor; no id of ours begins so.
constexpr std::string_view kObjectIdMark = "oid:";

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::vector<Document> Conditions(const prompt::PageQuery& query) {
  std::vector<Document> all;
  if (!query.user.empty()) all.push_back(Document().Text("user", query.user));
  if (query.status) all.push_back(Document().Text("status", prompt::StatusWord(*query.status)));
  for (const std::string& word : prompt::SearchWords(query.search)) {
    const std::string pattern = WordPattern(word);
    all.push_back(Document().Array(
        "$or", ListOf(Document().Regex("prompt", pattern), Document().Regex("answer", pattern))));
  }
  return all;
}

Document Joined(const std::vector<Document>& conditions) {
  if (conditions.empty()) return {};
  return Document().Array("$and", conditions);
}

// What comes after the cursor: newest first, ties by _id downwards. Of one millisecond all
// ObjectIds come before all texts, as BSON orders its types; $lt looks at one type only.
Document After(const prompt::Cursor& cursor) {
  std::vector<Document> any =
      ListOf(Document().Child("createdAt", Document().Date("$lt", cursor.created_ms)));
  const auto tie = [&] { return Document().Date("createdAt", cursor.created_ms); };
  const std::string_view id = cursor.id;
  const auto object_id =
      id.starts_with(kObjectIdMark) ? ParseObjectId(id.substr(kObjectIdMark.size())) : std::nullopt;
  if (object_id) {
    any.push_back(tie().Child("_id", Document().Id("$lt", *object_id)));
    any.push_back(tie().Child("_id", Document().Text("$type", "string")));
  } else {
    any.push_back(tie().Child("_id", Document().Text("$lt", id)));
  }
  return Document().Array("$or", any);
}

}  // namespace

Document ListFilter(const prompt::PageQuery& query) { return Joined(Conditions(query)); }

Document PageFilter(const prompt::PageQuery& query) {
  auto all = Conditions(query);
  if (const auto cursor = prompt::ParseCursor(query.cursor)) all.push_back(After(*cursor));
  return Joined(all);
}

std::string CursorAfter(const Stored& last) {
  std::string id = last.prompt.id;
  if (last.object_id) id.insert(0, kObjectIdMark);
  return prompt::WriteCursor({last.prompt.created_ms, id});
}

std::string WordPattern(std::string_view word) {
  // Word characters as prompt::SearchWords has them.
  std::string pattern = R"((^|[^0-9A-Za-z\x{80}-\x{10FFFF}]))";
  for (const char c : word) {
    if (!IsPlain(c)) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace mongo
