// BSON documents (bsonspec.org 1.1) behind owned objects. Only for this folder.
//
//   Document filter = Document().Text("_id", id).Int("epoch", 3);
//   std::optional<std::string> answer = View(reply).Text("answer");
#pragma once

#include <bson/bson.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mongo {

// Elements of one array that are read; the rest is ignored. A document of 16 MB with the smallest
// elements has more, but none of ours comes near.
inline constexpr size_t kElementsMax = 20'000;

inline constexpr size_t kObjectIdBytes = 12;
using ObjectId = std::string;  // kObjectIdBytes bytes.

// A new one: time, chance, and a counter. Thread-safe.
ObjectId NewObjectId();

// Bytes <-> 24 lower-case hex digits; nothing when `text` is no such thing.
std::string Hex(const ObjectId& id);
std::optional<ObjectId> ParseObjectId(std::string_view text);

// Reads a document that somebody else owns. Any bytes are safe: what is no BSON has no fields, and
// a field of another type than asked for is as good as missing.
class View {
 public:
  View() = default;
  explicit View(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  explicit View(const bson_t* document)
      : bytes_(bson_get_data(document), static_cast<size_t>(document->len)) {}

  std::span<const uint8_t> bytes() const { return bytes_; }

  bool Has(std::string_view key) const;
  std::optional<std::string> Text(std::string_view key) const;
  std::optional<int64_t> Int(std::string_view key) const;  // Also a double that is a whole number.
  std::optional<double> Number(std::string_view key) const;
  std::optional<bool> Bool(std::string_view key) const;
  std::optional<int64_t> Date(std::string_view key) const;  // Milliseconds since 1970.
  std::optional<ObjectId> Id(std::string_view key) const;
  std::optional<View> Child(std::string_view key) const;  // A document or an array.

  // The documents, or strings, of the array `key`; others in it are left out.
  std::vector<View> Children(std::string_view key) const;
  std::vector<std::string> Texts(std::string_view key) const;

  // The keys, in their order.
  std::vector<std::string> Keys() const;

 private:
  bool Find(std::string_view key, bson_iter_t& found) const;

  std::span<const uint8_t> bytes_;
};

// A document that is being built. Adding to a temporary gives a temporary.
class Document {
 public:
  Document();
  explicit Document(const View& copied);  // Empty when that is no BSON.
  Document(Document&&) noexcept = default;
  Document& operator=(Document&&) noexcept = default;
  ~Document() = default;

  const bson_t* get() const { return bson_.get(); }
  View view() const { return View(bson_.get()); }

  template <class Self>
  Self&& Text(this Self&& self, std::string_view key, std::string_view value) {
    self.AddText(key, value);
    return std::forward<Self>(self);
  }
  template <class Self>
  Self&& Int(this Self&& self, std::string_view key, int64_t value) {
    self.AddInt(key, value);
    return std::forward<Self>(self);
  }
  // Of 32 bits, where a command or answer wants that.
  template <class Self>
  Self&& Small(this Self&& self, std::string_view key, int32_t value) {
    self.AddSmall(key, value);
    return std::forward<Self>(self);
  }
  template <class Self>
  Self&& Number(this Self&& self, std::string_view key, double value) {
    self.AddNumber(key, value);
    return std::forward<Self>(self);
  }
  template <class Self>
  Self&& Date(this Self&& self, std::string_view key, int64_t unix_ms) {
    self.AddDate(key, unix_ms);
    return std::forward<Self>(self);
  }
  template <class Self>
  Self&& Id(this Self&& self, std::string_view key, const ObjectId& id) {
    self.AddId(key, id);
    return std::forward<Self>(self);
  }
  template <class Self>
  Self&& True(this Self&& self, std::string_view key) {
    self.AddTrue(key);
    return std::forward<Self>(self);
  }
  template <class Self>
  Self&& False(this Self&& self, std::string_view key) {
    self.AddFalse(key);
    return std::forward<Self>(self);
  }
  template <class Self>
  Self&& Null(this Self&& self, std::string_view key) {
    self.AddNull(key);
    return std::forward<Self>(self);
  }
  // `pattern` is ours but for words that were escaped; case is ignored.
  template <class Self>
  Self&& Regex(this Self&& self, std::string_view key, const std::string& pattern) {
    self.AddRegex(key, pattern);
    return std::forward<Self>(self);
  }
  template <class Self>
  Self&& Child(this Self&& self, std::string_view key, const Document& child) {
    self.AddChild(key, child);
    return std::forward<Self>(self);
  }
  template <class Self>
  Self&& Array(this Self&& self, std::string_view key, std::span<const Document> elements) {
    self.AddArray(key, elements);
    return std::forward<Self>(self);
  }
  template <class Self>
  Self&& Texts(this Self&& self, std::string_view key, std::span<const std::string> elements) {
    self.AddTexts(key, elements);
    return std::forward<Self>(self);
  }
  // All fields of the other one.
  template <class Self>
  Self&& All(this Self&& self, const Document& other) {
    self.AddAll(other);
    return std::forward<Self>(self);
  }

 private:
  struct Free {
    void operator()(bson_t* bson) const { bson_destroy(bson); }
  };

  bson_t* raw() { return bson_.get(); }  // Typed as the driver's functions want it.
  void AddText(std::string_view key, std::string_view value);
  void AddInt(std::string_view key, int64_t value);
  void AddSmall(std::string_view key, int32_t value);
  void AddNumber(std::string_view key, double value);
  void AddDate(std::string_view key, int64_t unix_ms);
  void AddId(std::string_view key, const ObjectId& id);
  void AddTrue(std::string_view key);
  void AddFalse(std::string_view key);
  void AddNull(std::string_view key);
  void AddRegex(std::string_view key, const std::string& pattern);
  void AddChild(std::string_view key, const Document& child);
  void AddArray(std::string_view key, std::span<const Document> elements);
  void AddTexts(std::string_view key, std::span<const std::string> elements);
  void AddAll(const Document& other);

  std::unique_ptr<bson_t, Free> bson_;
};

// Documents in the order that they are given.
template <class... Documents>
std::vector<Document> ListOf(Documents&&... documents) {
  std::vector<Document> list;
  list.reserve(sizeof...(documents));
  (list.push_back(std::forward<Documents>(documents)), ...);
  return list;
}

}  // namespace mongo
