#include "lib/mongo/bson.h"

#include <array>
#include <cmath>

#include "lib/base/check.h"

namespace mongo {
namespace {

constexpr double kWholeMax = 9007199254740992.0;  // 2^53: above it a double skips whole numbers.

int Length(std::string_view text) { return static_cast<int>(text.size()); }

// An iterator over the array or document under `key`.
bool Recurse(const bson_iter_t& found, bson_iter_t& child) {
  if (!BSON_ITER_HOLDS_ARRAY(&found) && !BSON_ITER_HOLDS_DOCUMENT(&found)) return false;
  return bson_iter_recurse(&found, &child);
}

View ChildOf(const bson_iter_t& found) {
  uint32_t length = 0;
  const uint8_t* data = nullptr;
  if (BSON_ITER_HOLDS_ARRAY(&found)) {
    bson_iter_array(&found, &length, &data);
  } else {
    bson_iter_document(&found, &length, &data);
  }
  return View(std::span<const uint8_t>(data, data == nullptr ? 0 : length));
}

std::string TextOf(const bson_iter_t& found) {
  uint32_t length = 0;
  const char* const text = bson_iter_utf8(&found, &length);
  return text == nullptr ? std::string() : std::string(text, length);
}

}  // namespace

ObjectId NewObjectId() {
  bson_oid_t oid;
  bson_oid_init(&oid, nullptr);
  return {reinterpret_cast<const char*>(oid.bytes), kObjectIdBytes};
}

std::string Hex(const ObjectId& id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : id) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

std::optional<ObjectId> ParseObjectId(std::string_view text) {
  if (text.size() != 2 * kObjectIdBytes) return std::nullopt;
  bson_oid_t oid;
  const std::string digits(text);
  if (!bson_oid_is_valid(digits.c_str(), digits.size())) return std::nullopt;
  bson_oid_init_from_string(&oid, digits.c_str());
  ObjectId id(reinterpret_cast<const char*>(oid.bytes), kObjectIdBytes);
  if (Hex(id) != text) return std::nullopt;  // Upper case is no spelling of ours.
  return id;
}

bool View::Find(std::string_view key, bson_iter_t& found) const {
  return !bytes_.empty() && bson_iter_init_from_data(&found, bytes_.data(), bytes_.size()) &&
         bson_iter_find_w_len(&found, key.data(), Length(key));
}

bool View::Has(std::string_view key) const {
  bson_iter_t found;
  return Find(key, found);
}

std::optional<std::string> View::Text(std::string_view key) const {
  bson_iter_t found;
  if (!Find(key, found) || !BSON_ITER_HOLDS_UTF8(&found)) return std::nullopt;
  return TextOf(found);
}

std::optional<int64_t> View::Int(std::string_view key) const {
  bson_iter_t found;
  if (!Find(key, found)) return std::nullopt;
  if (BSON_ITER_HOLDS_INT32(&found)) return bson_iter_int32(&found);
  if (BSON_ITER_HOLDS_INT64(&found)) return bson_iter_int64(&found);
  if (!BSON_ITER_HOLDS_DOUBLE(&found)) return std::nullopt;
  const double number = bson_iter_double(&found);
  if (std::floor(number) != number || std::fabs(number) > kWholeMax) return std::nullopt;
  return static_cast<int64_t>(number);
}

std::optional<double> View::Number(std::string_view key) const {
  bson_iter_t found;
  if (Find(key, found) && BSON_ITER_HOLDS_DOUBLE(&found)) return bson_iter_double(&found);
  const auto whole = Int(key);
  if (!whole) return std::nullopt;
  return static_cast<double>(*whole);
}

std::optional<bool> View::Bool(std::string_view key) const {
  bson_iter_t found;
  if (!Find(key, found) || !BSON_ITER_HOLDS_BOOL(&found)) return std::nullopt;
  return bson_iter_bool(&found);
}

std::optional<int64_t> View::Date(std::string_view key) const {
  bson_iter_t found;
  if (!Find(key, found) || !BSON_ITER_HOLDS_DATE_TIME(&found)) return std::nullopt;
  return bson_iter_date_time(&found);
}

std::optional<ObjectId> View::Id(std::string_view key) const {
  bson_iter_t found;
  if (!Find(key, found) || !BSON_ITER_HOLDS_OID(&found)) return std::nullopt;
  return ObjectId(reinterpret_cast<const char*>(bson_iter_oid(&found)->bytes), kObjectIdBytes);
}

std::optional<View> View::Child(std::string_view key) const {
  bson_iter_t found;
  if (!Find(key, found)) return std::nullopt;
  if (!BSON_ITER_HOLDS_ARRAY(&found) && !BSON_ITER_HOLDS_DOCUMENT(&found)) return std::nullopt;
  return ChildOf(found);
}

std::vector<View> View::Children(std::string_view key) const {
  std::vector<View> children;
  bson_iter_t found;
  bson_iter_t child;
  if (!Find(key, found) || !Recurse(found, child)) return children;
  while (children.size() < kElementsMax && bson_iter_next(&child)) {
    if (BSON_ITER_HOLDS_DOCUMENT(&child)) children.push_back(ChildOf(child));
  }
  return children;
}

std::vector<std::string> View::Texts(std::string_view key) const {
  std::vector<std::string> texts;
  bson_iter_t found;
  bson_iter_t child;
  if (!Find(key, found) || !Recurse(found, child)) return texts;
  while (texts.size() < kElementsMax && bson_iter_next(&child)) {
    if (BSON_ITER_HOLDS_UTF8(&child)) texts.push_back(TextOf(child));
  }
  return texts;
}

std::vector<std::string> View::Keys() const {
  std::vector<std::string> keys;
  bson_iter_t field;
  if (bytes_.empty() || !bson_iter_init_from_data(&field, bytes_.data(), bytes_.size())) {
    return keys;
  }
  while (keys.size() < kElementsMax && bson_iter_next(&field)) {
    keys.emplace_back(bson_iter_key(&field));
  }
  return keys;
}

Document::Document() : bson_(bson_new()) {}

Document::Document(const View& copied) {
  const auto bytes = copied.bytes();
  if (!bytes.empty()) bson_.reset(bson_new_from_data(bytes.data(), bytes.size()));
  if (bson_ == nullptr) bson_.reset(bson_new());
}

// An append fails only over 2 GB; what we put together is bounded far below.
void Document::AddText(std::string_view key, std::string_view value) {
  const char* const text = value.data() == nullptr ? "" : value.data();
  CHECK(bson_append_utf8(raw(), key.data(), Length(key), text, Length(value)));
}

void Document::AddInt(std::string_view key, int64_t value) {
  CHECK(bson_append_int64(raw(), key.data(), Length(key), value));
}

void Document::AddSmall(std::string_view key, int32_t value) {
  CHECK(bson_append_int32(raw(), key.data(), Length(key), value));
}

void Document::AddNumber(std::string_view key, double value) {
  CHECK(bson_append_double(raw(), key.data(), Length(key), value));
}

void Document::AddDate(std::string_view key, int64_t unix_ms) {
  CHECK(bson_append_date_time(raw(), key.data(), Length(key), unix_ms));
}

void Document::AddId(std::string_view key, const ObjectId& id) {
  CHECK(id.size() == kObjectIdBytes);
  bson_oid_t oid;
  bson_oid_init_from_data(&oid, reinterpret_cast<const uint8_t*>(id.data()));
  CHECK(bson_append_oid(raw(), key.data(), Length(key), &oid));
}

void Document::AddTrue(std::string_view key) {
  CHECK(bson_append_bool(raw(), key.data(), Length(key), true));
}

void Document::AddFalse(std::string_view key) {
  CHECK(bson_append_bool(raw(), key.data(), Length(key), false));
}

void Document::AddNull(std::string_view key) {
  CHECK(bson_append_null(raw(), key.data(), Length(key)));
}

void Document::AddRegex(std::string_view key, const std::string& pattern) {
  CHECK(bson_append_regex(raw(), key.data(), Length(key), pattern.c_str(), "i"));
}

void Document::AddChild(std::string_view key, const Document& child) {
  CHECK(bson_append_document(raw(), key.data(), Length(key), child.get()));
}

void Document::AddArray(std::string_view key, std::span<const Document> elements) {
  Document array;
  for (size_t i = 0; i < elements.size(); ++i) array.AddChild(std::to_string(i), elements[i]);
  CHECK(bson_append_array(raw(), key.data(), Length(key), array.get()));
}

void Document::AddTexts(std::string_view key, std::span<const std::string> elements) {
  Document array;
  for (size_t i = 0; i < elements.size(); ++i) array.AddText(std::to_string(i), elements[i]);
  CHECK(bson_append_array(raw(), key.data(), Length(key), array.get()));
}

void Document::AddAll(const Document& other) { CHECK(bson_concat(raw(), other.get())); }

}  // namespace mongo
