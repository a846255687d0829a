#include "lib/base/json.h"

#include <simdjson.h>

#include <cstring>

namespace base {
namespace {

namespace dom = simdjson::dom;

Error WrongType(std::string_view key, std::string_view wanted) {
  return {Errc::kInvalid, std::string(key) + " must be " + std::string(wanted)};
}

template <class T>
Result<std::optional<T>> Optional(const std::optional<JsonView>& found, std::string_view key,
                                  Result<T> (*read)(const JsonView&), std::string_view wanted) {
  if (!found || found->is_null()) return std::optional<T>{};
  auto value = read(*found);
  if (!value) return std::unexpected(WrongType(key, wanted));
  return std::optional<T>(*std::move(value));
}

template <class T>
Result<T> Required(Result<std::optional<T>> found, std::string_view key) {
  if (!found) return std::unexpected(std::move(found).error());
  if (!*found) return Fail(Errc::kInvalid, std::string(key) + " is missing");
  return **std::move(found);
}

Result<std::string> ReadString(const JsonView& view) {
  ASSIGN_OR_RETURN(auto text, view.AsString());
  return std::string(text);
}
Result<int64_t> ReadInt(const JsonView& view) { return view.AsInt(); }
Result<double> ReadDouble(const JsonView& view) { return view.AsDouble(); }
Result<bool> ReadBool(const JsonView& view) { return view.AsBool(); }

}  // namespace

// JsonView::Raw holds exactly one dom::element: a pointer to the tape and an index.
static_assert(sizeof(dom::element) <= 16 && std::is_trivially_copyable_v<dom::element>);

namespace {

template <class Raw>
dom::element Element(const Raw& raw) {
  dom::element element;
  std::memcpy(static_cast<void*>(&element), raw.bytes, sizeof element);
  return element;
}

template <class Raw>
Raw Pack(const dom::element& element) {
  Raw raw{};
  std::memcpy(raw.bytes, static_cast<const void*>(&element), sizeof element);
  return raw;
}

}  // namespace

std::string Dump(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

bool JsonView::is_object() const { return Element(raw_).is_object(); }
bool JsonView::is_array() const { return Element(raw_).is_array(); }
bool JsonView::is_string() const { return Element(raw_).is_string(); }
bool JsonView::is_number() const { return Element(raw_).is_number(); }
bool JsonView::is_bool() const { return Element(raw_).is_bool(); }
bool JsonView::is_null() const { return Element(raw_).is_null(); }

Result<std::string_view> JsonView::AsString() const {
  std::string_view text;
  if (Element(raw_).get_string().get(text)) return Fail(Errc::kInvalid, "must be a string");
  return text;
}

Result<int64_t> JsonView::AsInt() const {
  int64_t number = 0;
  if (Element(raw_).get_int64().get(number)) return Fail(Errc::kInvalid, "must be a whole number");
  return number;
}

Result<double> JsonView::AsDouble() const {
  double number = 0;
  if (Element(raw_).get_double().get(number)) return Fail(Errc::kInvalid, "must be a number");
  return number;
}

Result<bool> JsonView::AsBool() const {
  bool value = false;
  if (Element(raw_).get_bool().get(value)) return Fail(Errc::kInvalid, "must be true or false");
  return value;
}

std::optional<JsonView> JsonView::Find(std::string_view key) const {
  dom::object object;
  dom::element found;
  if (Element(raw_).get_object().get(object) || object.at_key(key).get(found)) return std::nullopt;
  return JsonView(Pack<Raw>(found));
}

Result<std::optional<std::string>> JsonView::OptionalString(std::string_view key) const {
  return Optional<std::string>(Find(key), key, ReadString, "a string");
}
Result<std::string> JsonView::String(std::string_view key) const {
  return Required(OptionalString(key), key);
}
Result<std::optional<int64_t>> JsonView::OptionalInt(std::string_view key) const {
  return Optional<int64_t>(Find(key), key, ReadInt, "a whole number");
}
Result<int64_t> JsonView::Int(std::string_view key) const {
  return Required(OptionalInt(key), key);
}
Result<std::optional<double>> JsonView::OptionalDouble(std::string_view key) const {
  return Optional<double>(Find(key), key, ReadDouble, "a number");
}
Result<std::optional<bool>> JsonView::OptionalBool(std::string_view key) const {
  return Optional<bool>(Find(key), key, ReadBool, "true or false");
}

std::vector<JsonView> JsonView::Elements() const {
  std::vector<JsonView> elements;
  dom::array array;
  if (Element(raw_).get_array().get(array)) return elements;
  for (dom::element element : array) elements.push_back(JsonView(Pack<Raw>(element)));
  return elements;
}

std::vector<std::pair<std::string, JsonView>> JsonView::Members() const {
  std::vector<std::pair<std::string, JsonView>> members;
  dom::object object;
  if (Element(raw_).get_object().get(object)) return members;
  for (dom::key_value_pair member : object) {
    members.emplace_back(std::string(member.key), JsonView(Pack<Raw>(member.value)));
  }
  return members;
}

std::string JsonView::Text() const { return simdjson::minify(Element(raw_)); }

struct JsonDocument::State {
  dom::parser parser;
  dom::element root;
};

JsonDocument::JsonDocument(std::unique_ptr<State> state) : state_(std::move(state)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

Result<JsonDocument> JsonDocument::Parse(std::string_view text, size_t bytes_max) {
  if (text.size() > bytes_max) {
    return Fail(Errc::kInvalid, "the JSON text has " + std::to_string(text.size()) +
                                    " bytes; at most " + std::to_string(bytes_max) +
                                    " are accepted");
  }
  auto state = std::make_unique<State>();
  // simdjson counts the level of the root beside those of arrays and objects.
  if (state->parser.allocate(text.size() + 1, kJsonDepthMax + 1)) {
    return Fail(Errc::kInternal, "no memory to parse a JSON text");
  }
  if (const auto error = state->parser.parse(text.data(), text.size()).get(state->root)) {
    return Fail(Errc::kInvalid, std::string("not valid JSON: ") + simdjson::error_message(error));
  }
  return JsonDocument(std::move(state));
}

JsonView JsonDocument::root() const { return JsonView(Pack<JsonView::Raw>(state_->root)); }

}  // namespace base
