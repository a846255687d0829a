// JSON: bounded reading of foreign bytes (simdjson) and ordered writing (nlohmann).
//
// Reading never trusts: size, depth, UTF-8 and types are checked, and an error names the field
// ("discussionTimeMs must be a whole number"). RFC 8259.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.h"

namespace base {

// For building only: keeps the order of insertion. Write with Dump().
using OrderedJson = nlohmann::ordered_json;

// One line; invalid UTF-8 becomes U+FFFD. Never throws.
std::string Dump(const OrderedJson& json);

inline constexpr size_t kJsonDepthMax = 32;  // Arrays and objects; ours have five at most.

class JsonDocument;

// One value inside a JsonDocument, which must outlive it. Cheap to copy.
class JsonView {
 public:
  bool is_object() const;
  bool is_array() const;
  bool is_string() const;
  bool is_number() const;
  bool is_bool() const;
  bool is_null() const;

  // The value itself; kInvalid when it has another type (a double is no whole number).
  Result<std::string_view> AsString() const;
  Result<int64_t> AsInt() const;
  Result<double> AsDouble() const;
  Result<bool> AsBool() const;

  // The member `key` of an object; nothing where absent or where this is no object.
  std::optional<JsonView> Find(std::string_view key) const;

  // The member `key`: kInvalid when absent or of another type. The Optional forms give nothing
  // when it is absent or null, and kInvalid when it has another type.
  Result<std::string> String(std::string_view key) const;
  Result<std::optional<std::string>> OptionalString(std::string_view key) const;
  Result<int64_t> Int(std::string_view key) const;
  Result<std::optional<int64_t>> OptionalInt(std::string_view key) const;
  Result<std::optional<double>> OptionalDouble(std::string_view key) const;
  Result<std::optional<bool>> OptionalBool(std::string_view key) const;

  // The elements of an array, or the members of an object; empty for anything else.
  std::vector<JsonView> Elements() const;
  std::vector<std::pair<std::string, JsonView>> Members() const;

  // The value as JSON text.
  std::string Text() const;

 private:
  friend class JsonDocument;
  // A simdjson::dom::element by value, kept as bytes so that only json.cc includes simdjson.
  struct alignas(8) Raw {
    unsigned char bytes[16];
  };
  explicit JsonView(Raw raw) : raw_(raw) {}
  Raw raw_;
};

// A parsed text. Movable; views stay valid over a move.
class JsonDocument {
 public:
  // kInvalid when `text` is longer than `bytes_max`, not UTF-8, not JSON, deeper than
  // kJsonDepthMax, or followed by anything but blanks. The message has no part of the text.
  static Result<JsonDocument> Parse(std::string_view text, size_t bytes_max);

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  JsonView root() const;

 private:
  struct State;
  explicit JsonDocument(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace base
